import { describe, expect, it } from "vitest";

import type { JsonObject, JsonValue } from "../conversation.ts";
import type { ReplyContext } from "../dialect.ts";
import { parseJson } from "../json/parse-json.ts";
import type { Reply, StopReason } from "../reply.ts";
import { parseReply } from "./parse-reply.ts";
import { writeReply } from "./write-reply.ts";

const context: ReplyContext = {
  model: "asked",
  createdAt: 0,
  randomId: () => "Nut42",
  estimatedInputTokens: 38,
  includeUsage: true,
  elapsedMs: () => 0,
};

const usage = { inputTokens: 40, outputTokens: 17, cachedTokens: 8, reasoningTokens: 0 };
const call = { type: "tool-call", id: "call_7", name: "look_up", arguments: {} } as const;

const plain: Reply = {
  id: "chatcmpl-1",
  model: "pine-7b",
  parts: [{ type: "text", text: "It is mild." }],
  stopReason: "stop",
  stopSequence: undefined,
  usage,
  timings: undefined,
  logprobs: undefined,
};

function write(over: Partial<Reply>): JsonObject {
  return writeReply({ ...plain, ...over }, context) as JsonObject;
}

function parse(over: JsonObject): Reply {
  return parseReply({ type: "message", content: [], ...over });
}

describe("writeReply", () => {
  it("TR-1 writes a message with the backend's numbers", () => {
    expect(write({})).toEqual({
      id: "msg_01Nut42",
      type: "message",
      role: "assistant",
      model: "pine-7b",
      content: [{ type: "text", text: "It is mild." }],
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: {
        input_tokens: 32,
        output_tokens: 17,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 8,
      },
    });
  });

  it("names the model that was asked for when the backend names none", () => {
    expect(write({ model: "" })["model"]).toBe("asked");
  });

  it("keeps an id of its own kind", () => {
    expect(write({ id: "msg_9" })["id"]).toBe("msg_9");
    expect(write({ id: undefined })["id"]).toBe("msg_01Nut42");
  });

  it.each<StopReason>(["tool-calls", "stop", "unknown"])(
    "TR-21 stops for a tool call after %s",
    (stopReason) => {
      const written = write({ parts: [call], stopReason });
      expect(written).toMatchObject({
        content: [{ type: "tool_use", id: "call_7", name: "look_up", input: {} }],
        stop_reason: "tool_use",
      });
    },
  );

  it("makes an id for a call without one", () => {
    const written = write({ parts: [{ ...call, id: "" }] });
    expect(written).toMatchObject({ content: [{ id: "toolu_01Nut42" }] });
  });

  it("TR-23 keeps the digits of large numbers in arguments", () => {
    const text = '{"id":9007199254740993}';
    const written = write({ parts: [{ ...call, arguments: parseJson(text) as JsonObject }] });
    expect(JSON.stringify(written)).toContain(`"input":${text}`);
  });

  it.each<[StopReason, string]>([
    ["length", "max_tokens"],
    ["content-filter", "refusal"],
    ["context-exceeded", "model_context_window_exceeded"],
    ["unknown", "end_turn"],
  ])("TR-24 tells %s as %s", (stopReason, stop_reason) => {
    expect(write({ stopReason })["stop_reason"]).toBe(stop_reason);
  });

  it("names the text that ended the answer", () => {
    expect(write({ stopReason: "stop-sequence", stopSequence: "END" })).toMatchObject({
      stop_reason: "stop_sequence",
      stop_sequence: "END",
    });
  });

  it("writes a refusal as text and as the reason", () => {
    expect(write({ parts: [{ type: "refusal", text: "No." }] })).toMatchObject({
      content: [{ type: "text", text: "No." }],
      stop_reason: "refusal",
    });
  });

  it("TR-26 writes thinking in front of the text, with an empty signature if it has none", () => {
    const thinking = { type: "thinking", text: "Check.", signature: undefined } as const;
    expect(write({ parts: [thinking, ...plain.parts] })["content"]).toEqual([
      { type: "thinking", thinking: "Check.", signature: "" },
      { type: "text", text: "It is mild." },
    ]);
  });

  it("writes an answer of nothing as an empty list", () => {
    expect(write({ parts: [] })["content"]).toEqual([]);
    expect(write({ parts: [{ type: "text", text: "" }] })["content"]).toEqual([]);
  });

  it("tells the tokens spent on thinking", () => {
    const written = write({ usage: { ...usage, reasoningTokens: 5 } });
    expect(written).toMatchObject({ usage: { output_tokens_details: { thinking_tokens: 5 } } });
  });

  it.each([
    [plain.parts, 3],
    [[call], 1],
    [[], 1],
  ])("TR-37 estimates usage when the backend counts nothing: %j", (parts, output_tokens) => {
    const written = write({ parts, usage: undefined });
    expect(written["usage"]).toMatchObject({ input_tokens: 38, output_tokens });
  });
});

