import { array, assert, nat, property, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";

import type { JsonObject } from "../conversation.ts";
import type { ReplyEvent } from "../reply.ts";
import { MAX_LINE_BYTES } from "../stream/line-decoder.ts";
import { cut, readAll } from "../testing/streams.ts";
import { AnthropicStreamReader } from "./stream-reader.ts";

type WireEvent = JsonObject & { readonly type: string };

function sse(...events: WireEvent[]): string {
  return events.map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`).join("");
}

/** Reads a stream that is cut at the given bytes. */
function read(text: string, ...cuts: number[]): readonly ReplyEvent[] {
  return readAll(new AnthropicStreamReader(), cut(Buffer.from(text), cuts));
}

const start = {
  type: "message_start",
  message: { id: "msg_1", model: "pine", usage: { input_tokens: 9, output_tokens: 0 } },
};
const stop = { type: "message_stop" };

function block(index: number, content_block: JsonObject): WireEvent {
  return { type: "content_block_start", index, content_block };
}

function delta(index: number, inner: JsonObject): WireEvent {
  return { type: "content_block_delta", index, delta: inner };
}

function textDelta(index: number, text: string): WireEvent {
  return delta(index, { type: "text_delta", text });
}

function close(index: number): WireEvent {
  return { type: "content_block_stop", index };
}

function messageDelta(stop_reason: string, usage: JsonObject): WireEvent {
  return { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage };
}

/** As llama.cpp sends it: blocks overlap, the signature is empty and late, usage is spread. */
const llamaThinking = sse(
  {
    type: "message_start",
    message: {
      id: "chatcmpl-x",
      model: "tiny",
      usage: { cache_read_input_tokens: 20, input_tokens: 1, output_tokens: 0 },
    },
  },
  block(0, { type: "thinking", thinking: "" }),
  delta(0, { type: "thinking_delta", thinking: "First I wonder." }),
  block(1, { type: "text", text: "" }),
  textDelta(1, "Then we "),
  textDelta(1, "answer ✓."),
  delta(0, { type: "signature_delta", signature: "" }),
  close(0),
  close(1),
  messageDelta("end_turn", { output_tokens: 9 }),
  stop,
);
const llamaThinkingEvents = [
  { type: "start", id: "chatcmpl-x", model: "tiny" },
  {
    type: "usage",
    usage: { inputTokens: 21, outputTokens: 0, cachedTokens: 20, reasoningTokens: 0 },
  },
  { type: "thinking", text: "First I wonder." },
  { type: "text", text: "Then we " },
  { type: "text", text: "answer ✓." },
  {
    type: "usage",
    usage: { inputTokens: 21, outputTokens: 9, cachedTokens: 20, reasoningTokens: 0 },
  },
  { type: "finish", reason: "stop", stopSequence: undefined },
  { type: "end" },
];

describe("AnthropicStreamReader", () => {
  it("TR-74 reads llama.cpp's overlapping blocks", () => {
    expect(read(llamaThinking)).toEqual(llamaThinkingEvents);
  });

  it("TR-33 gives the same events wherever the chunks end", () => {
    assert(
      property(array(nat({ max: Buffer.byteLength(llamaThinking) })), (cuts) => {
        expect(read(llamaThinking, ...cuts)).toEqual(llamaThinkingEvents);
      }),
    );
  });

  it("TR-33 reads CRLF, comments, data without a space, data of several lines and no names", () => {
    const stream = llamaThinking
      .replaceAll(/^event: .*\n/gm, ": alive\n")
      .replaceAll("data: ", "data:")
      .replaceAll(',"index"', ',\ndata:"index"')
      .replaceAll("\n", "\r\n");
    expect(read(stream)).toEqual(llamaThinkingEvents);
  });

  it("TR-74 reads a tool call whose block has no input and whose arguments come in pieces", () => {
    const pieces = ['{"city"', ': "Oslo"', ', "days": ', "3", "}"];
    const events = read(
      sse(
        start,
        block(0, { type: "tool_use", id: "t1", name: "get_weather" }),
        ...pieces.map((partial_json) => delta(0, { type: "input_json_delta", partial_json })),
        close(0),
        messageDelta("tool_use", { output_tokens: 9 }),
        stop,
      ),
    );
    expect(events.filter(({ type }) => type.startsWith("tool-"))).toEqual([
      { type: "tool-call", index: 0, id: "t1", name: "get_weather" },
      ...pieces.map((json) => ({ type: "tool-arguments", index: 0, json })),
    ]);
    expect(events).toContainEqual({ type: "finish", reason: "tool-calls" });
  });

  it("takes the arguments from the block where no pieces follow", () => {
    const input = { city: "Oslo" };
    const inBlock = block(1, { type: "tool_use", id: "t1", name: "n", input });
    const json = JSON.stringify(input);
    for (const closing of [[close(1)], []]) {
      const events = read(sse(start, inBlock, ...closing, messageDelta("tool_use", {}), stop));
      expect(events).toContainEqual({ type: "tool-arguments", index: 0, json });
    }
    const piece = delta(1, { type: "input_json_delta", partial_json: json });
    const events = read(sse(start, inBlock, piece, close(1), messageDelta("tool_use", {}), stop));
    expect(events.filter(({ type }) => type === "tool-arguments")).toHaveLength(1);
  });

  it("counts calls by themselves, and skips blocks of the hosted service", () => {
    const piece = { type: "input_json_delta", partial_json: "{}" };
    const events = read(
      sse(
        start,
        block(0, { type: "server_tool_use", id: "s", name: "web_search", input: {} }),
        delta(0, piece),
        block(1, { type: "tool_use", id: "a", name: "x" }),
        block(2, { type: "tool_use", id: "b", name: "y" }),
        delta(2, piece),
        delta(1, piece),
      ),
    );
    expect(events.slice(2, -1)).toEqual([
      { type: "tool-call", index: 0, id: "a", name: "x" },
      { type: "tool-call", index: 1, id: "b", name: "y" },
      { type: "tool-arguments", index: 1, json: "{}" },
      { type: "tool-arguments", index: 0, json: "{}" },
    ]);
  });

  it("gives signatures, refusals and the text that ended the answer", () => {
    const events = read(
      sse(
        start,
        block(0, { type: "thinking", thinking: "Hm", signature: "" }),
        delta(0, { type: "signature_delta", signature: "sig" }),
        block(1, { type: "text", text: "So" }),
        delta(1, { type: "citations_delta", citation: {} }),
        { type: "message_delta", delta: { stop_reason: "stop_sequence", stop_sequence: "END" } },
        stop,
      ),
    );
    expect(events.slice(2)).toEqual([
      { type: "thinking", text: "Hm" },
      { type: "signature", signature: "sig" },
      { type: "text", text: "So" },
      { type: "finish", reason: "stop-sequence", stopSequence: "END" },
      { type: "end" },
    ]);
  });

  it("begins the answer by itself where message_start is missing", () => {
    expect(read(sse(textDelta(0, "a")))[0]).toEqual({ type: "start", id: undefined, model: "" });
  });

  it("takes an answer with its stop reason for complete, whether or not the farewell came", () => {
    const events = read(sse(start, textDelta(0, "a"), messageDelta("end_turn", {})));
    expect(events.at(-1)).toEqual({ type: "end" });
    const silent = read(sse(start, textDelta(0, "a"), stop));
    expect(silent.slice(-2)).toEqual([{ type: "finish", reason: "unknown" }, { type: "end" }]);
  });

  it("TR-32 ends with an error when the body ends before the answer does", () => {
    const message = "The backend's answer ended before it was complete.";
    expect(read(sse(start, textDelta(0, "a"))).at(-1)).toEqual({ type: "error", message });
    expect(read("")).toEqual([{ type: "error", message, status: undefined }]);
    expect(read(llamaThinking.slice(0, -200)).at(-1)).toMatchObject({ type: "error" });
  });

  it.each<[string, string, number | undefined]>([
    ['{"type":"error","error":{"type":"overloaded_error","message":"Busy."}}', "Busy.", 529],
    ['{"type":"error","error":{"type":"api_error","message":"No."}}', "No.", 500],
    [
      '{"error":{"message":"Busy.","type":"Service Unavailable","param":null,"code":503}}',
      "Busy.",
      503,
    ],
    ['{"error":"Busy."}', "Busy.", undefined],
    ['{"type":"error","error":{}}', "The backend reported an error.", undefined],
    ["{not json", "The backend sent an event that is no JSON.", undefined],
  ])("TR-31 ends with the error %s, whatever follows", (data, message, status) => {
    const stream = `${sse(start)}data: ${data}\n\ndata: [DONE]\n\n${sse(textDelta(0, "a"), stop)}`;
    expect(read(stream).slice(2)).toEqual([{ type: "error", message, status }]);
  });

  it("ignores pings, empty data and events that nobody knows", () => {
    const ping = `${sse({ type: "ping" }, { type: "content_block_blink" })}data:\n\ndata: [DONE]\n\n`;
    expect(read(ping + llamaThinking + ping)).toEqual(llamaThinkingEvents);
  });

  it("TR-34 reads a line of 2 MiB, and ends with an error at one over the limit", () => {
    const text = "x".repeat(2 * 1_024 * 1_024);
    expect(read(sse(start, textDelta(0, text), stop))).toContainEqual({ type: "text", text });
    const reader = new AnthropicStreamReader();
    const chunk = Buffer.alloc(MAX_LINE_BYTES / 2 + 1, "x");
    expect(reader.push(chunk)).toEqual([]);
    expect(reader.push(chunk)).toEqual([
      { type: "error", message: "The backend sent a line that is too long." },
    ]);
    expect(reader.push(Buffer.from(sse(start)))).toEqual([]);
    expect(reader.end()).toEqual([]);
  });

  it("ends with one end or one error whatever bytes it reads", () => {
    assert(
      property(array(uint8Array()), (chunks) => {
        const reader = new AnthropicStreamReader();
        const events = [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()];
        expect(events.at(-1)?.type).toMatch(/^(end|error)$/);
      }),
    );
  });
});
