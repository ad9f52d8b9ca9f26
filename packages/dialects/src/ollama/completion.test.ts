import { array, assert, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";

import type { ReplyEvent } from "../reply.ts";
import { LineDecoder } from "../stream/line-decoder.ts";
import { SseDecoder } from "../stream/sse-decoder.ts";
import { cut, readAll } from "../testing/streams.ts";
import { parseCompletionReply } from "./completion-reply.ts";
import {
  isOllamaCompletion,
  parseOllamaCompletion,
  writeCompletionRequest,
} from "./completion-request.ts";
import { CompletionStreamReader } from "./completion-stream-reader.ts";

function read(...events: readonly string[]): readonly ReplyEvent[] {
  const bytes = new TextEncoder().encode(events.map((event) => `${event}\n\n`).join(""));
  return readAll(new CompletionStreamReader(), [bytes]);
}

describe("isOllamaCompletion", () => {
  it.each([
    { body: { raw: true }, holds: true },
    { body: { suffix: "}" }, holds: true },
    { body: { raw: false, suffix: "" }, holds: false },
    { body: {}, holds: false },
    { body: [], holds: false },
  ])("is $holds for $body", ({ body, holds }) => {
    expect(isOllamaCompletion(body)).toBe(holds);
  });
});

describe("a raw generate request", () => {
  const RAW = {
    model: "pine:7b",
    prompt: "def add(",
    suffix: "return sum",
    options: { num_predict: 32, temperature: 0, top_k: 20, repeat_penalty: 1.1, stop: ["\n\n"] },
  };

  it("becomes a text completion with its suffix", () => {
    const { body, dropped } = writeCompletionRequest(parseOllamaCompletion(RAW), { type: "vllm" });
    expect(dropped).toEqual([]);
    expect(body).toEqual({
      model: "pine:7b",
      prompt: "def add(",
      suffix: "return sum",
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 32,
      temperature: 0,
      stop: ["\n\n"],
      top_k: 20,
      repetition_penalty: 1.1,
    });
  });

  it("says repeat_penalty to llama.cpp", () => {
    const { body } = writeCompletionRequest(parseOllamaCompletion(RAW), { type: "llamacpp" });
    expect(body).toMatchObject({ top_k: 20, repeat_penalty: 1.1 });
  });

  it("names the settings that a plain OpenAI server may refuse", () => {
    const request = parseOllamaCompletion({ ...RAW, stream: false });
    const { body, dropped } = writeCompletionRequest(request, { type: "openai-compatible" });
    expect(dropped).toEqual(["options.top_k", "options.repeat_penalty"]);
    expect(body).not.toHaveProperty("top_k");
    expect(body).not.toHaveProperty("stream_options");
  });

  it("names what only a chat has", () => {
    const fields = { system: "Be brief.", format: "json", think: true, logprobs: true };
    expect(parseOllamaCompletion({ ...RAW, ...fields, keep_alive: "5m" }).dropped).toEqual([
      "system",
      "format",
      "think",
      "logprobs",
      "keep_alive",
    ]);
  });

  it("refuses images", () => {
    expect(() => parseOllamaCompletion({ ...RAW, images: ["iVBORw0KGgo="] })).toThrow(
      "images: cannot be sent with raw or suffix",
    );
  });
});

describe("parseCompletionReply", () => {
  it("reads text, reason and usage", () => {
    expect(
      parseCompletionReply({
        id: "cmpl-1",
        model: "pine-7b",
        choices: [{ index: 0, text: "a, b", finish_reason: "stop", stop_reason: "\n\n" }],
        usage: { prompt_tokens: 5, completion_tokens: 3 },
      }),
    ).toMatchObject({
      id: "cmpl-1",
      model: "pine-7b",
      parts: [{ type: "text", text: "a, b" }],
      stopReason: "stop",
      stopSequence: "\n\n",
      usage: { inputTokens: 5, outputTokens: 3 },
    });
  });

  it.each([
    ["length", "length"],
    ["content_filter", "content-filter"],
    ["abort", "unknown"],
    [null, "unknown"],
  ])("reads the finish reason %s as %s", (stated, reason) => {
    const body = { choices: [{ text: "", finish_reason: stated }] };
    expect(parseCompletionReply(body)).toMatchObject({ parts: [], stopReason: reason });
  });

  it.each([null, [], {}, { choices: [] }, { choices: "x" }])("refuses %j", (body) => {
    expect(() => parseCompletionReply(body)).toThrow(
      expect.objectContaining({ code: "upstream_protocol" }),
    );
  });
});

describe("the reader of a text completion's stream", () => {
  const PIECES = [
    `data: {"id":"cmpl-1","model":"pine-7b","choices":[{"index":0,"text":"a, ✓","finish_reason":null}]}`,
    `data:{"model":"pine-7b","choices":[{"index":0,"text":" b","finish_reason":"length"}]}`,
    `data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":3}}`,
  ];
  const EVENTS = [
    { type: "start", id: undefined, model: "pine-7b" },
    { type: "text", text: "a, ✓" },
    { type: "text", text: " b" },
    { type: "finish", reason: "length", stopSequence: undefined },
    {
      type: "usage",
      usage: { inputTokens: 5, outputTokens: 3, cachedTokens: 0, reasoningTokens: 0 },
    },
    { type: "end" },
  ];

  it("TR-33 gives text, the reason that comes with the last of it, usage and the end", () => {
    expect(read(": keepalive", ...PIECES, "data: [DONE]")).toEqual(EVENTS);
  });

  it("gives the same events wherever the stream is cut", () => {
    const bytes = new TextEncoder().encode(
      `${PIECES.join("\r\n\r\n")}\r\n\r\ndata: [DONE]\r\n\r\n`,
    );
    assert(
      property(array(integer({ min: 0, max: bytes.length }), { maxLength: 20 }), (places) => {
        expect(readAll(new CompletionStreamReader(), cut(bytes, places))).toEqual(EVENTS);
      }),
    );
  });

  it("takes a finish reason for the end where [DONE] is left out", () => {
    expect(read(...PIECES)).toEqual(EVENTS);
  });

  it("takes [DONE] for the end where the finish reason is left out", () => {
    expect(read(PIECES[0] ?? "", "data: [DONE]").slice(-2)).toEqual([
      { type: "finish", reason: "unknown", stopSequence: undefined },
      { type: "end" },
    ]);
  });

  it("TR-32 ends with an error when the body breaks off", () => {
    expect(read(PIECES[0] ?? "").at(-1)).toEqual({
      type: "error",
      message: "The endpoint's answer ended before it was complete.",
      status: undefined,
    });
  });

  it("TR-31 ends with an error event of the backend, whatever follows", () => {
    expect(read(`data: {"error":{"message":"busy","code":503}}`, "data: [DONE]")).toEqual([
      { type: "error", message: "busy", status: undefined },
    ]);
  });

  it.each(["data: <html>", "data: 5", `data: {"error":{}}`])(
    "ends with an error at %s",
    (event) => {
      expect(read(event, ...PIECES).map(({ type }) => type)).toEqual(["error"]);
    },
  );

  it("TR-34 ends with an error at a line over the limit", () => {
    const reader = new CompletionStreamReader(new SseDecoder(new LineDecoder(16)));
    expect(reader.push(new Uint8Array(17))).toMatchObject([{ type: "error" }]);
    expect(reader.push(new TextEncoder().encode("data: [DONE]\n\n"))).toEqual([]);
    expect(reader.end()).toEqual([]);
  });
});
