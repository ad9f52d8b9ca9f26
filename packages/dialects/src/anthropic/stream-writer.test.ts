import { describe, expect, it } from "vitest";

import type { JsonObject } from "../conversation.ts";
import type { ReplyContext } from "../dialect.ts";
import { parseObject } from "../json/parse-json.ts";
import type { ReplyEvent } from "../reply.ts";
import { AnthropicStreamWriter } from "./stream-writer.ts";

let made = 0;
const context: ReplyContext = {
  model: "asked",
  createdAt: 0,
  randomId: () => `id${made++}`,
  estimatedInputTokens: 38,
  includeUsage: true,
  elapsedMs: () => 0,
};

/** What the events say, without the ping. */
function parse(stream: string): JsonObject[] {
  return stream
    .split("\n\n")
    .slice(0, -1)
    .map((event) => {
      const [, name, data = ""] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? [];
      const parsed = parseObject(data) ?? {};
      expect(parsed["type"]).toBe(name);
      return parsed;
    })
    .filter(({ type }) => type !== "ping");
}

function write(...events: ReplyEvent[]): JsonObject[] {
  const writer = new AnthropicStreamWriter(context);
  return parse(events.map((event) => writer.write(event)).join(""));
}

const start: ReplyEvent = { type: "start", id: "msg_01pineNut42", model: "pine-7b" };
const end: ReplyEvent = { type: "end" };
const tools: ReplyEvent = { type: "finish", reason: "tool-calls", stopSequence: undefined };

function text(words: string): ReplyEvent {
  return { type: "text", text: words };
}

function call(index: number, name: string): ReplyEvent {
  return { type: "tool-call", index, id: `call_${index}`, name };
}

function json(index: number, piece: string): ReplyEvent {
  return { type: "tool-arguments", index, json: piece };
}

describe("AnthropicStreamWriter", () => {
  it("TR-27 writes thinking, text and a tool call byte for byte as clients expect them", () => {
    const writer = new AnthropicStreamWriter(context);
    const events: ReplyEvent[] = [
      start,
      { type: "thinking", text: "Check." },
      text("It is "),
      text("mild."),
      call(7, "look_up"),
      json(7, '{"town":'),
      json(7, '"Graz"}'),
      tools,
      {
        type: "usage",
        usage: { inputTokens: 40, outputTokens: 17, cachedTokens: 8, reasoningTokens: 0 },
      },
      end,
    ];
    expect(events.map((event) => writer.write(event)).join("")).toBe(`event: message_start
data: {"type":"message_start","message":{"id":"msg_01pineNut42","type":"message","role":"assistant","model":"pine-7b","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":38,"output_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0}}}

event: ping
data: {"type":"ping"}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Check."}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"It is "}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"mild."}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: content_block_start
data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"call_7","name":"look_up","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\\"town\\":"}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"\\"Graz\\"}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":2}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":32,"output_tokens":17,"cache_creation_input_tokens":0,"cache_read_input_tokens":8}}

event: message_stop
data: {"type":"message_stop"}

`);
  });

  it("TR-28 writes message_start at once, and a second start not at all", () => {
    const writer = new AnthropicStreamWriter(context);
    expect(writer.keepAlive()).toBe("");
    const early = writer.write({ type: "start", id: undefined, model: "" });
    expect(parse(early)).toMatchObject([{ type: "message_start", message: { model: "asked" } }]);
    expect(writer.keepAlive()).toBe('event: ping\ndata: {"type":"ping"}\n\n');
    expect(writer.write(start)).toBe("");
    writer.write(end);
    expect(writer.keepAlive()).toBe("");
  });

  it("sends each piece of text with the event that brings it", () => {
    const writer = new AnthropicStreamWriter(context);
    writer.write(start);
    expect(writer.write(text("a"))).toContain('"text":"a"');
    expect(writer.write(text(""))).toBe("");
    expect(writer.write(text("b"))).toContain('"text":"b"');
  });

  it("TR-22 gives a call without arguments an empty input", () => {
    const events = write(start, call(0, "now"), json(0, ""), tools, end);
    expect(events.slice(1, 3)).toEqual([
      {
        type: "content_block_start",
        index: 0,
        content_block: { type: "tool_use", id: "call_0", name: "now", input: {} },
      },
      { type: "content_block_stop", index: 0 },
    ]);
  });

  it.each(["stop", "unknown"] as const)("TR-21 stops for tools after %s", (reason) => {
    const finish: ReplyEvent = { type: "finish", reason, stopSequence: undefined };
    const events = write(start, call(0, "now"), json(0, "{}"), finish, end);
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: "tool_use" } });
  });

  it("writes a refusal as text and as the reason", () => {
    const finish: ReplyEvent = { type: "finish", reason: "stop", stopSequence: undefined };
    const events = write(start, { type: "refusal", text: "No." }, finish, end);
    expect(events[2]).toMatchObject({ delta: { type: "text_delta", text: "No." } });
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: "refusal" } });
  });

  it("names the text that ended the answer", () => {
    const finish: ReplyEvent = { type: "finish", reason: "stop-sequence", stopSequence: "END" };
    const delta = { stop_reason: "stop_sequence", stop_sequence: "END" };
    expect(write(start, text("a"), finish, end).at(-2)).toMatchObject({ delta });
  });

  it("TR-37 estimates usage when the backend counts nothing", () => {
    const events = write(start, text("It is mild."), { type: "timings", timings: {} }, end);
    expect(events.at(-2)).toMatchObject({ usage: { input_tokens: 38, output_tokens: 3 } });
  });

  it("makes an id for a call without one", () => {
    const [, block] = write(start, { type: "tool-call", index: 0, id: "", name: "n" }, end);
    expect(block).toMatchObject({
      content_block: { id: expect.stringMatching(/^toolu_01id\d+$/) },
    });
  });

  it("begins the message by itself", () => {
    expect(write(text("a"), end).map(({ type }) => type)).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
  });
});

describe("AnthropicStreamWriter and signatures", () => {
  const signature: ReplyEvent = { type: "signature", signature: "sig" };
  const signed = { type: "signature_delta", signature: "sig" };

  it("puts one into the block of its thinking", () => {
    const events = write(start, { type: "thinking", text: "Hm" }, signature, text("So"), end);
    expect(events[3]).toMatchObject({ index: 0, delta: signed });
  });

  it("opens a block for one whose thinking the backend keeps to itself", () => {
    const events = write(start, signature, text("So"), end);
    expect(events.slice(1, 3)).toMatchObject([
      { content_block: { type: "thinking", thinking: "" } },
      { delta: signed },
    ]);
  });

  it("leaves out one that is empty or comes when its block is closed", () => {
    const late = write(start, { type: "thinking", text: "Hm" }, text("So"), signature, end);
    expect(late.filter(({ delta }) => JSON.stringify(delta)?.includes("sig"))).toEqual([]);
    expect(write(start, { type: "signature", signature: "" }, end)).toHaveLength(3);
  });
});

describe("AnthropicStreamWriter and errors", () => {
  it("TR-31 ends with the error, without message_stop", () => {
    const error: ReplyEvent = { type: "error", message: "The backend is gone.", status: undefined };
    expect(write(start, text("a"), error, text("b"), end).slice(-2)).toEqual([
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "a" } },
      { type: "error", error: { type: "api_error", message: "The backend is gone." } },
    ]);
  });

  it("writes an error alone where nothing came before it", () => {
    expect(write({ type: "error", message: "Busy.", status: 503 })).toEqual([
      { type: "error", error: { type: "overloaded_error", message: "Busy." } },
    ]);
  });
});
