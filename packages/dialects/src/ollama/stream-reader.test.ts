import { array, assert, constantFrom, integer, property, string, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";

import type { ReplyEvent } from "../reply.ts";
import { LineDecoder } from "../stream/line-decoder.ts";
import { cut, readAll } from "../testing/streams.ts";
import { chatShape } from "./answer-shape.ts";
import { ollamaChatDialect, ollamaGenerateDialect } from "./ollama-dialect.ts";
import { OllamaStreamReader } from "./stream-reader.ts";

const CHAT_LINES = [
  `{"model":"pine:7b","created_at":"2026-05-01T09:00:00.1Z","message":{"role":"assistant","content":"","thinking":"Check ✓"},"done":false}`,
  `{"model":"pine:7b","created_at":"2026-05-01T09:00:00.2Z","message":{"role":"assistant","content":"It is "},"done":false}`,
  `{"model":"pine:7b","created_at":"2026-05-01T09:00:00.3Z","message":{"role":"assistant","content":"mild."},"done":false}`,
  `{"model":"pine:7b","created_at":"2026-05-01T09:00:00.4Z","message":{"role":"assistant","content":"","tool_calls":[{"id":"call_7","function":{"name":"look_up","arguments":{"town":"Graz","n":9007199254740993}}}]},"done":false}`,
  `{"model":"pine:7b","created_at":"2026-05-01T09:00:00.5Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":400000000,"load_duration":0,"prompt_eval_count":40,"prompt_eval_duration":90000000,"eval_count":17,"eval_duration":310000000}`,
];

const CHAT_EVENTS: readonly ReplyEvent[] = [
  { type: "start", id: undefined, model: "pine:7b" },
  { type: "thinking", text: "Check ✓" },
  { type: "text", text: "It is " },
  { type: "text", text: "mild." },
  { type: "tool-call", index: 0, id: "call_7", name: "look_up" },
  { type: "tool-arguments", index: 0, json: '{"town":"Graz","n":9007199254740993}' },
  {
    type: "usage",
    usage: { inputTokens: 40, outputTokens: 17, cachedTokens: 0, reasoningTokens: 0 },
  },
  {
    type: "timings",
    timings: {
      totalNs: 400_000_000,
      loadNs: 0,
      promptNs: 90_000_000,
      generationNs: 310_000_000,
    },
  },
  { type: "finish", reason: "tool-calls", stopSequence: undefined },
  { type: "end" },
];

function bytesOf(...lines: readonly string[]): Uint8Array {
  return new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
}

function readChat(...lines: readonly string[]): readonly ReplyEvent[] {
  return readAll(ollamaChatDialect.createStreamReader(), [bytesOf(...lines)]);
}

function lineOfCalls(...names: readonly string[]): string {
  return JSON.stringify({
    created_at: "2026-05-01T09:00:00.4Z",
    message: { tool_calls: names.map((name) => ({ function: { name, arguments: {} } })) },
    done: false,
  });
}

describe("the reader of Ollama's stream", () => {
  it("TR-71 gives thinking, text, whole calls, usage, durations and the end", () => {
    expect(readChat(...CHAT_LINES)).toEqual(CHAT_EVENTS);
  });

  it("gives each line's events with the chunk that completes it", () => {
    const reader = ollamaChatDialect.createStreamReader();
    const [first = "", second = ""] = CHAT_LINES;
    expect(reader.push(bytesOf(first)).map(({ type }) => type)).toEqual(["start", "thinking"]);
    expect(reader.push(new TextEncoder().encode(second))).toEqual([]);
    expect(reader.push(new TextEncoder().encode("\r\n"))).toEqual([
      { type: "text", text: "It is " },
    ]);
  });

  it("gives the same events wherever the stream is cut", () => {
    const bytes = bytesOf(...CHAT_LINES);
    assert(
      property(array(integer({ min: 0, max: 10_000 }), { maxLength: 30 }), (places) => {
        const reader = ollamaChatDialect.createStreamReader();
        expect(readAll(reader, cut(bytes, places))).toEqual(CHAT_EVENTS);
      }),
    );
  });

  it("reads the text of generate from response", () => {
    const events = readAll(ollamaGenerateDialect.createStreamReader(), [
      bytesOf(
        `{"model":"pine:7b","response":"It is ","done":false}`,
        `{"model":"pine:7b","response":"","done":true,"done_reason":"length","eval_count":2}`,
      ),
    ]);
    expect(events).toMatchObject([
      { type: "start", model: "pine:7b" },
      { type: "text", text: "It is " },
      { type: "usage", usage: { inputTokens: 0, outputTokens: 2 } },
      { type: "finish", reason: "length" },
      { type: "end" },
    ]);
  });

  it("reads a last line without a line end, and ignores empty lines", () => {
    const bytes = new TextEncoder().encode(`\n\r\n{"message":{"content":"x"},"done":true}`);
    expect(
      readAll(ollamaChatDialect.createStreamReader(), [bytes]).map(({ type }) => type),
    ).toEqual(["start", "text", "finish", "end"]);
  });

  it("counts the calls of all lines and makes ids where there are none", () => {
    const events = readChat(lineOfCalls("add", "add"), lineOfCalls("look_up"), `{"done":true}`);
    const begun = events.filter((event) => event.type === "tool-call");
    expect(begun.map(({ index, name }) => [index, name])).toEqual([
      [0, "add"],
      [1, "add"],
      [2, "look_up"],
    ]);
    expect(new Set(begun.map(({ id }) => id)).size).toBe(3);
  });

  it("passes log probabilities on in the shape of Chat Completions", () => {
    const events = readChat(
      `{"message":{"content":"It"},"logprobs":[{"token":"It","logprob":-0.1}],"done":true}`,
    );
    expect(events).toContainEqual({
      type: "text",
      text: "It",
      logprobs: { content: [{ token: "It", logprob: -0.1 }] },
    });
  });

  it.each([
    `{"error":"model runner has unexpectedly stopped"}`,
    `{"error":{"message":"model runner has unexpectedly stopped"}}`,
  ])("TR-31 ends with an error at the line %s", (line) => {
    const [first = ""] = CHAT_LINES;
    expect(readChat(first, line, ...CHAT_LINES).slice(2)).toEqual([
      { type: "error", message: "model runner has unexpectedly stopped", status: undefined },
    ]);
  });

  it("takes an error without a text for one all the same", () => {
    expect(readChat(`{"error":{}}`)).toMatchObject([
      { type: "error", message: "The endpoint reported an error." },
    ]);
  });

  it.each([
    { what: "nothing", lines: [] },
    { what: "a first half", lines: CHAT_LINES.slice(0, 3) },
    { what: "an answer of another dialect", lines: [`{"choices":[]}`] },
  ])("TR-32 ends with an error when the body was $what", ({ lines }) => {
    expect(readChat(...lines).at(-1)).toEqual({
      type: "error",
      message: "The endpoint's answer ended before it was complete.",
      status: undefined,
    });
  });

  it("ends with one error when the last line is cut in the middle", () => {
    const reader = ollamaChatDialect.createStreamReader();
    const events = readAll(reader, [bytesOf(...CHAT_LINES).slice(0, -9)]);
    expect(events.filter(({ type }) => type === "error")).toEqual([
      {
        type: "error",
        message: "The endpoint sent a line that is no JSON object.",
        status: undefined,
      },
    ]);
    expect(events.at(-1)?.type).toBe("error");
  });

  it.each([
    "<html>",
    "5",
    "12345678901234567890",
    "[]",
    `data: {"done":true}`,
    `{"message":{"tool_calls":[{}]}}`,
  ])("ends with an error at the line %s", (line) => {
    expect(readChat(line, ...CHAT_LINES).at(-1)?.type).toBe("error");
  });

  it("TR-34 ends with an error at a line over the limit and reads no further", () => {
    const reader = new OllamaStreamReader(chatShape, new LineDecoder(64));
    expect(reader.push(new Uint8Array(65).fill(0x20))).toEqual([
      {
        type: "error",
        message: "The endpoint sent a line that is too long.",
        status: undefined,
      },
    ]);
    expect(reader.push(bytesOf(...CHAT_LINES))).toEqual([]);
    expect(reader.end()).toEqual([]);
  });

  it("TR-34 reads a line of 2 MiB", () => {
    const content = "x".repeat(2 * 1_024 * 1_024);
    const line = JSON.stringify({ message: { content }, done: true });
    expect(readChat(line)).toContainEqual({ type: "text", text: content });
  });

  it("ends with an error where arguments are nested too deeply to be written", () => {
    const depth = 50_000;
    const deep = `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
    const line = `{"message":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":${deep}}}]}}`;
    expect(readChat(line).at(-1)?.type).toBe("error");
  });

  it("ignores what follows the last line", () => {
    expect(readChat(...CHAT_LINES, ...CHAT_LINES, "<html>")).toEqual(CHAT_EVENTS);
  });

  it("throws at no bytes whatsoever and always comes to an end", () => {
    const pieces = constantFrom(
      ...CHAT_LINES,
      `{"error":1}`,
      `{"message":1}`,
      `{"done":true}`,
      "{",
    );
    assert(
      property(array(pieces), string(), uint8Array(), (lines, text, bytes) => {
        const reader = ollamaChatDialect.createStreamReader();
        const events = readAll(reader, [bytesOf(...lines), bytesOf(text), bytes]);
        expect(["end", "error"]).toContain(events.at(-1)?.type);
        expect(reader.end()).toEqual([]);
      }),
    );
  });
});
