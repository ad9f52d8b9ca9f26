import { ProxyError } from "@olla-ts/core";
import { describe, expect, it } from "vitest";

import type { JsonValue } from "../conversation.ts";
import { parseJson } from "../json/parse-json.ts";
import { parseChatRequest } from "./chat-request.ts";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB";
const HELLO = { role: "user", content: "Hello" };

function parse(over: Readonly<Record<string, JsonValue>>): ReturnType<typeof parseChatRequest> {
  return parseChatRequest({ model: "pine:7b", messages: [HELLO], ...over });
}

function refusal(over: Readonly<Record<string, JsonValue>>): string {
  try {
    parse(over);
  } catch (error) {
    if (error instanceof ProxyError && error.code === "invalid_request") return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("parseChatRequest", () => {
  it("streams unless told otherwise", () => {
    expect(parse({}).stream).toBe(true);
    expect(parse({ stream: false }).stream).toBe(false);
  });

  it("sets the system messages before the first other one apart", () => {
    const late = { role: "system", content: "Now in French." };
    const { system, messages } = parse({
      messages: [
        { role: "system", content: "Be brief." },
        { role: "system", content: "Be kind." },
        HELLO,
        late,
      ],
    });
    expect(system).toEqual(["Be brief.", "Be kind."]);
    expect(messages).toEqual([
      { role: "user", parts: [{ type: "text", text: "Hello" }] },
      { role: "system", text: "Now in French." },
    ]);
  });

  it("reads every option that other dialects can say", () => {
    const conversation = parse({
      options: {
        num_predict: 64,
        temperature: 0.2,
        top_p: 0.9,
        top_k: 40,
        min_p: 0.05,
        typical_p: 0.7,
        repeat_penalty: 1.1,
        presence_penalty: 0.3,
        frequency_penalty: -0.3,
        seed: 7,
        stop: "END",
      },
    });
    expect(conversation.maxTokens).toBe(64);
    expect(conversation.stop).toEqual(["END"]);
    expect(conversation.sampling).toEqual({
      temperature: 0.2,
      topP: 0.9,
      topK: 40,
      minP: 0.05,
      typicalP: 0.7,
      repeatPenalty: 1.1,
      presencePenalty: 0.3,
      frequencyPenalty: -0.3,
      seed: 7,
    });
    expect(conversation.dropped).toEqual([]);
  });

  it.each([-1, -2, 0])("leaves the length to the backend for num_predict %i", (limit) => {
    expect(parse({ options: { num_predict: limit } }).maxTokens).toBeUndefined();
  });

  it("names what only Ollama's runner knows", () => {
    const { dropped } = parse({
      keep_alive: "5m",
      truncate: true,
      shift: false,
      options: { num_ctx: 8192, num_keep: 4, mirostat: 1 },
    });
    expect(dropped).toEqual([
      "keep_alive",
      "truncate",
      "shift",
      "options.num_ctx",
      "options.num_keep",
      "options.mirostat",
    ]);
  });

  it("ignores fields that nobody knows", () => {
    expect(parse({ colour: "green", options: { flavour: 1 } }).dropped).toEqual([]);
  });

  it.each([
    { think: true, effort: undefined },
    { think: false, effort: "none" },
    { think: "low", effort: "low" },
    { think: "max", effort: "max" },
  ])("reads think $think as effort $effort", ({ think, effort }) => {
    expect(parse({ think }).reasoning).toEqual({ effort, budgetTokens: undefined });
  });

  it("says nothing of reasoning when the client does not", () => {
    expect(parse({}).reasoning).toBeUndefined();
  });

  it("reads both kinds of format", () => {
    const schema = { type: "object", properties: { town: { type: "string" } } };
    expect(parse({ format: "json" }).responseFormat).toEqual({ type: "json" });
    expect(parse({ format: schema }).responseFormat).toMatchObject({
      type: "json-schema",
      schema,
    });
    expect(parse({ format: "" }).responseFormat).toBeUndefined();
  });

  it("reads logprobs only when they are asked for", () => {
    expect(parse({ logprobs: true, top_logprobs: 3 }).logprobs).toEqual({ top: 3 });
    expect(parse({ logprobs: true }).logprobs).toEqual({ top: undefined });
    expect(parse({ top_logprobs: 3 }).logprobs).toBeUndefined();
  });

  it.each([
    { kind: "image/png", data: PNG },
    { kind: "image/jpeg", data: "/9j/4AAQSkZJRgABAQEASABIAAD" },
    { kind: "image/gif", data: "R0lGODlhAQABAIAAAAAAAP///yH5" },
    { kind: "image/webp", data: "UklGRiIAAABXRUJQVlA4IBYAAAAw" },
  ])("tells $kind from its first bytes", ({ kind, data }) => {
    const { messages } = parse({ messages: [{ ...HELLO, images: [data] }] });
    expect(messages).toEqual([
      {
        role: "user",
        parts: [
          {
            type: "image",
            source: { kind: "base64", mediaType: kind, data },
            detail: undefined,
          },
          { type: "text", text: "Hello" },
        ],
      },
    ]);
  });

  it("keeps a turn that is only an image", () => {
    const { messages } = parse({ messages: [{ role: "user", content: "", images: [PNG] }] });
    expect(messages).toMatchObject([{ role: "user", parts: [{ type: "image" }] }]);
  });

  it("takes a data URI for the bare base64 it holds", () => {
    const images = [`data:image/jpeg;base64,${PNG.slice(0, 8)}\n${PNG.slice(8)}`];
    expect(parse({ messages: [{ ...HELLO, images }] }).messages).toMatchObject([
      { parts: [{ source: { mediaType: "image/png", data: PNG } }, {}] },
    ]);
  });

  it("names images where no other dialect has them", () => {
    const { dropped } = parse({
      messages: [HELLO, { role: "assistant", content: "See.", images: [PNG] }],
    });
    expect(dropped).toEqual(["messages.1.images"]);
  });

  it("TR-23 keeps the digits of large integers in arguments", () => {
    const body = parseJson(
      `{"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","content":"",
        "tool_calls":[{"function":{"name":"f","arguments":{"n":9007199254740993}}}]}]}`,
    );
    expect(JSON.stringify(parseChatRequest(body))).toContain('"n":9007199254740993');
  });

  it.each([
    { over: { model: "" }, message: "model: must not be empty" },
    { over: { messages: [] }, message: "messages: must hold at least one message" },
    { over: { messages: "hi" }, message: "messages: must be a list" },
    { over: { messages: [{ content: "x" }] }, message: "messages.0.role: is required" },
    {
      over: { messages: [{ role: "robot", content: "x" }] },
      message: "messages.0.role: must be one of system, user, assistant, tool",
    },
    {
      over: { messages: [{ role: "user", content: 5 }] },
      message: "messages.0.content: must be a text",
    },
    {
      over: { options: { temperature: "warm" } },
      message: "options.temperature: must be a number of at least 0",
    },
    { over: { options: { num_predict: 1.5 } }, message: "options.num_predict: must be an integer" },
    { over: { options: { stop: [1] } }, message: "options.stop.0: must be a text" },
    {
      over: { think: "hard" },
      message: "think: must be true, false or one of low, medium, high, max",
    },
    { over: { format: "xml" }, message: 'format: must be "json" or a JSON schema' },
    {
      over: { messages: [{ ...HELLO, images: ["aGVsbG8="] }] },
      message: "messages.0.images.0: must be a JPEG, PNG, WebP or GIF image in base64",
    },
    { over: { tools: [{ type: "function" }] }, message: "tools.0.function: is required" },
    {
      over: { tools: [{ type: "plugin", function: { name: "f" } }] },
      message: "tools.0.type: must be one of function",
    },
    {
      over: {
        messages: [
          { role: "assistant", tool_calls: [{ function: { name: "f", arguments: "[1]" } }] },
        ],
      },
      message: "messages.0.tool_calls.0.function.arguments: must be an object",
    },
  ])("refuses a body with $message", ({ over, message }) => {
    expect(refusal(over)).toBe(message);
  });
});
