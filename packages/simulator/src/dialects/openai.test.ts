import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type SimulatedBackend, startBackend } from "../backend.ts";
import { embedText } from "../embedding.ts";

const NOW_MS = 1_800_000_000_500;
let backend: SimulatedBackend;

beforeAll(async () => {
  backend = await startBackend({
    kind: "openai-compatible",
    name: "a",
    now: () => NOW_MS,
    models: [
      { id: "pine", reply: "one two three" },
      { id: "acme/deep", reasoning: "hm well", reply: "yes" },
      {
        id: "caller",
        reply: "It is mild.",
        toolCall: { name: "look_up", arguments: { town: "Graz" } },
      },
      { id: "embedder", embeddingDimensions: 4 },
    ],
  });
});
afterAll(() => backend.kill());

async function post(path: string, body: object): Promise<Response> {
  return fetch(`${backend.url}${path}`, { method: "POST", body: JSON.stringify(body) });
}

async function chat(fields: object): Promise<Response> {
  const messages = [{ role: "user", content: "how are you" }];
  return post("/v1/chat/completions", { model: "pine", messages, ...fields });
}

interface StreamEvent {
  readonly type?: string;
  readonly sequence_number?: number;
  readonly choices: readonly {
    readonly text?: string;
    readonly finish_reason: string | null;
    readonly delta: {
      readonly tool_calls?: readonly { readonly function: { readonly arguments: string } }[];
    };
  }[];
}

/** Data of all events, without the `[DONE]` that must end them. */
async function events(response: Response): Promise<readonly StreamEvent[]> {
  const text = await response.text();
  expect(text).toMatch(/\n\ndata: \[DONE\]\n\n$/);
  return parseEvents(text.slice(0, -"data: [DONE]\n\n".length));
}

function parseEvents(text: string): readonly StreamEvent[] {
  const blocks = text.split("\n\n").slice(0, -1);
  return blocks.map((block) => JSON.parse(block.slice(block.indexOf("data: ") + 6)));
}

describe("chat completions", () => {
  it("answers in one piece with exact usage", async () => {
    const response = await chat({});
    expect(response.headers.get("x-simulated-backend")).toBe("a");
    expect(await response.json()).toMatchObject({
      object: "chat.completion",
      created: 1_800_000_000,
      model: "pine",
      choices: [
        { message: { role: "assistant", content: "one two three" }, finish_reason: "stop" },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 },
    });
  });

  it("streams the role first, one event per token, the finish reason and [DONE]", async () => {
    const response = await chat({ stream: true });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const data = await events(response);
    const choices = data.map((event) => event.choices[0]);
    expect(choices).toEqual([
      { index: 0, delta: { role: "assistant", content: "" }, finish_reason: null },
      { index: 0, delta: { content: "one" }, finish_reason: null },
      { index: 0, delta: { content: " two" }, finish_reason: null },
      { index: 0, delta: { content: " three" }, finish_reason: null },
      { index: 0, delta: {}, finish_reason: "stop" },
    ]);
  });

  it("adds usage in an event of its own when asked", async () => {
    const data = await events(
      await chat({ stream: true, stream_options: { include_usage: true } }),
    );
    expect(data.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 3 } });
  });

  it.each(["max_tokens", "max_completion_tokens"])("stops at %s", async (limit) => {
    const answer = await (await chat({ [limit]: 2 })).json();
    expect(answer).toMatchObject({
      choices: [{ message: { content: "one two" }, finish_reason: "length" }],
      usage: { completion_tokens: 2 },
    });
  });

  it("streams a tool call that joins to the scripted arguments", async () => {
    const tools = [{ type: "function", function: { name: "look_up" } }];
    const data = await events(await chat({ model: "caller", stream: true, tools }));
    const calls = data.flatMap((event) => event.choices[0]?.delta.tool_calls ?? []);
    expect(calls[0]).toMatchObject({ index: 0, function: { name: "look_up", arguments: "" } });
    const text = calls.map((call) => call.function.arguments).join("");
    expect(JSON.parse(text)).toEqual({ town: "Graz" });
    expect(data.at(-1)?.choices[0]?.finish_reason).toBe("tool_calls");
  });

  it("answers a tool call in one piece", async () => {
    const tools = [{ type: "function", function: { name: "look_up" } }];
    expect(await (await chat({ model: "caller", tools })).json()).toMatchObject({
      choices: [
        {
          message: {
            content: null,
            tool_calls: [{ function: { name: "look_up", arguments: '{"town":"Graz"}' } }],
          },
          finish_reason: "tool_calls",
        },
      ],
    });
  });

  it("replies in words once the tool's result is there", async () => {
    const tools = [{ type: "function", function: { name: "look_up" } }];
    const messages = [{ role: "tool", tool_call_id: "x", content: "mild" }];
    expect(await (await chat({ model: "caller", tools, messages })).json()).toMatchObject({
      choices: [{ message: { content: "It is mild." } }],
    });
  });

  it("sends thinking before the answer", async () => {
    const whole = await (await chat({ model: "acme/deep" })).json();
    expect(whole).toMatchObject({
      choices: [{ message: { content: "yes", reasoning_content: "hm well" } }],
      usage: { completion_tokens_details: { reasoning_tokens: 2 } },
    });
    const data = await events(await chat({ model: "acme/deep", stream: true }));
    expect(data.slice(1, 4).map((event) => event.choices[0]?.delta)).toEqual([
      { reasoning_content: "hm" },
      { reasoning_content: " well" },
      { content: "yes" },
    ]);
  });

  it.each([
    { problem: "an unknown model", body: '{"model":"fir","messages":[]}', status: 404 },
    { problem: "no model", body: '{"messages":[]}', status: 400 },
    { problem: "no messages", body: '{"model":"pine"}', status: 400 },
    { problem: "broken JSON", body: '{"model":', status: 400 },
  ])("refuses $problem", async ({ body, status }) => {
    const response = await fetch(`${backend.url}/v1/chat/completions`, { method: "POST", body });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error" } });
  });
});

