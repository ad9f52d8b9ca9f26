import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { JsonObject } from "../conversation.ts";
import type { ReplyEvent } from "../reply.ts";
import { ResponsesStreamReader } from "./reply-stream-reader.ts";

function sse(...events: readonly JsonObject[]): string {
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
}

function read(text: string): readonly ReplyEvent[] {
  const reader = new ResponsesStreamReader();
  return [...reader.push(Buffer.from(text)), ...reader.end()];
}

const created = {
  type: "response.created",
  response: { id: "resp_1", status: "in_progress", model: "pine" },
};
const completed = { type: "response.completed", response: { status: "completed", output: [] } };
const start: ReplyEvent = { type: "start", id: "resp_1", model: "pine" };
const finish: readonly ReplyEvent[] = [
  { type: "finish", reason: "stop", stopSequence: undefined },
  { type: "end" },
];

function delta(name: string, text: string, fields: JsonObject = {}): JsonObject {
  return { type: `response.${name}.delta`, item_id: "i", output_index: 0, delta: text, ...fields };
}

/** llama.cpp build 11549: no output indexes, and the thinking ends after the text begins. */
const LLAMA_CPP_THINKING = sse(
  {
    type: "response.created",
    response: { id: "resp_F7", object: "response", status: "in_progress" },
  },
  { type: "response.in_progress", response: { id: "resp_F7", object: "response" } },
  {
    type: "response.output_item.added",
    item: { id: "rs_3", summary: [], type: "reasoning", content: [], encrypted_content: "" },
  },
  { type: "response.reasoning_text.delta", delta: "First I", item_id: "rs_3" },
  { type: "response.reasoning_text.delta", delta: " wonder ✓", item_id: "rs_3" },
  {
    type: "response.output_item.added",
    item: { content: [], id: "msg_0", role: "assistant", status: "in_progress", type: "message" },
  },
  {
    type: "response.content_part.added",
    item_id: "msg_0",
    part: { type: "output_text", text: "" },
  },
  { type: "response.output_text.delta", item_id: "msg_0", delta: "Then we" },
  { type: "response.output_text.delta", item_id: "msg_0", delta: " answer." },
  {
    type: "response.output_item.done",
    item: {
      id: "rs_3",
      summary: [],
      type: "reasoning",
      content: [{ text: "First I wonder ✓", type: "reasoning_text" }],
      encrypted_content: "",
    },
  },
  { type: "response.output_text.done", item_id: "msg_0", text: "Then we answer." },
  {
    type: "response.output_item.done",
    item: {
      type: "message",
      status: "completed",
      id: "msg_0",
      content: [{ type: "output_text", text: "Then we answer." }],
      role: "assistant",
    },
  },
  {
    type: "response.completed",
    response: {
      id: "resp_F7",
      status: "completed",
      model: "tiny",
      output: [],
      usage: {
        input_tokens: 21,
        output_tokens: 9,
        total_tokens: 30,
        input_tokens_details: { cached_tokens: 4 },
      },
    },
    timings: { prompt_ms: 3.319, predicted_ms: 1.589 },
  },
);

const LLAMA_CPP_EVENTS: readonly ReplyEvent[] = [
  { type: "start", id: "resp_F7", model: "" },
  { type: "thinking", text: "First I" },
  { type: "thinking", text: " wonder ✓" },
  { type: "text", text: "Then we" },
  { type: "text", text: " answer." },
  {
    type: "usage",
    usage: { inputTokens: 21, outputTokens: 9, cachedTokens: 4, reasoningTokens: 0 },
  },
  { type: "timings", timings: { promptNs: 3_319_000, generationNs: 1_589_000 } },
  ...finish,
];

function summaryPart(index: number): JsonObject {
  return {
    type: "response.reasoning_summary_part.added",
    output_index: 0,
    summary_index: index,
  };
}

describe("ResponsesStreamReader", () => {
  it("reads the stream of llama.cpp", () => {
    expect(read(LLAMA_CPP_THINKING)).toEqual(LLAMA_CPP_EVENTS);
  });

  it("TR-33 gives the same events however the stream is cut and written", () => {
    const bytes = Buffer.from(`: keep-alive\n\n${LLAMA_CPP_THINKING}data: [DONE]\n\n`);
    const loose = Buffer.from(
      bytes.toString().replaceAll("\n", "\r\n").replaceAll("data: ", "data:"),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(bytes, loose),
        fc.array(fc.integer({ min: 0, max: loose.length }), { maxLength: 8 }),
        (stream, cuts) => {
          const reader = new ResponsesStreamReader();
          const borders = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
          const events = borders.flatMap((from, index) =>
            reader.push(stream.subarray(from, borders[index + 1] ?? stream.length)),
          );
          expect([...events, ...reader.end()]).toEqual(LLAMA_CPP_EVENTS);
        },
      ),
    );
  });

  it("TR-33 reads data of several lines, events without a name and a missing last line end", () => {
    const events = read(
      `data: {"type":"response.output_text.delta",\ndata: "delta":"Mild."}\n\n` +
        `data: {"type":"response.completed","response":{"status":"completed"}}`,
    );
    expect(events).toEqual([
      { type: "start", id: undefined, model: "" },
      { type: "text", text: "Mild." },
      ...finish,
    ]);
  });

  it("reads a refusal, token probabilities and a signature", () => {
    const logprobs = [{ token: "a", logprob: -1, bytes: null, top_logprobs: [] }];
    const events = read(
      sse(
        created,
        {
          type: "response.output_item.done",
          output_index: 0,
          item: { type: "reasoning", id: "rs", summary: [], encrypted_content: "gAAA" },
        },
        delta("output_text", "a", { output_index: 1, logprobs }),
        delta("refusal", "No.", { output_index: 1 }),
        completed,
      ),
    );
    expect(events.slice(1, 4)).toEqual([
      { type: "signature", signature: "gAAA" },
      { type: "text", text: "a", logprobs: { content: logprobs } },
      { type: "refusal", text: "No." },
    ]);
  });

  it("reads a summary where there is no thinking, and separates its parts", () => {
    const events = read(
      sse(
        created,
        summaryPart(0),
        delta("reasoning_summary_text", "First."),
        summaryPart(1),
        delta("reasoning_summary_text", "Then."),
        completed,
      ),
    );
    expect(events.slice(1, 4)).toEqual([
      { type: "thinking", text: "First." },
      { type: "thinking", text: "\n\n" },
      { type: "thinking", text: "Then." },
    ]);
  });

  it("does not repeat thinking as its summary", () => {
    const events = read(
      sse(
        created,
        delta("reasoning_text", "All of it."),
        delta("reasoning_summary_text", "Some of it."),
        completed,
      ),
    );
    expect(events).toEqual([start, { type: "thinking", text: "All of it." }, ...finish]);
  });
});
