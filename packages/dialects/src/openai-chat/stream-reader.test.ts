import { describe, expect, it } from "vitest";

import type { JsonValue } from "../conversation.ts";
import type { ReplyEvent } from "../reply.ts";
import { ChatStreamReader } from "./stream-reader.ts";

function read(text: string): readonly ReplyEvent[] {
  const reader = new ChatStreamReader();
  return [...reader.push(Buffer.from(text)), ...reader.end()];
}

function sse(...chunks: readonly JsonValue[]): string {
  return chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("");
}

function makeChunk(delta: JsonValue, finish_reason: string | null = null): JsonValue {
  return { id: "c9", model: "pine-7b", choices: [{ index: 0, delta, finish_reason }] };
}

const DONE = "data: [DONE]\n\n";
const START: ReplyEvent = { type: "start", id: "c9", model: "pine-7b" };
const STOP: ReplyEvent = { type: "finish", reason: "stop", stopSequence: undefined };
const TRUNCATED: ReplyEvent = {
  type: "error",
  message: "The backend ended the answer before it was complete.",
  status: undefined,
};
describe("ChatStreamReader", () => {
  it("reads thinking, text, a call and usage in order", () => {
    const usage = {
      prompt_tokens: 40,
      completion_tokens: 17,
      total_tokens: 57,
      prompt_tokens_details: { cached_tokens: 8 },
    };
    const text = sse(
      makeChunk({ role: "assistant", reasoning_content: "Check." }),
      makeChunk({ content: "It is " }),
      makeChunk({ content: "mild." }),
      makeChunk({
        tool_calls: [
          {
            index: 0,
            id: "call_7",
            type: "function",
            function: { name: "look_up", arguments: '{"town":' },
          },
        ],
      }),
      makeChunk({ tool_calls: [{ index: 0, function: { arguments: '"Graz"}' } }] }),
      makeChunk({}, "tool_calls"),
      { id: "c9", model: "pine-7b", choices: [], usage },
    );
    expect(read(text + DONE)).toEqual([
      START,
      { type: "thinking", text: "Check." },
      { type: "text", text: "It is " },
      { type: "text", text: "mild." },
      { type: "tool-call", index: 0, id: "call_7", name: "look_up" },
      { type: "tool-arguments", index: 0, json: '{"town":' },
      { type: "tool-arguments", index: 0, json: '"Graz"}' },
      {
        type: "usage",
        usage: { inputTokens: 40, outputTokens: 17, cachedTokens: 8, reasoningTokens: 0 },
      },
      { type: "finish", reason: "tool-calls", stopSequence: undefined },
      { type: "end" },
    ]);
  });

  it("gives each event with the chunk that completes it", () => {
    const reader = new ChatStreamReader();
    const [first = "", second = ""] = [
      makeChunk({ content: "a" }),
      makeChunk({ content: "b" }),
    ].map((chunk) => sse(chunk));
    expect(reader.push(Buffer.from(first))).toEqual([START, { type: "text", text: "a" }]);
    expect(reader.push(Buffer.from(second.slice(0, 20)))).toEqual([]);
    expect(reader.push(Buffer.from(second.slice(20)))).toEqual([{ type: "text", text: "b" }]);
  });

  it("reads llama.cpp: null content first, several events per chunk, timings with the usage", () => {
    const text = sse(
      makeChunk({ role: "assistant", content: null }),
      makeChunk({ content: "Hello" }),
      makeChunk({}, "length"),
      {
        choices: [],
        usage: {
          completion_tokens: 3,
          prompt_tokens: 21,
          prompt_tokens_details: { cached_tokens: 20 },
        },
        timings: { cache_n: 20, prompt_n: 1, prompt_ms: 2, predicted_ms: 3 },
      },
    );
    expect(read(text + DONE).map(({ type }) => type)).toEqual([
      "start",
      "text",
      "usage",
      "timings",
      "finish",
      "end",
    ]);
  });

  it("reads vLLM: text and finish_reason in one chunk, thinking as reasoning, the stop text", () => {
    const last = {
      id: "c9",
      model: "pine-7b",
      choices: [
        { index: 0, delta: { content: "done." }, finish_reason: "stop", stop_reason: "END" },
      ],
    };
    const text = sse(makeChunk({ role: "assistant", content: "", reasoning: "Hm." }), last);
    expect(read(text + DONE)).toEqual([
      START,
      { type: "thinking", text: "Hm." },
      { type: "text", text: "done." },
      { type: "finish", reason: "stop-sequence", stopSequence: "END" },
      { type: "end" },
    ]);
  });

  it("TR-33 reads data without a space, CRLF, comments, event lines and multi-line data", () => {
    const [a = "", b = ""] = [makeChunk({ content: "a" }), makeChunk({ content: "b" }, "stop")].map(
      (chunk) => JSON.stringify(chunk),
    );
    const cut = b.indexOf(",") + 1;
    const text = `: keepalive 1/1\r\n\r\nevent: x\r\ndata:${a}\r\n\r\ndata: ${b.slice(0, cut)}\r\ndata: ${b.slice(cut)}\r\n\r\ndata:[DONE]\r\n\r\n`;
    expect(read(text)).toEqual([
      START,
      { type: "text", text: "a" },
      { type: "text", text: "b" },
      STOP,
      { type: "end" },
    ]);
  });

  it("is complete without [DONE] once a reason came", () => {
    expect(read(sse(makeChunk({ content: "a" }, "stop"))).slice(-2)).toEqual([
      STOP,
      { type: "end" },
    ]);
    const cutBehind = `${sse(makeChunk({ content: "a" }, "stop"))}data: [DO`;
    expect(read(cutBehind).slice(-2)).toEqual([STOP, { type: "end" }]);
  });

  it.each([
    { what: "nothing at all", text: "" },
    { what: "[DONE] alone", text: DONE },
    { what: "text and no reason", text: sse(makeChunk({ content: "a" })) },
    { what: "text, no reason, yet [DONE]", text: sse(makeChunk({ content: "a" })) + DONE },
  ])("TR-32 takes a stream of $what for truncated", ({ text }) => {
    expect(read(text).at(-1)).toEqual(TRUNCATED);
  });

  it("takes vLLM's abort for an error though the stream ends well", () => {
    expect(read(sse(makeChunk({ content: "a" }), makeChunk({}, "abort")) + DONE).at(-1)).toEqual({
      type: "error",
      message: "The backend aborted the answer.",
      status: undefined,
    });
  });

  it.each([
    {
      chunk: {
        error: {
          message: "The engine is busy",
          type: "Service Unavailable",
          param: null,
          code: 503,
        },
      },
      message: "The engine is busy",
      status: 503,
    },
    { chunk: { error: "out of memory" }, message: "out of memory", status: undefined },
    {
      chunk: { object: "error", message: "too long", code: 400 },
      message: "too long",
      status: 400,
    },
    { chunk: { detail: "no such model" }, message: "no such model", status: undefined },
    { chunk: { error: {} }, message: "The backend reported an error.", status: undefined },
  ])("TR-31 ends with the error in $chunk", ({ chunk, message, status }) => {
    const text = sse(makeChunk({ content: "a" }), chunk, makeChunk({ content: "b" })) + DONE;
    expect(read(text)).toEqual([
      START,
      { type: "text", text: "a" },
      { type: "error", message, status },
    ]);
  });

  it("ends with an error at a chunk that is no JSON object", () => {
    for (const junk of ["{oops", "[1]", "12345678901234567890"]) {
      expect(read(`data: ${junk}\n\n${DONE}`)).toEqual([
        {
          type: "error",
          message: "The backend sent a chunk that is not a JSON object.",
          status: undefined,
        },
      ]);
    }
  });

  it("TR-34 passes a line of 2 MiB and ends at one over the limit", () => {
    const text = "x".repeat(2 * 1_024 * 1_024);
    expect(read(sse(makeChunk({ content: text }, "stop")))[1]).toEqual({ type: "text", text });

    const reader = new ChatStreamReader();
    const part = Buffer.alloc(1_024 * 1_024, "x");
    const events = Array.from({ length: 20 }, () => reader.push(part)).flat();
    expect(events).toEqual([
      { type: "error", message: "The backend sent a line that is too long.", status: undefined },
    ]);
    expect(reader.end()).toEqual([]);
  });

  it("reads the choice with index 0 alone, and logprobs with their text", () => {
    const logprobs = { content: [{ token: "a", logprob: -0.1 }] };
    const text = sse({
      choices: [
        { index: 1, delta: { content: "other" } },
        { index: 0, delta: { content: "a" }, logprobs, finish_reason: "stop" },
      ],
    });
    expect(read(text)[1]).toEqual({ type: "text", text: "a", logprobs });
  });

  it("does not start with Azure's first chunk, which names nothing", () => {
    const filters = { id: "", model: "", object: "", choices: [], prompt_filter_results: [] };
    expect(read(sse(filters, makeChunk({ refusal: "no" }, "stop"))).slice(0, 2)).toEqual([
      START,
      { type: "refusal", text: "no" },
    ]);
  });

  it("gives every usage of a stream that repeats it, the last one last", () => {
    const choices = [{ index: 0, delta: { content: "a" }, finish_reason: "stop" }];
    const chunks = [1, 2].map((completion_tokens) => ({
      choices,
      usage: { prompt_tokens: 1, completion_tokens },
    }));
    const usages = read(sse(...chunks)).filter(({ type }) => type === "usage");
    expect(usages).toMatchObject([{ usage: { outputTokens: 1 } }, { usage: { outputTokens: 2 } }]);
  });
});
