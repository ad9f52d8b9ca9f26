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

function delta(name: string, text: string, fields: JsonObject = {}): JsonObject {
  return { type: `response.${name}.delta`, item_id: "i", output_index: 0, delta: text, ...fields };
}

function added(index: number): JsonObject {
  return {
    type: "response.output_item.added",
    output_index: index,
    item: {
      type: "function_call",
      id: `fc_${index}`,
      call_id: `call_${index}`,
      name: "look_up",
      // Said again by the first delta, as vLLM does.
      arguments: "{",
    },
  };
}

function piece(index: number, text: string): JsonObject {
  return delta("function_call_arguments", text, { output_index: index, item_id: `fc_${index}` });
}

function whole(item: JsonObject, index: number): JsonObject {
  return { type: "response.output_item.done", output_index: index, item };
}

describe("ResponsesStreamReader, on calls and on items that come whole", () => {
  it("reads calls whose fragments interleave", () => {
    const done = {
      type: "response.output_item.done",
      output_index: 1,
      item: { type: "function_call", id: "fc_1", name: "look_up", arguments: '{"b":2}' },
    };
    const events = read(
      sse(
        created,
        added(0),
        piece(0, "{"),
        added(1),
        piece(1, '{"b":'),
        piece(0, '"a":1}'),
        piece(1, "2}"),
        done,
        completed,
      ),
    );
    expect(events).toEqual([
      start,
      { type: "tool-call", index: 0, id: "call_0", name: "look_up" },
      { type: "tool-arguments", index: 0, json: "{" },
      { type: "tool-call", index: 1, id: "call_1", name: "look_up" },
      { type: "tool-arguments", index: 1, json: '{"b":' },
      { type: "tool-arguments", index: 0, json: '"a":1}' },
      { type: "tool-arguments", index: 1, json: "2}" },
      { type: "finish", reason: "tool-calls", stopSequence: undefined },
      { type: "end" },
    ]);
  });

  it("gives the rest of arguments that came in pieces only partly", () => {
    const item = { type: "function_call", id: "i", call_id: "c", name: "look_up" };
    const events = read(
      sse(
        created,
        { type: "response.output_item.added", output_index: 0, item },
        delta("function_call_arguments", '{"a"'),
        {
          type: "response.output_item.done",
          output_index: 0,
          item: { ...item, arguments: '{"a":1}' },
        },
        completed,
      ),
    );
    expect(events).toContainEqual({ type: "tool-arguments", index: 0, json: ":1}" });
  });

  it("holds the arguments of a call until its name is known", () => {
    const events = read(
      sse(
        created,
        { type: "response.output_item.added", output_index: 0, item: { type: "function_call" } },
        delta("function_call_arguments", '{"a":1}'),
        {
          type: "response.output_item.done",
          output_index: 0,
          item: { type: "function_call", name: "look_up", arguments: '{"a":1}' },
        },
        completed,
      ),
    );
    expect(events.slice(1, 3)).toEqual([
      { type: "tool-call", index: 0, id: "call_resp_1_0", name: "look_up" },
      { type: "tool-arguments", index: 0, json: '{"a":1}' },
    ]);
  });

  it("gives items that came only whole", () => {
    const events = read(
      sse(
        created,
        whole({ type: "reasoning", content: [{ type: "reasoning_text", text: "Hm." }] }, 0),
        whole({ type: "message", content: [{ type: "output_text", text: "Mild." }] }, 1),
        whole({ type: "function_call", call_id: "c", name: "now", arguments: "{}" }, 2),
        completed,
      ),
    );
    expect(events.slice(1, -2)).toEqual([
      { type: "thinking", text: "Hm." },
      { type: "text", text: "Mild." },
      { type: "tool-call", index: 0, id: "c", name: "now" },
      { type: "tool-arguments", index: 0, json: "{}" },
    ]);
  });

  it("gives an answer that came only with the last event", () => {
    const response = {
      id: "resp_1",
      model: "pine",
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      output: [{ type: "message", content: [{ type: "output_text", text: "Mi" }] }],
    };
    expect(read(sse({ type: "response.completed", response }))).toEqual([
      start,
      { type: "text", text: "Mi" },
      { type: "finish", reason: "length", stopSequence: undefined },
      { type: "end" },
    ]);
  });

  it("gives what came whole only once, and nothing for events it does not know", () => {
    const reasoning = { type: "reasoning", id: "rs", summary: [], encrypted_content: "gAAA" };
    const events = read(
      sse(
        created,
        { type: "response.web_search_call.failed", status: "failed", output_index: 1 },
        { type: "keepalive" },
        { type: "response.output_item.done", item: reasoning },
        { type: "response.completed", response: { status: "completed", output: [reasoning] } },
      ),
    );
    expect(events.map(({ type }) => type)).toEqual(["start", "signature", "finish", "end"]);
  });
});
