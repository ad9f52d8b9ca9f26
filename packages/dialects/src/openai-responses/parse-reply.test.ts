import { ProxyError } from "@olla-ts/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { JsonValue } from "../conversation.ts";
import type { StopReason } from "../reply.ts";
import { openaiResponsesDialect } from "./openai-responses-dialect.ts";

/** What parseReply throws; undefined when it takes the body. */
function thrownFor(body: JsonValue): unknown {
  try {
    openaiResponsesDialect.parseReply(body);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("parseReply of the Responses dialect", () => {
  it("reads what llama.cpp answers", () => {
    const reply = openaiResponsesDialect.parseReply({
      completed_at: 1_795_554_993,
      created_at: 1_795_554_993,
      id: "resp_XS1nyXRH",
      model: "tiny",
      object: "response",
      output: [
        {
          id: "rs_QX6pP7yK",
          summary: [],
          type: "reasoning",
          content: [{ text: "First I wonder.\n", type: "reasoning_text" }],
          encrypted_content: "",
          status: "completed",
        },
        {
          content: [
            { type: "output_text", annotations: [], logprobs: [], text: "Then we answer." },
          ],
          id: "msg_r06VM3S2",
          role: "assistant",
          status: "completed",
          type: "message",
        },
      ],
      status: "completed",
      usage: {
        input_tokens: 21,
        output_tokens: 8,
        total_tokens: 29,
        input_tokens_details: { cached_tokens: 20 },
      },
    });
    expect(reply).toEqual({
      id: "resp_XS1nyXRH",
      model: "tiny",
      parts: [
        { type: "thinking", text: "First I wonder.\n", signature: undefined },
        { type: "text", text: "Then we answer." },
      ],
      stopReason: "stop",
      stopSequence: undefined,
      usage: { inputTokens: 21, outputTokens: 8, cachedTokens: 20, reasoningTokens: 0 },
      timings: undefined,
      logprobs: undefined,
    });
  });

  it("reads calls, a summary, a refusal and token probabilities", () => {
    const entry = { token: "a", logprob: -1, bytes: null, top_logprobs: [] };
    const reply = openaiResponsesDialect.parseReply({
      id: "resp_1",
      model: "gpt",
      output: [
        {
          type: "reasoning",
          summary: [{ type: "summary_text", text: "Look." }],
          encrypted_content: "gAAA",
        },
        { type: "web_search_call", id: "ws_1" },
        {
          type: "message",
          content: [
            { type: "output_text", text: "a", logprobs: [entry] },
            { type: "refusal", refusal: "No." },
          ],
        },
        {
          type: "function_call",
          call_id: "call_7",
          name: "look_up",
          arguments: '{"id":9007199254740993}',
        },
        { type: "function_call", name: "now", arguments: "not JSON" },
      ],
    });
    expect(reply.stopReason).toBe("tool-calls");
    expect(reply.logprobs).toEqual({ content: [entry] });
    expect(JSON.parse(JSON.stringify(reply.parts))).toMatchObject([
      { type: "thinking", text: "Look.", signature: "gAAA" },
      { type: "text", text: "a" },
      { type: "refusal", text: "No." },
      { type: "tool-call", id: "call_7", name: "look_up" },
      { type: "tool-call", id: "call_resp_1_4", name: "now", arguments: { _raw: "not JSON" } },
    ]);
    expect(JSON.stringify(reply.parts)).toContain("9007199254740993");
  });

  it.each<[JsonValue, StopReason]>([
    [{ reason: "max_output_tokens" }, "length"],
    [{ reason: "content_filter" }, "content-filter"],
    [{ reason: "steered" }, "unknown"],
    [null, "unknown"],
  ])("reads %j as the reason of an incomplete answer", (details, stopReason) => {
    const body = { status: "incomplete", incomplete_details: details, output: [] };
    expect(openaiResponsesDialect.parseReply(body).stopReason).toBe(stopReason);
  });

  it.each<[JsonValue, string, string]>([
    [
      { status: "failed", error: { code: "server_error", message: "Out of memory." }, output: [] },
      "upstream_error",
      "Out of memory.",
    ],
    [{ status: "cancelled", output: [] }, "upstream_error", "The backend's answer is cancelled."],
    [{ error: "Unauthorized" }, "upstream_error", "Unauthorized"],
    [
      { status: "queued", output: [] },
      "upstream_protocol",
      "The backend's answer is not a complete response.",
    ],
    [
      { object: "chat.completion", choices: [] },
      "upstream_protocol",
      "The backend's answer is not a complete response.",
    ],
    ["text", "upstream_protocol", "The backend's answer is not a complete response."],
    [
      { output: [{ type: "function_call", call_id: "c" }] },
      "upstream_protocol",
      "The backend's answer calls a tool without a name.",
    ],
  ])("takes %j for no answer", (body, code, message) => {
    expect(thrownFor(body)).toMatchObject({ code, message });
  });

  it("throws nothing but refusals, whatever it gets", () => {
    const key = fc.constantFrom(
      "output",
      "type",
      "content",
      "summary",
      "text",
      "name",
      "usage",
      "error",
    );
    const { body } = fc.letrec<{ body: JsonValue }>((tie) => ({
      body: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<JsonValue>(null, 1, "", "message", "reasoning", "function_call"),
        fc.array(tie("body"), { maxLength: 3 }),
        fc.dictionary(key, tie("body"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(body, (value) => {
        const thrown = thrownFor(value);
        expect(thrown === undefined || thrown instanceof ProxyError).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