describe("parseReply", () => {
  it("TR-74 reads text, thinking and tool calls, and leaves out the rest", () => {
    const content = [
      { type: "thinking", thinking: "Check.", signature: "s" },
      { type: "text", text: "It is mild.", citations: [] },
      { type: "redacted_thinking", data: "x" },
      { type: "tool_use", id: "t1", name: "look_up", input: { town: "Graz" } },
      "odd",
    ];
    expect(parse({ id: "msg_1", model: "pine", content, stop_reason: "tool_use" })).toEqual({
      id: "msg_1",
      model: "pine",
      parts: [
        { type: "thinking", text: "Check.", signature: "s" },
        { type: "text", text: "It is mild." },
        { type: "tool-call", id: "t1", name: "look_up", arguments: { town: "Graz" } },
      ],
      stopReason: "tool-calls",
    });
  });

  it("reads blocks that lack fields, as llama.cpp's calls lack their input", () => {
    const content = [{ type: "tool_use", name: "now" }, { type: "text" }, { type: "thinking" }];
    expect(parse({ content }).parts).toEqual([
      { type: "tool-call", id: "", name: "now", arguments: {} },
      { type: "text", text: "" },
      { type: "thinking", text: "" },
    ]);
  });

  it.each<[JsonValue, StopReason]>([
    ["end_turn", "stop"],
    ["stop_sequence", "stop-sequence"],
    ["max_tokens", "length"],
    ["tool_use", "tool-calls"],
    ["refusal", "content-filter"],
    ["model_context_window_exceeded", "context-exceeded"],
    ["pause_turn", "unknown"],
    [null, "unknown"],
  ])("TR-74 reads the stop reason %s as %s", (stop_reason, stopReason) => {
    expect(parse({ stop_reason }).stopReason).toBe(stopReason);
  });

  it("TR-21 reads a call that ends with a plain stop as one", () => {
    const content = [{ type: "tool_use", id: "t", name: "now", input: {} }];
    expect(parse({ content, stop_reason: "end_turn" }).stopReason).toBe("tool-calls");
    expect(parse({ content, stop_reason: "max_tokens" }).stopReason).toBe("length");
  });

  it("TR-74 adds what the cache holds and takes to the tokens of the prompt", () => {
    const counted = {
      input_tokens: 1,
      cache_read_input_tokens: 20,
      cache_creation_input_tokens: 4,
      output_tokens: 7,
      output_tokens_details: { thinking_tokens: 3 },
    };
    expect(parse({ usage: counted }).usage).toEqual({
      inputTokens: 25,
      cachedTokens: 20,
      outputTokens: 7,
      reasoningTokens: 3,
    });
  });

  it.each<JsonValue>([null, [], {}, { content: "text" }, { choices: [] }])(
    "refuses %j, which is no message",
    (body) => {
      expect(() => parseReply(body)).toThrow(
        expect.objectContaining({ code: "upstream_protocol", status: 502 }),
      );
    },
  );

  it("throws what an error with status 200 says", () => {
    const error = { type: "overloaded_error", message: "Busy." };
    expect(() => parseReply({ type: "error", error })).toThrow(
      expect.objectContaining({ code: "upstream_error", message: "Busy." }),
    );
    expect(() => parseReply({ type: "error" })).toThrow("The backend reported an error.");
  });
});
