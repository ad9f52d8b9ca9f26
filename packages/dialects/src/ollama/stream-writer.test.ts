import { describe, expect, it } from "vitest";

import type { ReplyContext, ReplyStreamWriter } from "../dialect.ts";
import { openaiChatDialect } from "../openai-chat/openai-chat-dialect.ts";
import type { ReplyEvent } from "../reply.ts";
import { ollamaChatDialect, ollamaGenerateDialect } from "./ollama-dialect.ts";

/** A context whose request is as old as the test says. */
function makeContext(model = "pine:7b"): ReplyContext & { elapsed: number } {
  return {
    model,
    createdAt: Date.UTC(2026, 4, 1, 9) / 1_000,
    randomId: () => "r4nd0m",
    estimatedInputTokens: 10,
    includeUsage: true,
    elapsed: 0,
    elapsedMs(): number {
      return this.elapsed;
    },
  };
}

function parseLines(text: string): unknown[] {
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  return lines.map((line) => JSON.parse(line) as unknown);
}

function writeAll(writer: ReplyStreamWriter, ...events: readonly ReplyEvent[]): unknown[] {
  return events.flatMap((event) => parseLines(writer.write(event)));
}

const START: ReplyEvent = { type: "start", id: "c9", model: "pine-7b" };
const FINISH: ReplyEvent = { type: "finish", reason: "stop", stopSequence: undefined };
const END: ReplyEvent = { type: "end" };

describe("the writer of Ollama's stream", () => {
  it("TR-69 ends with done and integer durations: prompt to the first token, then the rest", () => {
    const context = makeContext();
    const writer = ollamaChatDialect.createStreamWriter(context);
    expect(writer.write(START)).toBe("");
    context.elapsed = 90;
    expect(writer.write({ type: "text", text: "It is " })).toBe(
      `{"model":"pine-7b","created_at":"2026-05-01T09:00:00.090Z","message":{"role":"assistant","content":"It is "},"done":false}\n`,
    );
    context.elapsed = 250.5;
    expect(writer.write({ type: "text", text: "mild." })).toContain("09:00:00.250Z");
    expect(writer.write(FINISH)).toBe("");
    const usage = { inputTokens: 40, outputTokens: 17, cachedTokens: 0, reasoningTokens: 0 };
    expect(writer.write({ type: "usage", usage })).toBe("");
    context.elapsed = 400;
    expect(writer.write(END)).toBe(
      `{"model":"pine-7b","created_at":"2026-05-01T09:00:00.400Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":400000000,"load_duration":0,"prompt_eval_count":40,"prompt_eval_duration":90000000,"eval_count":17,"eval_duration":310000000}\n`,
    );
  });

  it("TR-23 names the model as asked for when the backend names none", () => {
    const writer = ollamaChatDialect.createStreamWriter(makeContext("oak:1b"));
    const start: ReplyEvent = { type: "start", id: undefined, model: "" };
    expect(writeAll(writer, start, { type: "text", text: "x" })).toMatchObject([
      { model: "oak:1b" },
    ]);
  });

  it("TR-69 holds calls until they are complete and writes their arguments as objects", () => {
    const writer = ollamaChatDialect.createStreamWriter(makeContext());
    const fragments = writeAll(
      writer,
      START,
      { type: "tool-call", index: 0, id: "call_7", name: "look_up" },
      { type: "tool-arguments", index: 0, json: '{"town":' },
      { type: "tool-call", index: 1, id: "call_8", name: "now" },
      { type: "tool-arguments", index: 0, json: '"Graz"}' },
    );
    expect(fragments).toEqual([]);
    const finish: ReplyEvent = { type: "finish", reason: "tool-calls", stopSequence: undefined };
    expect(writeAll(writer, finish, END)).toMatchObject([
      {
        message: {
          role: "assistant",
          content: "",
          tool_calls: [
            { id: "call_7", function: { index: 0, name: "look_up", arguments: { town: "Graz" } } },
            { id: "call_8", function: { index: 1, name: "now", arguments: {} } },
          ],
        },
        done: false,
      },
      { done: true, done_reason: "stop" },
    ]);
  });

  it("TR-23 keeps the digits of large integers in arguments", () => {
    const writer = ollamaChatDialect.createStreamWriter(makeContext());
    writer.write({ type: "tool-call", index: 0, id: "a", name: "f" });
    writer.write({ type: "tool-arguments", index: 0, json: '{"n":9007199254740993}' });
    expect(writer.write(FINISH)).toContain('"arguments":{"n":9007199254740993}');
  });

  it("keeps arguments that are no object as their text", () => {
    const writer = ollamaChatDialect.createStreamWriter(makeContext());
    writer.write({ type: "tool-call", index: 0, id: "a", name: "f" });
    writer.write({ type: "tool-arguments", index: 0, json: '{"town":"Gr' });
    expect(writer.write(FINISH)).toContain(String.raw`"arguments":{"_raw":"{\"town\":\"Gr"}`);
  });

  it("writes thinking apart from the content, and a refusal as content", () => {
    const writer = ollamaChatDialect.createStreamWriter(makeContext());
    expect(
      writeAll(
        writer,
        START,
        { type: "thinking", text: "Check." },
        { type: "signature", signature: "s" },
        { type: "refusal", text: "No." },
      ),
    ).toMatchObject([
      { message: { content: "", thinking: "Check." } },
      { message: { content: "No." } },
    ]);
  });

  it("writes the text of generate as response, without context at the end", () => {
    const writer = ollamaGenerateDialect.createStreamWriter(makeContext());
    const lines = writeAll(writer, START, { type: "text", text: "It is mild." }, FINISH, END);
    expect(lines).toMatchObject([
      { response: "It is mild.", done: false },
      { response: "", done: true, done_reason: "stop" },
    ]);
    expect(lines.at(-1)).not.toHaveProperty("context");
    expect(lines.at(-1)).not.toHaveProperty("message");
  });

  it("writes log probabilities as a list beside the text", () => {
    const writer = ollamaChatDialect.createStreamWriter(makeContext());
    const content = [{ token: "It", logprob: -0.1 }];
    expect(writeAll(writer, { type: "text", text: "It", logprobs: { content } })).toMatchObject([
      { message: { content: "It" }, logprobs: content },
    ]);
  });

  it("prefers the durations that the backend states", () => {
    const context = makeContext();
    const writer = ollamaChatDialect.createStreamWriter(context);
    context.elapsed = 500;
    const timings = { promptNs: 12_500_000, generationNs: 80_100_000 };
    expect(writeAll(writer, START, { type: "timings", timings }, FINISH, END)).toMatchObject([
      { total_duration: 500_000_000, prompt_eval_duration: 12_500_000, eval_duration: 80_100_000 },
    ]);
  });

  it("TR-31 writes an error as the last line", () => {
    const writer = ollamaChatDialect.createStreamWriter(makeContext());
    writer.write(START);
    expect(writer.write({ type: "error", message: "it broke", status: undefined })).toBe(
      `{"error":"it broke"}\n`,
    );
  });

  it("gives a sign of life that adds nothing to the answer, once the answer has begun", () => {
    const writer = ollamaChatDialect.createStreamWriter(makeContext());
    writer.write(START);
    expect(writer.keepAlive()).toBe("");
    writer.write({ type: "text", text: "It" });
    expect(parseLines(writer.keepAlive())).toMatchObject([
      { message: { role: "assistant", content: "" }, done: false },
    ]);
  });
});

