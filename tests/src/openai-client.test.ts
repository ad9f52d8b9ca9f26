import OpenAI, {
  APIUserAbortError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from "openai";
import { describe, expect, it } from "vitest";

import { until } from "./harness/gateway.ts";
import { startWorld, traffic, type World, type WorldOptions } from "./harness/world.ts";

const MODEL = "llama3.2:3b";
const messages = [{ role: "user" as const, content: "hello" }];

function clientOf({ url }: World<"only">, maxRetries = 0): OpenAI {
  return new OpenAI({ baseURL: `${url}/olla/openai/v1`, apiKey: "client-secret", maxRetries });
}

function ask(world: World<"only">): Promise<unknown> {
  return clientOf(world).chat.completions.create({ model: MODEL, messages });
}

describe.each(["olla", "sherpa"])("the official openai client with engine %s", (engine) => {
  function start(options: WorldOptions = {}): Promise<World<"only">> {
    const models = [
      { id: MODEL, reply: "one two three" },
      { id: "embedder", embeddingDimensions: 8 },
    ];
    return startWorld({ only: { models } }, { engine, ...options });
  }

  it("lists the models", async () => {
    await using world = await start();
    const found: string[] = [];
    for await (const model of clientOf(world).models.list()) found.push(model.id);
    expect(found.toSorted()).toEqual(["embedder", MODEL]);
  });

  it("has a chat completion, with usage and without its key reaching the backend", async () => {
    await using world = await start();
    const completion = await clientOf(world).chat.completions.create({ model: MODEL, messages });
    expect(completion.choices[0]?.message.content).toBe("one two three");
    expect(completion.usage).toMatchObject({ prompt_tokens: 1, completion_tokens: 3 });
    expect(traffic(world.backends.only)[0]?.headers.authorization).toBeUndefined();
  });

  it("has a streamed chat completion, token by token to its end", async () => {
    await using world = await start();
    const stream = await clientOf(world).chat.completions.create({
      model: MODEL,
      messages,
      stream: true,
    });
    const pieces: string[] = [];
    let finish: unknown;
    for await (const { choices } of stream) {
      pieces.push(choices[0]?.delta.content ?? "");
      finish = choices[0]?.finish_reason ?? finish;
    }
    expect(pieces.join("")).toBe("one two three");
    expect(pieces.filter((piece) => piece !== "").length).toBe(3);
    expect(finish).toBe("stop");
  });

  it("has embeddings", async () => {
    await using world = await start();
    const { data } = await clientOf(world).embeddings.create({
      model: "embedder",
      input: ["a", "b"],
    });
    expect(data.map(({ embedding }) => embedding.length)).toEqual([8, 8]);
  });

  it("has an answer of the responses API", async () => {
    await using world = await start();
    const response = await clientOf(world).responses.create({ model: MODEL, input: "hello" });
    expect(response.output_text).toBe("one two three");
  });

  it("ends the backend's work when it gives a stream up", async () => {
    await using world = await start();
    await world.backends.only.setFault({ type: "stall-after-tokens", tokens: 1 });
    const stream = await clientOf(world).chat.completions.create({
      model: MODEL,
      messages,
      stream: true,
    });
    for await (const _ of stream) break;
    await until(() => traffic(world.backends.only)[0]?.aborted === true);
    expect(await world.gateway.endpoint("only")).toMatchObject({ status: "healthy" });
  });

  it("ends the backend's work when it gives up before an answer", async () => {
    await using world = await start();
    await world.backends.only.setFault({ type: "hang" });
    const leaving = new AbortController();
    const answer = clientOf(world).chat.completions.create(
      { model: MODEL, messages },
      { signal: leaving.signal },
    );
    await until(() => traffic(world.backends.only).length === 1);
    leaving.abort();
    await expect(answer).rejects.toThrow(APIUserAbortError);
    await until(() => traffic(world.backends.only)[0]?.aborted === true);
  });

  it("throws its own error for an unknown model, with code, type and request id", async () => {
    await using world = await start();
    const thrown: unknown = await clientOf(world)
      .chat.completions.create({ model: "nobody", messages })
      .catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(NotFoundError);
    expect(thrown).toMatchObject({
      status: 404,
      code: "model_not_found",
      type: "invalid_request_error",
      message: expect.stringContaining('"nobody"') as string,
    });
  });

  it("throws its own error for a rate limit, and for a backend that is away", async () => {
    const rateLimits =
      "{ per_ip_requests_per_minute: 6, global_requests_per_minute: 0, burst_size: 1 }";
    await using limited = await start({ rateLimits });
    await ask(limited);
    await expect(ask(limited)).rejects.toThrow(RateLimitError);
    await using dead = await start();
    await dead.backends.only.kill();
    await expect(ask(dead)).rejects.toThrow(InternalServerError);
  });

  it("throws when a stream breaks, instead of taking the part for the whole", async () => {
    await using world = await start();
    await world.backends.only.setFault({ type: "reset-after-tokens", tokens: 2 });
    const stream = await clientOf(world).chat.completions.create({
      model: MODEL,
      messages,
      stream: true,
    });
    const read = async (): Promise<void> => {
      for await (const _ of stream) void _;
    };
    await expect(read()).rejects.toMatchObject({ code: "upstream_truncated" });
  });

  it("succeeds by its own retry after the Retry-After of a refusal", async () => {
    await using world = await start();
    const busy = {
      type: "status",
      status: 503,
      headers: { "Retry-After": "0" },
      times: 1,
    } as const;
    await world.backends.only.setFault(busy);
    const completion = await clientOf(world, 2).chat.completions.create({ model: MODEL, messages });
    expect(completion.choices[0]?.message.content).toBe("one two three");
    expect(traffic(world.backends.only)).toHaveLength(2);
  });
});