describe("completions", () => {
  it("answers in one piece", async () => {
    const response = await post("/v1/completions", { model: "pine", prompt: "say it" });
    expect(await response.json()).toMatchObject({
      object: "text_completion",
      choices: [{ text: "one two three", finish_reason: "stop" }],
      usage: { prompt_tokens: 2 },
    });
  });

  it("leave thinking out, streamed or not", async () => {
    const body = { model: "acme/deep", prompt: "x" };
    expect(await (await post("/v1/completions", body)).json()).toMatchObject({
      choices: [{ text: "yes" }],
      usage: { completion_tokens: 1 },
    });
    const data = await events(await post("/v1/completions", { ...body, stream: true }));
    expect(data.map((event) => event.choices[0]?.text)).toEqual(["yes", ""]);
  });

  it("streams text and usage", async () => {
    const body = { model: "pine", prompt: "x", stream: true };
    const response = await post("/v1/completions", {
      ...body,
      stream_options: { include_usage: true },
    });
    const data = await events(response);
    expect(data.slice(0, 4).map((event) => event.choices[0]?.text)).toEqual([
      "one",
      " two",
      " three",
      "",
    ]);
    expect(data.at(-1)).toMatchObject({ usage: { total_tokens: 4 } });
  });
});

describe("embeddings", () => {
  it("depend on the text alone and have the scripted length", async () => {
    const response = await post("/v1/embeddings", { model: "embedder", input: ["x y", "z"] });
    expect(await response.json()).toMatchObject({
      data: [
        { index: 0, embedding: Array.from(embedText("x y", 4)) },
        { index: 1, embedding: Array.from(embedText("z", 4)) },
      ],
      usage: { prompt_tokens: 3 },
    });
  });

  it.each([
    { input: "x", dimensions: 2, bytes: 8, count: 1 },
    { input: [1, 2], dimensions: 3, bytes: 12, count: 1 },
    { input: [[1, 2], [3]], dimensions: 3, bytes: 12, count: 2 },
  ])("honours dimensions and base64 for $input", async ({ input, dimensions, bytes, count }) => {
    const response = await post("/v1/embeddings", {
      model: "embedder",
      input,
      dimensions,
      encoding_format: "base64",
    });
    const { data }: { data: { embedding: string }[] } = JSON.parse(await response.text());
    const sizes = data.map(({ embedding }) => Buffer.from(embedding, "base64").length);
    expect(sizes).toEqual(Array.from({ length: count }, () => bytes));
  });
});

async function streamResponse(fields: object): Promise<readonly StreamEvent[]> {
  const body = { model: "pine", input: "x", stream: true, ...fields };
  return parseEvents(await (await post("/v1/responses", body)).text());
}

describe("responses", () => {
  it("answers in one piece", async () => {
    const response = await post("/v1/responses", { model: "pine", input: "how are you" });
    expect(await response.json()).toMatchObject({
      object: "response",
      status: "completed",
      output: [{ type: "message", content: [{ type: "output_text", text: "one two three" }] }],
      usage: { input_tokens: 3, output_tokens: 3, total_tokens: 6 },
    });
  });

  it("streams the events in the order that clients rely on", async () => {
    const data = await streamResponse({});
    expect(data.map(({ type }) => type)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      ...Array.from({ length: 3 }, () => "response.output_text.delta"),
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(data.map((event) => event.sequence_number)).toEqual(data.map((_, index) => index));
  });

  it("ends a stream cut by its limit as incomplete", async () => {
    const data = await streamResponse({ max_output_tokens: 1 });
    expect(data.at(-1)).toMatchObject({
      type: "response.incomplete",
      response: { status: "incomplete", usage: { output_tokens: 1 } },
    });
  });
});

describe("models", () => {
  it("finds a model whose id has slashes, escaped or not", async () => {
    for (const id of ["acme/deep", "acme%2Fdeep"]) {
      const response = await fetch(`${backend.url}/v1/models/${id}`);
      expect(await response.json()).toMatchObject({ id: "acme/deep", object: "model" });
    }
  });

  it("answers 404 for others, broken escapes included", async () => {
    for (const id of ["fir", "%zz"]) {
      expect((await fetch(`${backend.url}/v1/models/${id}`)).status).toBe(404);
    }
  });
});
