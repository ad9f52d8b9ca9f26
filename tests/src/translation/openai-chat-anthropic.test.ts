import type OpenAI from "openai";
import { APIError, BadRequestError, InternalServerError, RateLimitError } from "openai";
import { describe, expect, it } from "vitest";

import { drain, openaiClient, thrownBy, WEATHER_FUNCTION } from "../harness/clients.ts";
import { until } from "../harness/gateway.ts";
import { bodyOf, startKindWorld } from "../harness/kind-world.ts";
import { traffic, type World } from "../harness/world.ts";

const MODEL = "claude-pine";
const messages: OpenAI.ChatCompletionMessageParam[] = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "hello" },
];

describe.each(["olla", "sherpa"])("the openai client and Anthropic with engine %s", (engine) => {
  function start(): Promise<World<"only">> {
    const models = [
      { id: MODEL, reply: "one two three" },
      { id: "thinker", reply: "mild", reasoning: "first I wonder" },
      {
        id: "caller",
        reply: "It is mild.",
        toolCall: { name: "weather", arguments: { town: "Graz" } },
      },
    ];
    const endpoints = { only: ["auth: { type: api_key, key: server-secret }"] };
    return startKindWorld("anthropic", { models }, { engine, endpoints });
  }

  it("TR-74 lists the models of a server that speaks no OpenAI dialect", async () => {
    await using world = await start();
    const found: string[] = [];
    for await (const { id } of openaiClient(world.url).models.list()) found.push(id);
    expect(found.toSorted()).toEqual(["caller", MODEL, "thinker"]);
  });

  it("TR-74 has a chat with usage, translated", async () => {
    await using world = await start();
    const {
      data,
      response,
      request_id: requestId,
    } = await openaiClient(world.url)
      .chat.completions.create({ model: MODEL, messages })
      .withResponse();
    expect(data).toMatchObject({
      object: "chat.completion",
      model: MODEL,
      choices: [
        {
          index: 0,
          finish_reason: "stop",
          message: { role: "assistant", content: "one two three" },
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 },
    });
    expect(response.headers.get("x-olla-mode")).toBe("translated");
    expect(requestId).toBe(response.headers.get("x-olla-request-id"));
  });

  it("TR-74 TR-45 asks Anthropic for it as a client of that API would, with the endpoint's key", async () => {
    await using world = await start();
    await openaiClient(world.url).chat.completions.create({ model: MODEL, messages, stop: "X" });
    const [request] = traffic(world.backends.only);
    expect(request).toMatchObject({
      url: "/v1/messages",
      headers: {
        "x-api-key": "server-secret",
        "anthropic-version": "2023-06-01",
        "content-type": "application/json",
      },
    });
    expect(request?.headers.authorization).toBeUndefined();
    expect(bodyOf(world)).toMatchObject({
      model: MODEL,
      max_tokens: 4096,
      system: "Be brief.",
      messages: [{ role: "user", content: "hello" }],
      stop_sequences: ["X"],
    });
  });

  it("probes and lists Anthropic with the key and a version of the API", async () => {
    await using world = await start();
    const own = world.backends.only.requests.filter(({ method }) => method === "GET");
    expect(own.length).toBeGreaterThanOrEqual(2);
    for (const { headers } of own) {
      expect(headers).toMatchObject({
        "x-api-key": "server-secret",
        "anthropic-version": "2023-06-01",
      });
    }
  });

  it("TR-74 streams token by token, with usage when it is asked for", async () => {
    await using world = await start();
    const stream = await openaiClient(world.url).chat.completions.create({
      model: MODEL,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta));
    expect(deltas[0]).toMatchObject({ role: "assistant" });
    expect(deltas.map(({ content }) => content ?? "").filter((text) => text !== "")).toEqual([
      "one",
      " two",
      " three",
    ]);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("stop");
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 },
    });
  });

  it("TR-74 sends no usage chunk to a client that did not ask for one", async () => {
    await using world = await start();
    const stream = await openaiClient(world.url).chat.completions.create({
      model: MODEL,
      messages,
      stream: true,
    });
    for await (const { choices } of stream) expect(choices).toHaveLength(1);
  });

  it("TR-74 has a tool call through the stream helper, its arguments complete", async () => {
    await using world = await start();
    const completion = await openaiClient(world.url)
      .chat.completions.stream({ model: "caller", messages, tools: [WEATHER_FUNCTION] })
      .finalChatCompletion();
    const [choice] = completion.choices;
    expect(choice?.finish_reason).toBe("tool_calls");
    expect(choice?.message.tool_calls?.[0]).toMatchObject({
      type: "function",
      function: { name: "weather", arguments: '{"town":"Graz"}' },
    });
    expect(bodyOf(world)["tools"]).toEqual([
      {
        name: "weather",
        description: "Tells the weather of a town.",
        input_schema: WEATHER_FUNCTION.function.parameters,
      },
    ]);
  });

  it("has the thinking of the model, streamed and whole", async () => {
    await using world = await start();
    const client = openaiClient(world.url);
    const whole = await client.chat.completions.create({ model: "thinker", messages });
    expect(whole.choices[0]?.message).toMatchObject({
      content: "mild",
      reasoning_content: "first I wonder",
    });
    const stream = await client.chat.completions.create({
      model: "thinker",
      messages,
      stream: true,
    });
    let thought = "";
    for await (const { choices } of stream) {
      const [choice] = choices;
      if (choice === undefined || !("reasoning_content" in choice.delta)) continue;
      thought += String(choice.delta.reasoning_content);
    }
    expect(thought).toBe("first I wonder");
  });

  it("ends the backend's work when a stream is given up, and holds it against nobody", async () => {
    await using world = await start();
    await world.backends.only.setFault({ type: "stall-after-tokens", tokens: 1 });
    const stream = await openaiClient(world.url).chat.completions.create({
      model: MODEL,
      messages,
      stream: true,
    });
    for await (const { choices } of stream) if (choices[0]?.delta.content === "one") break;
    await until(() => traffic(world.backends.only)[0]?.aborted === true);
    await until(async () => (await world.gateway.endpoint("only"))["connections"] === 0);
    expect(await world.gateway.endpoint("only")).toMatchObject({ status: "healthy" });
  });

  it("throws when the stream breaks, instead of taking the part for the whole", async () => {
    await using world = await start();
    await world.backends.only.setFault({ type: "reset-after-tokens", tokens: 2 });
    const stream = await openaiClient(world.url).chat.completions.create({
      model: MODEL,
      messages,
      stream: true,
    });
    expect(await thrownBy(drain(stream))).toMatchObject({
      message: expect.stringMatching(/\S/) as string,
      code: expect.stringMatching(/^upstream_/) as string,
    });
  });

  it.each([
    { status: 429, type: RateLimitError, told: "rate_limit_error" },
    { status: 529, type: InternalServerError, told: "server_error" },
    { status: 400, type: BadRequestError, told: "invalid_request_error" },
  ])("TR-39 TR-42 has a $status of Anthropic as its own error", async ({ status, type, told }) => {
    await using world = await start();
    const error = { type: "error", error: { type: "whatever", message: "said the backend" } };
    await world.backends.only.setFault({
      type: "status",
      status,
      body: JSON.stringify(error),
      headers: { "Retry-After": "7" },
    });
    const thrown = await thrownBy(
      openaiClient(world.url).chat.completions.create({ model: MODEL, messages, stream: true }),
    );
    expect(thrown).toBeInstanceOf(type);
    expect(thrown).toMatchObject({
      status,
      type: told,
      error: { message: "said the backend", param: null, code: expect.any(String) as string },
    });
    expect(thrown instanceof APIError && thrown.headers?.get("retry-after")).toBe("7");
  });

  it("TR-73 refuses what one answer cannot hold, naming the field", async () => {
    await using world = await start();
    const thrown = await thrownBy(
      openaiClient(world.url).chat.completions.create({ model: MODEL, messages, n: 2 }),
    );
    expect(thrown).toBeInstanceOf(BadRequestError);
    expect(thrown).toMatchObject({ param: "n", code: "invalid_request" });
    expect(traffic(world.backends.only)).toEqual([]);
  });

  it("names in a header what Anthropic has no words for", async () => {
    await using world = await start();
    const { response } = await openaiClient(world.url)
      .chat.completions.create({ model: MODEL, messages, seed: 7, logit_bias: { "5": 1 } })
      .withResponse();
    expect(response.headers.get("x-olla-dropped-fields")).toBe("logit_bias, seed");
    expect(bodyOf(world)).not.toHaveProperty("seed");
  });
});
