import { describe, expect, it } from "vitest";

import type { Reply } from "../reply.ts";
import { replyToEvents } from "./reply-events.ts";

const REPLY: Reply = {
  id: "c9",
  model: "pine-7b",
  parts: [],
  stopReason: "stop",
  stopSequence: undefined,
  usage: undefined,
  timings: undefined,
  logprobs: undefined,
};

describe("replyToEvents", () => {
  it("TR-35 replays a whole answer in the order of a stream", () => {
    const usage = { inputTokens: 40, outputTokens: 17, cachedTokens: 8, reasoningTokens: 5 };
    const logprobs = { content: [] };
    const events = replyToEvents({
      ...REPLY,
      parts: [
        { type: "thinking", text: "Check.", signature: "s" },
        { type: "text", text: "It is " },
        { type: "tool-call", id: "a", name: "f", arguments: {} },
        { type: "text", text: "mild." },
        { type: "tool-call", id: "b", name: "g", arguments: { town: "Graz" } },
        { type: "refusal", text: "no" },
      ],
      stopReason: "stop-sequence",
      stopSequence: "END",
      usage,
      timings: { totalNs: 5 },
      logprobs,
    });
    expect(events).toEqual([
      { type: "start", id: "c9", model: "pine-7b" },
      { type: "thinking", text: "Check." },
      { type: "signature", signature: "s" },
      { type: "text", text: "It is ", logprobs },
      { type: "tool-call", index: 0, id: "a", name: "f" },
      { type: "tool-arguments", index: 0, json: "{}" },
      { type: "text", text: "mild." },
      { type: "tool-call", index: 1, id: "b", name: "g" },
      { type: "tool-arguments", index: 1, json: '{"town":"Graz"}' },
      { type: "refusal", text: "no" },
      { type: "usage", usage },
      { type: "timings", timings: { totalNs: 5 } },
      { type: "finish", reason: "stop-sequence", stopSequence: "END" },
      { type: "end" },
    ]);
  });

  it("replays an answer without content as start, finish and end", () => {
    expect(replyToEvents(REPLY).map(({ type }) => type)).toEqual(["start", "finish", "end"]);
  });
});
