import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { JsonObject } from "../conversation.ts";
import type { ReplyEvent } from "../reply.ts";
import { LineDecoder } from "../stream/line-decoder.ts";
import { SseDecoder } from "../stream/sse-decoder.ts";
import { ResponsesStreamReader } from "./reply-stream-reader.ts";

function sse(...events: readonly JsonObject[]): string {
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
}

function read(text: string, reader = new ResponsesStreamReader()): readonly ReplyEvent[] {
  return [...reader.push(Buffer.from(text)), ...reader.end()];
}

const created = {
  type: "response.created",
  response: { id: "resp_1", status: "in_progress", model: "pine" },
};
const completed = { type: "response.completed", response: { status: "completed", output: [] } };
const start: ReplyEvent = { type: "start", id: "resp_1", model: "pine" };

describe("ResponsesStreamReader, on answers that break", () => {
  it.each<[string, string, ReplyEvent]>([
    [
      "an error of vLLM",
      'data: {"error": {"message": "The engine is busy", "code": 503}}\n\ndata: [DONE]\n\n',
      { type: "error", message: "The engine is busy", status: 503 },
    ],
    [
      "the documented error event",
      sse({ type: "error", code: "server_error", message: "Broken.", param: null }),
      { type: "error", message: "Broken.", status: undefined },
    ],
    [
      "a response that failed",
      sse({
        type: "response.failed",
        response: { status: "failed", error: { code: "rate_limit_exceeded", message: "Slower." } },
      }),
      { type: "error", message: "Slower.", status: 429 },
    ],
    [
      "a response that was cancelled",
      sse({ type: "response.cancelled", response: {} }),
      { type: "error", message: "The backend's answer is cancelled.", status: undefined },
    ],
    [
      "a call without a name",
      sse({ type: "response.output_item.done", item: { type: "function_call" } }),
      {
        type: "error",
        message: "The backend's answer calls a tool without a name.",
        status: undefined,
      },
    ],
    [
      "an event that is no JSON",
      'data: {"type":\n\n',
      { type: "error", message: "The backend sent an event that is no JSON.", status: undefined },
    ],
  ])("TR-31 gives an error for %s, and nothing after it", (_case, text, error) => {
    expect(read(sse(created) + text + sse(completed))).toEqual([start, error]);
  });

  it("TR-32 gives an error when the body ends early, whatever was said before", () => {
    expect(
      read(
        sse(created, { type: "response.output_text.delta", delta: "Mi" }) + "data: [DONE]\n\n",
      ).at(-1),
    ).toEqual({
      type: "error",
      message: "The backend's answer ended before it was complete.",
      status: undefined,
    });
    expect(read("")).toHaveLength(1);
  });

  it("TR-34 gives an error for a line beyond the limit", () => {
    const reader = new ResponsesStreamReader(new SseDecoder(new LineDecoder(100)));
    expect(read(`data: ${"a".repeat(200)}`, reader)).toEqual([
      {
        type: "error",
        message: "The backend sent a line that is too long.",
        status: undefined,
      },
    ]);
  });

  it("TR-34 gives an error for arguments without end", () => {
    const reader = new ResponsesStreamReader();
    const json = "a".repeat(4 * 1_024 * 1_024);
    const chunk = Buffer.from(sse({ type: "response.function_call_arguments.delta", delta: json }));
    const events = [1, 2, 3, 4, 5].flatMap(() => reader.push(chunk));
    expect(events).toEqual([
      {
        type: "error",
        message: "The backend's answer calls a tool with too many arguments.",
        status: undefined,
      },
    ]);
  });

  it("never throws, whatever the bytes", () => {
    const type = fc.constantFrom(
      "response.created",
      "response.output_item.added",
      "response.output_item.done",
      "response.output_text.delta",
      "response.completed",
      "error",
    );
    const event = fc
      .record({ type, item: fc.jsonValue(), response: fc.jsonValue(), delta: fc.jsonValue() })
      .map((value) => `data: ${JSON.stringify(value)}\n\n`);
    fc.assert(
      fc.property(fc.array(fc.oneof(event, fc.string())), (texts) => {
        const last = read(texts.join("\n")).at(-1);
        expect(["end", "error"]).toContain(last?.type);
      }),
    );
  });
});
