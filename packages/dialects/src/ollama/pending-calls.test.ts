import { describe, expect, it } from "vitest";

import type { JsonValue } from "../conversation.ts";
import { parseChatRequest } from "./chat-request.ts";

function results(...messages: readonly JsonValue[]): readonly unknown[] {
  return parseChatRequest({ model: "pine:7b", messages }).messages.filter(
    ({ role }) => role === "tool",
  );
}

function calls(...names: readonly string[]): JsonValue {
  const toolCalls = names.map((name) => ({ function: { name, arguments: {} } }));
  return { role: "assistant", content: "", tool_calls: toolCalls };
}

describe("a tool's result", () => {
  it("answers the call whose id it states, and gets the name from it", () => {
    const call = { id: "call_7", function: { name: "look_up", arguments: { town: "Graz" } } };
    expect(
      results(
        { role: "assistant", tool_calls: [call] },
        { role: "tool", tool_call_id: "call_7", content: "mild" },
      ),
    ).toEqual([
      {
        role: "tool",
        callId: "call_7",
        name: "look_up",
        parts: [{ type: "text", text: "mild" }],
        isError: false,
      },
    ]);
  });

  it("answers the calls of its tool one after the other when it states the name alone", () => {
    expect(
      results(
        calls("look_up", "add", "look_up"),
        { role: "tool", tool_name: "look_up", content: "1" },
        { role: "tool", tool_name: "look_up", content: "2" },
        { role: "tool", tool_name: "add", content: "3" },
      ),
    ).toMatchObject([
      { callId: "call_olla_1", name: "look_up" },
      { callId: "call_olla_3", name: "look_up" },
      { callId: "call_olla_2", name: "add" },
    ]);
  });

  it("answers the latest turn that still waits, not an older one", () => {
    expect(
      results(calls("add"), calls("add"), { role: "tool", tool_name: "add", content: "3" }),
    ).toMatchObject([{ callId: "call_olla_2" }]);
  });

  it("answers the next call that is due when it states nothing", () => {
    expect(results(calls("add"), { role: "tool", content: "3" })).toMatchObject([
      { callId: "call_olla_1", name: "add" },
    ]);
  });

  it("is kept without an id when no call fits", () => {
    expect(results({ role: "tool", tool_name: "add", content: "3" })).toMatchObject([
      { callId: "", name: "add" },
    ]);
  });
});
