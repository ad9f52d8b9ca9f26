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

function callDeltas(...calls: readonly JsonValue[]): readonly ReplyEvent[] {
  const chunks = calls.map((call) => makeChunk({ tool_calls: [call] }));
  const events = read(`${sse(...chunks, makeChunk({}, "tool_calls"))}data: [DONE]\n\n`);
  return events.filter(({ type }) => type === "tool-call" || type === "tool-arguments");
}

const DONE = "data: [DONE]\n\n";
const NAMELESS: ReplyEvent = {
  type: "error",
  message: "The backend sent a tool call without a name.",
  status: undefined,
};

describe("ToolCallAssembly, within a stream", () => {
  it.each([
    { what: "long ids", calls: 20, idLength: 100_000 },
    { what: "many calls", calls: 70_000, idLength: 0 },
  ])("ends a stream of too much to keep: $what", ({ calls, idLength }) => {
    const reader = new ChatStreamReader();
    const events = Array.from({ length: calls }, (_, index) => {
      const call = { index, id: "x".repeat(idLength) };
      return reader.push(Buffer.from(sse(makeChunk({ tool_calls: [call] }))));
    }).flat();
    expect(events.at(-1)).toEqual({
      type: "error",
      message: "The backend sent too many tool calls.",
      status: undefined,
    });
  });

  it("reads a long call whose deltas repeat its id and name", () => {
    const id = "call_".padEnd(40, "0");
    const deltas = Array.from({ length: 30_000 }, () => ({
      index: 0,
      id,
      function: { name: "weather", arguments: "1" },
    }));
    expect(callDeltas(...deltas)).toHaveLength(deltas.length + 1);
  });

  it("TR-29 keeps interleaved calls apart", () => {
    expect(
      callDeltas(
        { index: 0, id: "a", function: { name: "f", arguments: "{" } },
        { index: 1, id: "b", function: { name: "g", arguments: "[" } },
        { index: 0, function: { arguments: "}" } },
        { index: 1, function: { arguments: "]" } },
      ),
    ).toEqual([
      { type: "tool-call", index: 0, id: "a", name: "f" },
      { type: "tool-arguments", index: 0, json: "{" },
      { type: "tool-call", index: 1, id: "b", name: "g" },
      { type: "tool-arguments", index: 1, json: "[" },
      { type: "tool-arguments", index: 0, json: "}" },
      { type: "tool-arguments", index: 1, json: "]" },
    ]);
  });

  it.each([
    {
      what: "the id, then the name",
      deltas: [
        { index: 0, id: "a" },
        { index: 0, function: { name: "f", arguments: "{}" } },
      ],
    },
    {
      what: "the name, then the id",
      deltas: [
        { index: 0, function: { name: "f" } },
        { index: 0, id: "a" },
        { index: 0, function: { arguments: "{}" } },
      ],
    },
    {
      what: "arguments before the name",
      deltas: [
        { index: 0, id: "a", function: { arguments: "{" } },
        { index: 0, function: { name: "f", arguments: "}" } },
      ],
    },
    {
      what: "an object for arguments",
      deltas: [{ index: 0, id: "a", function: { name: "f", arguments: {} } }],
    },
    {
      what: "id and name in every delta",
      deltas: [
        { id: "a", function: { name: "f", arguments: "{" } },
        { id: "a", function: { name: "f", arguments: "}" } },
      ],
    },
  ])("TR-30 reads a call that comes as $what", ({ deltas }) => {
    const events = callDeltas(...deltas);
    expect(events[0]).toEqual({ type: "tool-call", index: 0, id: "a", name: "f" });
    const json = events
      .map((event) => (event.type === "tool-arguments" ? event.json : ""))
      .join("");
    expect(json).toBe("{}");
  });

  it.each([
    {
      what: "without index",
      deltas: [
        { id: "a", function: { name: "f", arguments: "{}" } },
        { id: "b", function: { name: "f", arguments: "{" } },
        { function: { arguments: "}" } },
      ],
    },
    {
      what: "all with index 0",
      deltas: [
        { index: 0, id: "a", function: { name: "f", arguments: "{}" } },
        { index: 0, id: "b", function: { name: "f", arguments: "{}" } },
      ],
    },
  ])("TR-30 tells whole calls $what apart", ({ deltas }) => {
    const begun = callDeltas(...deltas).filter(({ type }) => type === "tool-call");
    expect(begun).toEqual([
      { type: "tool-call", index: 0, id: "a", name: "f" },
      { type: "tool-call", index: 1, id: "b", name: "f" },
    ]);
  });

  it("makes ids for calls that never get one, from the answer's id", () => {
    const begun = callDeltas(
      { function: { name: "f", arguments: "{}" } },
      { function: { name: "g" } },
    ).filter(({ type }) => type === "tool-call");
    expect(begun).toEqual([
      { type: "tool-call", index: 0, id: "call_c9_0", name: "f" },
      { type: "tool-call", index: 1, id: "call_c9_1", name: "g" },
    ]);
  });

  it("TR-21 says tool-calls when a backend ends calls with stop", () => {
    const call = { index: 0, id: "a", function: { name: "f", arguments: "{}" } };
    const events = read(sse(makeChunk({ tool_calls: [call] }), makeChunk({}, "stop")) + DONE);
    expect(events).toContainEqual({
      type: "finish",
      reason: "tool-calls",
      stopSequence: undefined,
    });
  });

  it("reads the deprecated function_call", () => {
    const events = read(
      sse(
        makeChunk({ function_call: { name: "f", arguments: "{" } }),
        makeChunk({ function_call: { arguments: "}" } }, "function_call"),
      ),
    );
    expect(events.slice(1, -2)).toEqual([
      { type: "tool-call", index: 0, id: "call_c9_0", name: "f" },
      { type: "tool-arguments", index: 0, json: "{" },
      { type: "tool-arguments", index: 0, json: "}" },
    ]);
  });

  it("ends with an error at a call that never gets a name", () => {
    const call = { index: 0, id: "a", function: { arguments: "{}" } };
    expect(read(sse(makeChunk({ tool_calls: [call] }, "tool_calls"))).at(-1)).toEqual(NAMELESS);
  });

  it("does not hold arguments without end for a call without a name", () => {
    const call = { index: 0, function: { arguments: "x".repeat(600_000) } };
    const chunk = makeChunk({ tool_calls: [call] });
    expect(read(sse(chunk, chunk)).at(-1)).toEqual(NAMELESS);
  });
});
