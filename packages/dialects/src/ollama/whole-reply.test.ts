import { ProxyError } from "@olla-ts/core";
import { describe, expect, it } from "vitest";

import type { JsonValue } from "../conversation.ts";
import type { ReplyContext } from "../dialect.ts";
import type { Reply, StopReason } from "../reply.ts";
import { ollamaChatDialect, ollamaGenerateDialect } from "./ollama-dialect.ts";

const CONTEXT: ReplyContext = {
  model: "pine:7b",
  createdAt: Date.UTC(2026, 4, 1, 9) / 1_000,
  randomId: () => "r4nd0m",
  estimatedInputTokens: 10,
  includeUsage: true,
  elapsedMs: () => 400,
};

const WHOLE: JsonValue = {
  model: "pine:7b",
  created_at: "2026-05-01T09:00:00.4Z",
  message: {
    role: "assistant",
    content: "It is mild.",
    thinking: "Check.",
    tool_calls: [{ function: { name: "look_up", arguments: { town: "Graz" } } }],
  },
  done: true,
  done_reason: "stop",
  total_duration: 400_000_000,
  load_duration: 1_000_000,
  prompt_eval_count: 40,
  prompt_eval_duration: 90_000_000,
  eval_count: 17,
  eval_duration: 309_000_000,
  logprobs: [{ token: "It", logprob: -0.1, top_logprobs: [] }],
};

function makeReply(over: Partial<Reply> = {}): Reply {
  return {
    id: "c9",
    model: "pine-7b",
    parts: [{ type: "text", text: "It is mild." }],
    stopReason: "stop",
    stopSequence: undefined,
    usage: undefined,
    timings: undefined,
    logprobs: undefined,
    ...over,
  };
}

describe("an Ollama answer read as a whole", () => {
  it("TR-71 gives thinking, text, calls, usage and durations", () => {
    const reply = ollamaChatDialect.parseReply(WHOLE);
    expect(reply).toMatchObject({
      model: "pine:7b",
      stopReason: "tool-calls",
      parts: [
        { type: "thinking", text: "Check." },
        { type: "text", text: "It is mild." },
        { type: "tool-call", name: "look_up", arguments: { town: "Graz" } },
      ],
      usage: { inputTokens: 40, outputTokens: 17 },
      timings: {
        totalNs: 400_000_000,
        loadNs: 1_000_000,
        promptNs: 90_000_000,
        generationNs: 309_000_000,
      },
      logprobs: { content: [{ token: "It", logprob: -0.1, top_logprobs: [] }] },
    });
  });

  it("makes ids that differ between answers and stay the same for one", () => {
    const later = { ...WHOLE, created_at: "2026-05-01T09:00:09.4Z" };
    const ids = [WHOLE, WHOLE, later].map((body) =>
      ollamaChatDialect.parseReply(body).parts.flatMap((part) => ("id" in part ? [part.id] : [])),
    );
    expect(ids[0]).toEqual([expect.stringMatching(/^call_\w+$/)]);
    expect(ids[1]).toEqual(ids[0]);
    expect(ids[2]).not.toEqual(ids[0]);
  });

  it.each([
    { stated: { town: "Graz" }, read: { town: "Graz" } },
    { stated: '{"town":"Graz"}', read: { town: "Graz" } },
    { stated: null, read: {} },
    { stated: "", read: {} },
    { stated: "Graz", read: { _raw: "Graz" } },
    { stated: "12345678901234567890", read: { _raw: "12345678901234567890" } },
    { stated: [1], read: { _raw: "[1]" } },
  ])("reads the arguments $stated as $read", ({ stated, read }) => {
    const message = { tool_calls: [{ id: "a", function: { name: "f", arguments: stated } }] };
    expect(ollamaChatDialect.parseReply({ message, done: true }).parts).toEqual([
      { type: "tool-call", id: "a", name: "f", arguments: read },
    ]);
  });

  it.each([
    { stated: "stop", read: "stop" },
    { stated: "length", read: "length" },
    { stated: "load", read: "stop" },
    { stated: "content_filter", read: "content-filter" },
    { stated: undefined, read: "stop" },
    { stated: "abort", read: "unknown" },
  ])("reads the reason $stated as $read", ({ stated, read }) => {
    const body = {
      response: "x",
      done: true,
      ...(stated === undefined ? {} : { done_reason: stated }),
    };
    expect(ollamaGenerateDialect.parseReply(body).stopReason).toBe(read);
  });

  it.each([
    null,
    [],
    "It is mild.",
    { choices: [] },
    { message: "mild" },
    { message: { tool_calls: [{ function: {} }] } },
    { message: { tool_calls: ["look_up"] } },
  ])("refuses %j", (body) => {
    expect(() => ollamaChatDialect.parseReply(body)).toThrow(ProxyError);
    expect(() => ollamaChatDialect.parseReply(body)).toThrow(
      expect.objectContaining({ code: "upstream_protocol" }),
    );
  });
});

