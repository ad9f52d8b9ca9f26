import { describe, expect, it } from "vitest";

import type { ReplyContext } from "../dialect.ts";
import { parseObject } from "../json/parse-json.ts";
import type { Reply } from "../reply.ts";
import { writeReply } from "./write-reply.ts";

const CONTEXT: ReplyContext = {
  model: "pine",
  createdAt: 1_767_000_000,
  randomId: () => "r1",
  estimatedInputTokens: 3,
  includeUsage: false,
  elapsedMs: () => 5,
};

function makeReply(over: Partial<Reply> = {}): Reply {
  return {
    id: "chatcmpl-c9",
    model: "pine-7b",
    parts: [],
    stopReason: "stop",
    stopSequence: undefined,
    usage: undefined,
    timings: undefined,
    logprobs: undefined,
    ...over,
  };
}

describe("writeReply", () => {
  it("writes thinking under both names, text and usage", () => {
    const reply = makeReply({
      parts: [
        { type: "thinking", text: "Check.", signature: "s" },
        { type: "text", text: "It is " },
        { type: "text", text: "mild." },
      ],
      usage: { inputTokens: 40, outputTokens: 17, cachedTokens: 8, reasoningTokens: 5 },
    });
    expect(writeReply(reply, CONTEXT)).toEqual({
      id: "chatcmpl-c9",
      object: "chat.completion",
      created: 1_767_000_000,
      model: "pine-7b",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: "It is mild.",
            reasoning_content: "Check.",
            reasoning: "Check.",
            refusal: null,
          },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: {
        prompt_tokens: 40,
        completion_tokens: 17,
        total_tokens: 57,
        prompt_tokens_details: { cached_tokens: 8 },
        completion_tokens_details: { reasoning_tokens: 5 },
      },
    });
  });

  it("TR-74 writes calls with null content and finish tool_calls, a refusal as its own", () => {
    const call = { type: "tool-call", id: "call_7", name: "f", arguments: { a: 1 } } as const;
    const function_ = { name: "f", arguments: '{"a":1}' };
    expect(writeReply(makeReply({ parts: [call] }), CONTEXT)).toMatchObject({
      choices: [
        {
          message: {
            content: null,
            tool_calls: [{ id: "call_7", type: "function", function: function_ }],
          },
          finish_reason: "tool_calls",
        },
      ],
    });
    const refusal = { type: "refusal", text: "no" } as const;
    expect(
      writeReply(makeReply({ parts: [refusal], stopReason: "content-filter" }), CONTEXT),
    ).toMatchObject({
      choices: [{ message: { content: null, refusal: "no" }, finish_reason: "content_filter" }],
    });
  });

  it("makes an id, and says the requested model, where the backend gives none of its own", () => {
    expect(writeReply(makeReply({ id: "msg_01", model: "" }), CONTEXT)).toMatchObject({
      id: "chatcmpl-r1",
      model: "pine",
      choices: [{ message: { content: "" } }],
    });
  });

  it("TR-23 writes an integer in arguments that a double cannot hold", () => {
    const input = parseObject('{"n":9007199254740993}') ?? {};
    const call = { type: "tool-call", id: "call_7", name: "f", arguments: input } as const;
    expect(JSON.stringify(writeReply(makeReply({ parts: [call] }), CONTEXT))).toContain(
      String.raw`{\"n\":9007199254740993}`,
    );
  });
});
