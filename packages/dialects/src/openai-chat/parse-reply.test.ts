import { ProxyError } from "@olla-ts/core";
import { describe, expect, it } from "vitest";

import type { JsonObject, JsonValue } from "../conversation.ts";
import { parseJson } from "../json/parse-json.ts";
import { parseReply } from "./parse-reply.ts";

function makeBody(message: JsonObject, choice: JsonObject = {}, body: JsonObject = {}): JsonObject {
  const whole = { index: 0, message: { role: "assistant", ...message }, finish_reason: "stop" };
  return { id: "chatcmpl-c9", model: "pine-7b", choices: [{ ...whole, ...choice }], ...body };
}

function errorOf(body: JsonValue): ProxyError {
  try {
    parseReply(body);
  } catch (thrown) {
    if (thrown instanceof ProxyError) return thrown;
    throw thrown;
  }
  throw new Error("accepted");
}

const CALL = { id: "call_7", type: "function", function: { name: "look_up", arguments: "{}" } };

describe("parseReply", () => {
  it("TR-26 reads thinking before text, under either name, and once when under both", () => {
    const parts = [
      { type: "thinking", text: "Check.", signature: undefined },
      { type: "text", text: "Mild." },
    ];
    const content = "Mild.";
    for (const thinking of [
      { reasoning_content: "Check." },
      { reasoning: "Check." },
      { reasoning_content: "Check.", reasoning: "Check." },
      { reasoning_content: "", reasoning: "Check." },
    ]) {
      expect(parseReply(makeBody({ content, ...thinking })).parts).toEqual(parts);
    }
  });

  it("joins text parts and reads a refusal", () => {
    const content = [
      { type: "text", text: "It is " },
      { type: "text", text: "mild." },
    ];
    expect(parseReply(makeBody({ content, refusal: "no" })).parts).toEqual([
      { type: "text", text: "It is mild." },
      { type: "refusal", text: "no" },
    ]);
  });

  it("TR-21 says tool-calls when a backend ends calls with stop, but keeps length", () => {
    const body = makeBody({ content: null, tool_calls: [CALL] });
    expect(parseReply(body).stopReason).toBe("tool-calls");
    const cut = makeBody({ content: null, tool_calls: [CALL] }, { finish_reason: "length" });
    expect(parseReply(cut).stopReason).toBe("length");
  });

  it.each([
    { stated: undefined, read: {} },
    { stated: "", read: {} },
    { stated: "{}", read: {} },
    { stated: { town: "Graz" }, read: { town: "Graz" } },
    { stated: '{"town":"Graz"}', read: { town: "Graz" } },
    { stated: '{"town":', read: { _raw: '{"town":' } },
    { stated: "[1]", read: { _raw: "[1]" } },
    { stated: "12345678901234567890", read: { _raw: "12345678901234567890" } },
  ])("TR-22 reads the arguments $stated", ({ stated, read }) => {
    const named = { name: "look_up" };
    const called = stated === undefined ? named : { ...named, arguments: stated };
    const { parts } = parseReply(makeBody({ tool_calls: [{ id: "call_7", function: called }] }));
    expect(parts).toEqual([{ type: "tool-call", id: "call_7", name: "look_up", arguments: read }]);
  });

  it("TR-23 keeps an integer in arguments that a double cannot hold", () => {
    const body = parseJson(
      String.raw`{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"n\":9007199254740993}"}}]}}]}`,
    );
    expect(JSON.stringify(parseReply(body).parts)).toContain("9007199254740993");
  });

  it("makes ids for calls without one from the answer's id", () => {
    const anonymous = { function: { name: "f" } };
    const { parts } = parseReply(makeBody({ tool_calls: [anonymous, anonymous] }));
    expect(parts).toMatchObject([{ id: "call_c9_0" }, { id: "call_c9_1" }]);
  });

  it("reads the deprecated function_call as a call", () => {
    const body = makeBody(
      { function_call: { name: "f", arguments: '{"a":1}' } },
      { finish_reason: "function_call" },
    );
    expect(parseReply(body)).toMatchObject({
      parts: [{ type: "tool-call", name: "f", arguments: { a: 1 } }],
      stopReason: "tool-calls",
    });
  });

  it.each([
    { finish_reason: "stop", stopReason: "stop", stopSequence: undefined },
    { finish_reason: "length", stopReason: "length", stopSequence: undefined },
    { finish_reason: "content_filter", stopReason: "content-filter", stopSequence: undefined },
    { finish_reason: null, stopReason: "unknown", stopSequence: undefined },
    { finish_reason: "constructor", stopReason: "unknown", stopSequence: undefined },
    {
      finish_reason: "stop",
      stop_reason: "END",
      stopReason: "stop-sequence",
      stopSequence: "END",
    },
    { finish_reason: "stop", matched_stop: 2, stopReason: "stop", stopSequence: undefined },
  ])("TR-24 reads why an answer ended: $finish_reason", (row) => {
    const { stopReason, stopSequence, ...choice } = row;
    const stated = Object.fromEntries(
      Object.entries(choice).filter(([, value]) => value !== undefined),
    );
    expect(parseReply(makeBody({ content: "x" }, stated))).toMatchObject({ stopReason });
    expect(parseReply(makeBody({ content: "x" }, stated)).stopSequence).toBe(stopSequence);
  });

  it("TR-25 reads usage with its details, and llama.cpp's timings", () => {
    const usage = {
      prompt_tokens: 40,
      completion_tokens: 17,
      total_tokens: 57,
      prompt_tokens_details: { cached_tokens: 8 },
      completion_tokens_details: { reasoning_tokens: 5 },
    };
    const timings = { prompt_n: 32, prompt_ms: 12.5, predicted_ms: 80 };
    expect(parseReply(makeBody({ content: "x" }, {}, { usage, timings }))).toMatchObject({
      usage: { inputTokens: 40, outputTokens: 17, cachedTokens: 8, reasoningTokens: 5 },
      timings: { promptNs: 12_500_000, generationNs: 80_000_000 },
    });
    expect(parseReply(makeBody({ content: "x" }, {}, { usage: null })).usage).toBeUndefined();
  });

  it("takes the choice with index 0, wherever it is", () => {
    const choices = [
      { index: 1, message: { content: "second" } },
      { index: 0, message: { content: "first" }, logprobs: { content: [] } },
    ];
    expect(parseReply({ choices })).toMatchObject({
      id: undefined,
      model: "",
      parts: [{ text: "first" }],
      logprobs: { content: [] },
    });
  });

  it.each([null, "text", [], {}, { choices: [] }, { choices: [{}] }, { choices: [{ index: 1 }] }])(
    "refuses %j as no answer",
    (body) => {
      expect(errorOf(body).code).toBe("upstream_protocol");
    },
  );

  it("reports an error inside an answer of status 200 as the backend's", () => {
    const { code, message } = errorOf({ error: { message: "busy", code: 503 } });
    expect({ code, message }).toEqual({ code: "upstream_error", message: "busy" });
  });

  it("takes an answer that vLLM aborted for a truncated one", () => {
    const body = makeBody({ content: "It is" }, { finish_reason: "abort" });
    expect(errorOf(body).code).toBe("upstream_truncated");
  });

  it("refuses a call without a name", () => {
    expect(errorOf(makeBody({ tool_calls: [{ id: "a", function: {} }] })).message).toBe(
      "The backend sent a tool call without a name.",
    );
  });
});
