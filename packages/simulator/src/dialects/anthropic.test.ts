import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type SimulatedBackend, startBackend } from "../backend.ts";

let backend: SimulatedBackend;

beforeAll(async () => {
  backend = await startBackend({
    kind: "anthropic",
    name: "a",
    models: [
      { id: "pine", reply: "one two" },
      {
        id: "caller",
        reasoning: "hm",
        reply: "It is mild.",
        toolCall: { name: "look_up", arguments: { town: "Graz" } },
      },
    ],
  });
});
afterAll(() => backend.kill());

const messages = [{ role: "user", content: [{ type: "text", text: "how are you" }] }];
const tools = [{ name: "look_up", input_schema: { type: "object" } }];

async function post(path: string, body: object): Promise<Response> {
  return fetch(`${backend.url}${path}`, { method: "POST", body: JSON.stringify(body) });
}

async function send(fields: object): Promise<Response> {
  return post("/v1/messages", { model: "pine", max_tokens: 100, messages, ...fields });
}

interface StreamEvent {
  readonly type: string;
  readonly index?: number;
  readonly message?: object;
  readonly content_block?: object;
  readonly delta?: { readonly partial_json?: string; readonly stop_reason?: string };
}

/** All events, checked to be named after their data. */
async function events(response: Response): Promise<readonly StreamEvent[]> {
  const blocks = (await response.text()).split("\n\n").slice(0, -1);
  return blocks.map((block) => {
    const [, name, text = ""] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
    const data: StreamEvent = JSON.parse(text);
    expect(data.type).toBe(name);
    return data;
  });
}

describe("/v1/messages", () => {
  it("answers in one piece", async () => {
    expect(await (await send({ system: "be nice" })).json()).toMatchObject({
      type: "message",
      role: "assistant",
      model: "pine",
      content: [{ type: "text", text: "one two" }],
      stop_reason: "end_turn",
      usage: { input_tokens: 5, output_tokens: 2 },
    });
  });

  it("streams the events in the order of the grammar", async () => {
    const data = await events(await send({ stream: true }));
    expect(data.map(({ type }) => type)).toEqual([
      "message_start",
      "ping",
      "content_block_start",
      "content_block_delta",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    expect(data[0]?.message).toMatchObject({ content: [], usage: { input_tokens: 3 } });
    expect(data[6]).toMatchObject({
      delta: { stop_reason: "end_turn" },
      usage: { output_tokens: 2 },
    });
  });

  it("closes the thinking block before the tool's block opens", async () => {
    const data = await events(await send({ model: "caller", stream: true, tools }));
    const blocks = data.filter(({ type }) => type.startsWith("content_block_st"));
    expect(blocks.map(({ type, index }) => `${type} ${index}`)).toEqual([
      "content_block_start 0",
      "content_block_stop 0",
      "content_block_start 1",
      "content_block_stop 1",
    ]);
    expect(blocks[2]?.content_block).toMatchObject({
      type: "tool_use",
      name: "look_up",
      input: {},
    });
    const json = data.map(({ delta }) => delta?.partial_json ?? "").join("");
    expect(JSON.parse(json)).toEqual({ town: "Graz" });
    expect(data.at(-2)?.delta?.stop_reason).toBe("tool_use");
  });

  it("answers thinking and a tool call in one piece", async () => {
    const answer = await (await send({ model: "caller", tools })).json();
    expect(answer).toMatchObject({
      content: [
        { type: "thinking", thinking: "hm", signature: "" },
        { type: "tool_use", name: "look_up", input: { town: "Graz" } },
      ],
      stop_reason: "tool_use",
    });
  });

  it("replies in words once the tool's result is there", async () => {
    const result = { type: "tool_result", tool_use_id: "x", content: "mild" };
    const body = { model: "caller", tools, messages: [{ role: "user", content: [result] }] };
    expect(await (await send(body)).json()).toMatchObject({
      content: [{ type: "thinking" }, { type: "text", text: "It is mild." }],
    });
  });

  it("stops at max_tokens", async () => {
    expect(await (await send({ max_tokens: 1 })).json()).toMatchObject({
      content: [{ text: "one" }],
      stop_reason: "max_tokens",
    });
  });

  it.each([
    { field: "max_tokens", value: undefined, status: 400, type: "invalid_request_error" },
    { field: "messages", value: undefined, status: 400, type: "invalid_request_error" },
    { field: "model", value: "fir", status: 404, type: "not_found_error" },
  ])("refuses $field being $value", async ({ field, value, status, type }) => {
    const response = await send({ [field]: value });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ type: "error", error: { type } });
  });
});

describe("token counting and lists", () => {
  it("counts the words of the prompt", async () => {
    const response = await post("/v1/messages/count_tokens", { model: "pine", messages });
    expect(await response.json()).toEqual({ input_tokens: 3 });
  });

  it("lists models with the page fields that clients read", async () => {
    const response = await fetch(`${backend.url}/v1/models`);
    expect(await response.json()).toMatchObject({
      data: [{ type: "model", id: "pine", display_name: "pine" }, { id: "caller" }],
      has_more: false,
      first_id: "pine",
      last_id: "caller",
    });
  });

  it("shows one model", async () => {
    const response = await fetch(`${backend.url}/v1/models/caller`);
    expect(await response.json()).toMatchObject({ type: "model", id: "caller" });
  });
});