describe("an Ollama answer written as a whole", () => {
  it("TR-69 has integer durations from the gateway's clock", () => {
    const usage = { inputTokens: 40, outputTokens: 17, cachedTokens: 8, reasoningTokens: 0 };
    expect(ollamaChatDialect.writeReply(makeReply({ usage }), CONTEXT)).toEqual({
      model: "pine-7b",
      created_at: "2026-05-01T09:00:00.400Z",
      message: { role: "assistant", content: "It is mild." },
      done: true,
      done_reason: "stop",
      total_duration: 400_000_000,
      load_duration: 0,
      prompt_eval_count: 40,
      prompt_eval_duration: 0,
      eval_count: 17,
      eval_duration: 400_000_000,
    });
  });

  it("prefers the durations that the backend states", () => {
    const timings = { promptNs: 90_000_000.4, generationNs: 250_000_000 };
    expect(ollamaChatDialect.writeReply(makeReply({ timings }), CONTEXT)).toMatchObject({
      total_duration: 400_000_000,
      prompt_eval_duration: 90_000_000,
      eval_duration: 250_000_000,
    });
  });

  it("TR-69 has tool arguments as an object", () => {
    const call = { type: "tool-call", id: "call_7", name: "f", arguments: { n: 1 } } as const;
    const reply = makeReply({
      parts: [{ type: "thinking", text: "Check.", signature: undefined }, call],
      stopReason: "tool-calls",
    });
    expect(ollamaChatDialect.writeReply(reply, CONTEXT)).toMatchObject({
      message: {
        content: "",
        thinking: "Check.",
        tool_calls: [{ id: "call_7", function: { index: 0, name: "f", arguments: { n: 1 } } }],
      },
      done_reason: "stop",
    });
  });

  it("has the text of generate under response, and no context", () => {
    const written = ollamaGenerateDialect.writeReply(makeReply({ model: "" }), CONTEXT);
    expect(written).toMatchObject({ model: "pine:7b", response: "It is mild." });
    expect(written).not.toHaveProperty("context");
    expect(written).not.toHaveProperty("message");
  });

  it("keeps a refusal as text and log probabilities as a list", () => {
    const logprobs = { content: [{ token: "No", logprob: -1 }] };
    const reply = makeReply({ parts: [{ type: "refusal", text: "No." }], logprobs });
    expect(ollamaChatDialect.writeReply(reply, CONTEXT)).toMatchObject({
      message: { content: "No." },
      logprobs: logprobs.content,
    });
  });

  it.each([
    ["stop", "stop"],
    ["stop-sequence", "stop"],
    ["tool-calls", "stop"],
    ["length", "length"],
    ["context-exceeded", "length"],
    ["content-filter", "content_filter"],
    ["unknown", "stop"],
  ] as const)("writes the stop reason %s as %s", (stopReason: StopReason, reason) => {
    expect(ollamaChatDialect.writeReply(makeReply({ stopReason }), CONTEXT)).toMatchObject({
      done_reason: reason,
    });
  });
});

describe("an Ollama error", () => {
  const error = new ProxyError("model_not_found", "model 'oak' not found");

  it("TR-70 is an object with a text", () => {
    expect(ollamaChatDialect.writeError(error, "id-1")).toEqual({ error: "model 'oak' not found" });
  });

  it("TR-70 is a line with a text when the stream already began", () => {
    expect(ollamaGenerateDialect.writeStreamError(error, "id-1")).toBe(
      `{"error":"model 'oak' not found"}\n`,
    );
  });
});
