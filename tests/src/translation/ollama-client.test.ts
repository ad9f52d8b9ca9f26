import { describe, expect, it } from "vitest";

import {
  drain,
  ollamaClient,
  PIXEL,
  thrownBy,
  TOWN,
  WEATHER_FUNCTION,
} from "../harness/clients.ts";
import { until } from "../harness/gateway.ts";
import { postJson } from "../harness/http-client.ts";
import { bodyOf } from "../harness/kind-world.ts";
import { startWorld, traffic, type World } from "../harness/world.ts";

const MODEL = "pine:7b";
const messages = [{ role: "user", content: "hello" }];

/** Lines of a stream. */
function linesOf(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const DURATIONS = [
  "total_duration",
  "load_duration",
  "prompt_eval_duration",
  "eval_duration",
  "prompt_eval_count",
  "eval_count",
];

describe.each(["olla", "sherpa"])("the ollama client and vLLM with engine %s", (engine) => {
  function start(): Promise<World<"only">> {
    const models = [
      { id: MODEL, reply: "one two three" },
      { id: "thinker:7b", reply: "mild", reasoning: "first I wonder" },
      {
        id: "caller:7b",
        reply: "It is mild.",
        toolCall: { name: "weather", arguments: { town: "Graz" } },
      },
      { id: "embedder:1b", embeddingDimensions: 6 },
    ];
    return startWorld({ only: { kind: "vllm", models } }, { engine });
  }

  it("TR-68 has a chat, asked by Chat Completions", async () => {
    await using world = await start();
    const answer = await ollamaClient(world.url).chat({
      model: MODEL,
      messages: [{ role: "system", content: "Be brief." }, ...messages],
      options: { num_predict: 50, temperature: 0.5, top_k: 5, num_ctx: 4096 },
    });
    expect(answer).toMatchObject({
      model: MODEL,
      message: { role: "assistant", content: "one two three" },
      done: true,
      done_reason: "stop",
      prompt_eval_count: 3,
      eval_count: 3,
    });
    for (const field of DURATIONS) expect(answer).toHaveProperty(field);
    expect(traffic(world.backends.only)[0]?.url).toBe("/v1/chat/completions");
    expect(bodyOf(world)).toEqual({
      model: MODEL,
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "hello" },
      ],
      stream: false,
      max_tokens: 50,
      temperature: 0.5,
      top_k: 5,
    });
  });

  it("TR-69 streams token by token and ends with done and whole durations", async () => {
    await using world = await start();
    const stream = await ollamaClient(world.url).chat({ model: MODEL, messages, stream: true });
    const parts: unknown[] = [];
    const texts: string[] = [];
    for await (const part of stream) {
      parts.push(part);
      if (part.message.content !== "") texts.push(part.message.content);
    }
    expect(texts).toEqual(["one", " two", " three"]);
    const last = parts.at(-1) as Readonly<Record<string, unknown>>;
    expect(last).toMatchObject({ done: true, done_reason: "stop", eval_count: 3 });
    for (const field of DURATIONS) expect(Number.isInteger(last[field]), `in ${field}`).toBe(true);
    expect(bodyOf(world)["stream_options"]).toEqual({ include_usage: true });
  });

  it("TR-69 streams unless told otherwise, as lines of JSON", async () => {
    await using world = await start();
    const { headers, text } = await postJson(world.url, "/olla/ollama/api/chat", {
      model: MODEL,
      messages,
    });
    expect(headers["content-type"]).toBe("application/x-ndjson");
    expect(headers["x-olla-mode"]).toBe("translated");
    const lines = linesOf(text);
    expect(lines.map(({ done }) => done)).toEqual([...lines.slice(1).map(() => false), true]);
    for (const { created_at: at } of lines) expect(Date.parse(String(at))).not.toBeNaN();
  });

  it.each([true, false])(
    "TR-69 has a tool call whose arguments are an object, streamed %s",
    async (isStreamed) => {
      await using world = await start();
      const client = ollamaClient(world.url);
      const request = { model: "caller:7b", messages, tools: [WEATHER_FUNCTION] };
      const calls: unknown[] = [];
      if (isStreamed) {
        for await (const { message } of await client.chat({ ...request, stream: true })) {
          calls.push(...(message.tool_calls ?? []));
        }
      } else calls.push(...((await client.chat(request)).message.tool_calls ?? []));
      expect(calls).toMatchObject([{ function: { name: "weather", arguments: { town: "Graz" } } }]);
      expect(bodyOf(world)["tools"]).toEqual([WEATHER_FUNCTION]);
    },
  );

  it("gives the result of a tool back to the call it is of", async () => {
    await using world = await start();
    const call = { function: { name: "weather", arguments: { town: "Graz" } } };
    const { message } = await ollamaClient(world.url).chat({
      model: "caller:7b",
      tools: [WEATHER_FUNCTION],
      messages: [
        ...messages,
        { role: "assistant", content: "", tool_calls: [call] },
        { role: "tool", content: "mild", tool_name: "weather" },
      ],
    });
    expect(message.content).toBe("It is mild.");
    const sent = bodyOf(world)["messages"] as {
      tool_calls?: { id: string }[];
      tool_call_id?: string;
    }[];
    const id = sent[1]?.tool_calls?.[0]?.id;
    expect(id).toMatch(/./);
    expect(sent[2]?.tool_call_id).toBe(id);
  });

  it.each([true, false])("has the thinking apart from the answer, streamed %s", async (stream) => {
    await using world = await start();
    const client = ollamaClient(world.url);
    const request = { model: "thinker:7b", messages, think: true };
    let thinking = "";
    let content = "";
    const parts = stream
      ? await client.chat({ ...request, stream: true })
      : [await client.chat(request)];
    for await (const { message } of parts) {
      thinking += message.thinking ?? "";
      content += message.content;
    }
    expect({ thinking, content }).toEqual({ thinking: "first I wonder", content: "mild" });
  });

  it("sends images as data URIs, their kind found from their bytes", async () => {
    await using world = await start();
    await ollamaClient(world.url).chat({
      model: MODEL,
      messages: [{ role: "user", content: "what is it?", images: [PIXEL] }],
    });
    const url = `data:image/png;base64,${PIXEL}`;
    expect(bodyOf(world)["messages"]).toMatchObject([
      {
        content: expect.arrayContaining([
          { type: "image_url", image_url: { url } },
          { type: "text", text: "what is it?" },
        ]) as unknown,
      },
    ]);
  });

  it.each([
    { format: "json", sent: { type: "json_object" } },
    {
      format: TOWN,
      sent: { type: "json_schema", json_schema: { name: "response", schema: TOWN } },
    },
  ])("asks for structured output by $sent.type", async ({ format, sent }) => {
    await using world = await start();
    await ollamaClient(world.url).chat({ model: MODEL, messages, format });
    expect(bodyOf(world)["response_format"]).toEqual(sent);
  });

  it("ends the backend's work when a stream is given up", async () => {
    await using world = await start();
    await world.backends.only.setFault({ type: "stall-after-tokens", tokens: 1 });
    const stream = await ollamaClient(world.url).chat({ model: MODEL, messages, stream: true });
    const read = async (): Promise<void> => {
      for await (const { message } of stream) if (message.content === "one") stream.abort();
    };
    expect(await thrownBy(read())).toMatchObject({ name: "AbortError" });
    await until(() => traffic(world.backends.only)[0]?.aborted === true);
    await until(async () => (await world.gateway.endpoint("only"))["connections"] === 0);
  });

  it("TR-70 throws when a stream breaks, told by a line of text", async () => {
    await using world = await start();
    await world.backends.only.setFault({ type: "reset-after-tokens", tokens: 2 });
    const stream = await ollamaClient(world.url).chat({ model: MODEL, messages, stream: true });
    expect(await thrownBy(drain(stream))).toMatchObject({
      message: expect.stringMatching(/backend|endpoint|answer/) as string,
    });
  });

  it("TR-70 throws the text of a backend's error, with its status", async () => {
    await using world = await start();
    const body = '{"error":{"message":"too long","type":"BadRequestError","code":400}}';
    await world.backends.only.setFault({ type: "status", status: 400, body });
    const asked = ollamaClient(world.url).chat({ model: MODEL, messages, stream: true });
    expect(await thrownBy(asked)).toMatchObject({ status_code: 400, error: "too long" });
  });

  it.each([
    { path: "/api/chat", body: { model: "nobody", messages }, status: 404 },
    { path: "/api/chat", body: { model: MODEL, messages: [{ role: "x" }] }, status: 400 },
    { path: "/api/show", body: { model: "nobody" }, status: 404 },
    { path: "/api/embed", body: { input: "x" }, status: 400 },
    { path: "/api/pull", body: { model: MODEL }, status: 501 },
  ])("TR-70 answers $status on $path with one text", async ({ path, body, status }) => {
    await using world = await start();
    const answer = await postJson(world.url, `/olla/ollama${path}`, body);
    expect(answer.status, `got ${answer.text}`).toBe(status);
    expect(JSON.parse(answer.text)).toEqual({ error: expect.stringMatching(/\S/) as string });
  });
});
