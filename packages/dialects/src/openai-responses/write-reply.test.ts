import { describe, expect, it } from "vitest";

import type { JsonValue } from "../conversation.ts";
import type { Reply, StopReason } from "../reply.ts";
import { makeContext } from "../testing/streams.ts";
import { openaiResponsesDialect } from "./openai-responses-dialect.ts";

function makeReply(fields: Partial<Reply> = {}): Reply {
  return {
    id: "chatcmpl-1",
    model: "pine-7b",
    parts: [{ type: "text", text: "Mild." }],
    stopReason: "stop",
    stopSequence: undefined,
    usage: undefined,
    timings: undefined,
    logprobs: undefined,
    ...fields,
  };
}

function write(
  fields: Partial<Reply>,
  context = makeContext({ elapsedMs: () => 2_400 }),
): JsonValue {
  return openaiResponsesDialect.writeReply(makeReply(fields), context);
}

describe("writeReply of the Responses dialect", () => {
  it("TR-65 writes thinking, text, refusal and calls as items", () => {
    const response = write({
      parts: [
        { type: "thinking", text: "Look.", signature: "sig" },
        { type: "text", text: "One moment." },
        { type: "refusal", text: "No more." },
        { type: "tool-call", id: "call_7", name: "look_up", arguments: { town: "Graz" } },
        { type: "tool-call", id: "", name: "now", arguments: {} },
      ],
      stopReason: "tool-calls",
      usage: { inputTokens: 40, outputTokens: 17, cachedTokens: 8, reasoningTokens: 3 },
      logprobs: { content: [{ token: "One", logprob: -0.1, bytes: [79], top_logprobs: [] }] },
    });
    expect(response).toMatchObject({
      id: "resp_r1",
      object: "response",
      created_at: 1_767_000_000,
      completed_at: 1_767_000_002,
      status: "completed",
      error: null,
      incomplete_details: null,
      model: "pine-7b",
      usage: {
        input_tokens: 40,
        input_tokens_details: { cached_tokens: 8 },
        output_tokens: 17,
        output_tokens_details: { reasoning_tokens: 3 },
        total_tokens: 57,
      },
    });
    expect((response as { output: unknown }).output).toEqual([
      {
        id: "rs_r2",
        type: "reasoning",
        status: "completed",
        summary: [],
        content: [{ type: "reasoning_text", text: "Look." }],
        encrypted_content: "sig",
      },
      {
        id: "msg_r3",
        type: "message",
        status: "completed",
        role: "assistant",
        content: [
          {
            type: "output_text",
            text: "One moment.",
            annotations: [],
            logprobs: [{ token: "One", logprob: -0.1, bytes: [79], top_logprobs: [] }],
          },
          { type: "refusal", refusal: "No more." },
        ],
      },
      {
        id: "fc_r4",
        type: "function_call",
        status: "completed",
        call_id: "call_7",
        name: "look_up",
        arguments: '{"town":"Graz"}',
      },
      {
        id: "fc_r5",
        type: "function_call",
        status: "completed",
        call_id: "call_r5",
        name: "now",
        arguments: "{}",
      },
    ]);
  });

  it.each<{ stopReason: StopReason; reason: string }>([
    { stopReason: "length", reason: "max_output_tokens" },
    { stopReason: "context-exceeded", reason: "max_output_tokens" },
    { stopReason: "content-filter", reason: "content_filter" },
  ])("TR-65 an answer that ends by $stopReason is incomplete", ({ stopReason, reason }) => {
    const response = write({ stopReason });
    expect(response).toMatchObject({
      status: "incomplete",
      completed_at: null,
      incomplete_details: { reason },
      output: [{ status: "incomplete" }],
    });
  });

  it("has no usage when the backend counted none, and an empty output for an empty answer", () => {
    expect(write({ parts: [] })).toMatchObject({ usage: null, output: [], status: "completed" });
  });

  it("names the model that was asked for when the backend names none", () => {
    expect(write({ model: "" })).toMatchObject({ model: "asked-for" });
  });

  it("keeps the id of a backend that speaks the same dialect", () => {
    expect(write({ id: "resp_own" })).toMatchObject({ id: "resp_own" });
  });

  it("has the settings a client library expects", () => {
    expect(write({})).toMatchObject({
      instructions: null,
      metadata: {},
      parallel_tool_calls: true,
      store: false,
      temperature: null,
      text: { format: { type: "text" } },
      tool_choice: "auto",
      tools: [],
      top_p: null,
      truncation: "disabled",
    });
  });

  it("repeats the settings of the request when it knows them", () => {
    const conversation = openaiResponsesDialect.parseRequest({
      model: "pine",
      instructions: "Be kind.",
      input: "Hi",
      max_output_tokens: 50,
      temperature: 0.5,
      reasoning: { effort: "minimal" },
      text: { format: { type: "json_object" } },
      tools: [{ type: "function", name: "now", parameters: null }],
      tool_choice: "required",
      parallel_tool_calls: false,
      user: "u1",
    });
    expect(write({}, makeContext({ conversation }))).toMatchObject({
      instructions: "Be kind.",
      max_output_tokens: 50,
      temperature: 0.5,
      reasoning: { effort: "minimal" },
      text: { format: { type: "json_object" } },
      tools: [{ type: "function", name: "now" }],
      tool_choice: "required",
      parallel_tool_calls: false,
      user: "u1",
    });
  });
});