describe("a Chat Completions stream in Ollama's words", () => {
  const CHUNKS = [
    { delta: { role: "assistant", reasoning_content: "Check." } },
    { delta: { content: "It is " } },
    { delta: { content: "mild." } },
    {
      delta: {
        tool_calls: [
          {
            index: 0,
            id: "call_7",
            type: "function",
            function: { name: "look_up", arguments: '{"town":' },
          },
        ],
      },
    },
    { delta: { tool_calls: [{ index: 0, function: { arguments: '"Graz"}' } }] } },
    { delta: {}, finish_reason: "tool_calls" },
  ].map((choice) => ({ id: "c9", model: "pine-7b", choices: [{ index: 0, ...choice }] }));
  const USAGE = { choices: [], usage: { prompt_tokens: 40, completion_tokens: 17 } };

  it("TR-69 says the same, line by line", () => {
    const sse = [...CHUNKS, USAGE].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("");
    const reader = openaiChatDialect.createStreamReader();
    const writer = ollamaChatDialect.createStreamWriter(makeContext());
    const bytes = new TextEncoder().encode(`${sse}data: [DONE]\n\n`);
    expect(writeAll(writer, ...reader.push(bytes), ...reader.end())).toMatchObject([
      { message: { thinking: "Check.", content: "" } },
      { message: { content: "It is " } },
      { message: { content: "mild." } },
      {
        message: {
          tool_calls: [{ function: { name: "look_up", arguments: { town: "Graz" } } }],
        },
      },
      { done: true, done_reason: "stop", prompt_eval_count: 40, eval_count: 17 },
    ]);
  });
});
