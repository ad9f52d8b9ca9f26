import { describe, expect, it } from "vitest";

import {
  end,
  EVERYTHING,
  finish,
  start,
  usage,
  writeResponse,
  type Written,
} from "../testing/responses-stream.ts";
import { makeContext } from "../testing/streams.ts";
import { openaiResponsesDialect } from "./openai-responses-dialect.ts";

function namesOf(events: readonly Written[]): readonly string[] {
  return events.map(({ type }) => type.replace("response.", ""));
}

describe("ResponsesStreamWriter", () => {
  it("TR-66 writes text in the documented order of events", () => {
    const events = writeResponse(
      start,
      { type: "text", text: "It is " },
      { type: "text", text: "mild." },
      finish("stop"),
      end,
    );
    expect(namesOf(events)).toEqual([
      "created",
      "in_progress",
      "output_item.added",
      "content_part.added",
      "output_text.delta",
      "output_text.delta",
      "output_text.done",
      "content_part.done",
      "output_item.done",
      "completed",
    ]);
    expect(events[0]).toMatchObject({
      response: { id: "resp_r1", status: "in_progress", model: "pine-7b", output: [] },
    });
  });

  it("TR-66 writes thinking in the documented order of events", () => {
    const events = writeResponse(start, { type: "thinking", text: "Hm." }, finish("stop"), end);
    expect(namesOf(events).slice(2, -1)).toEqual([
      "output_item.added",
      "content_part.added",
      "reasoning_text.delta",
      "reasoning_text.done",
      "content_part.done",
      "output_item.done",
    ]);
    expect(events[3]).toMatchObject({ part: { type: "reasoning_text", text: "" } });
  });

  it("TR-66 writes a call in the documented order of events", () => {
    const events = writeResponse(
      start,
      { type: "tool-call", index: 0, id: "call_7", name: "look_up" },
      { type: "tool-arguments", index: 0, json: '{"town":' },
      { type: "tool-arguments", index: 0, json: '"Graz"}' },
      finish("tool-calls"),
      end,
    );
    expect(namesOf(events).slice(2, -1)).toEqual([
      "output_item.added",
      "function_call_arguments.delta",
      "function_call_arguments.delta",
      "function_call_arguments.done",
      "output_item.done",
    ]);
    expect(events[5]).toMatchObject({ name: "look_up", arguments: '{"town":"Graz"}' });
  });

  it("TR-66 numbers the events of any stream from 0 without gaps", () => {
    const events = writeResponse(...EVERYTHING);
    expect(events.map((event) => event["sequence_number"])).toEqual([...events.keys()]);
  });

  it("TR-65 tells that a filter cut the answer", () => {
    expect(writeResponse(start, finish("content-filter"), end).at(-1)).toMatchObject({
      type: "response.incomplete",
      response: { incomplete_details: { reason: "content_filter" } },
    });
  });

  it("sends each piece at once, and the frame before the first", () => {
    const writer = openaiResponsesDialect.createStreamWriter(makeContext());
    expect(writer.write(start)).toContain("event: response.created");
    expect(writer.write({ type: "text", text: "Mi" })).toContain('"delta":"Mi"');
    expect(writer.write({ type: "tool-call", index: 0, id: "c", name: "now" })).toContain('"c"');
    expect(writer.write({ type: "tool-arguments", index: 0, json: "{" })).toContain('"delta":"{"');
    expect(writer.write({ type: "usage", usage })).toBe("");
  });

  it("makes nothing of empty pieces", () => {
    const events = writeResponse(
      start,
      { type: "text", text: "" },
      { type: "thinking", text: "" },
      { type: "refusal", text: "" },
      { type: "signature", signature: "" },
      { type: "timings", timings: {} },
      finish("stop"),
      end,
    );
    expect(namesOf(events)).toEqual(["created", "in_progress", "completed"]);
  });

  it("names the model that was asked for when the backend names none", () => {
    const events = writeResponse({ type: "text", text: "Mild." }, end);
    expect(events[0]).toMatchObject({ response: { model: "asked-for" } });
    expect(events.at(-1)).toMatchObject({ type: "response.completed" });
  });

  it("TR-31 ends a broken answer with an error and a failed response, and nothing after", () => {
    const events = writeResponse(
      start,
      { type: "text", text: "Mi" },
      { type: "error", message: "The backend died.", status: 503 },
      { type: "text", text: "ld." },
      end,
    );
    expect(namesOf(events).slice(-3)).toEqual(["output_text.delta", "error", "failed"]);
    expect(events.at(-2)).toMatchObject({
      sequence_number: 5,
      message: "The backend died.",
      param: null,
      error: { message: "The backend died.", type: "server_error" },
    });
    expect(events.at(-1)).toMatchObject({
      response: {
        status: "failed",
        error: { code: "server_error", message: "The backend died." },
        output: [{ status: "in_progress", content: [{ text: "Mi" }] }],
      },
    });
  });

  it("tells an error that comes before anything else", () => {
    const events = writeResponse({ type: "error", message: "Slower.", status: 429 });
    expect(namesOf(events)).toEqual(["error", "failed"]);
    expect(events[1]).toMatchObject({ response: { error: { code: "rate_limit_exceeded" } } });
  });

  it("TR-28 gives signs of life only while the stream goes on", () => {
    const writer = openaiResponsesDialect.createStreamWriter(makeContext());
    expect(writer.keepAlive()).toBe("");
    writer.write(start);
    expect(writer.keepAlive()).toBe(": keep-alive\n\n");
    writer.write(end);
    expect(writer.keepAlive()).toBe("");
  });
});
