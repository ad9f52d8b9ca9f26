import { describe, expect, it } from "vitest";

import type { Conversation, JsonObject } from "../conversation.ts";
import type { WrittenRequest } from "../dialect.ts";
import { isJsonObject } from "../json/json-value.ts";
import { parseRequest } from "./parse-request.ts";
import { writeRequest } from "./write-request.ts";

function makeConversation(over: Partial<Conversation> = {}): Conversation {
  const plain = parseRequest({ model: "pine-7b", messages: [{ role: "user", content: "hello" }] });
  return { ...plain, ...over };
}

function write(over: Partial<Conversation>, type = "vllm"): WrittenRequest & { body: JsonObject } {
  const written = writeRequest(makeConversation(over), { type });
  if (!isJsonObject(written.body)) throw new Error("the body is no object");
  return { ...written, body: written.body };
}

const TOOL = { name: "look_up", description: undefined, parameters: undefined, strict: undefined };

describe("writeRequest", () => {
  it("writes the smallest request without a word too much", () => {
    expect(write({}).body).toEqual({
      model: "pine-7b",
      messages: [{ role: "user", content: "hello" }],
      stream: false,
    });
  });

  it("TR-36 always asks for usage when streaming", () => {
    expect(write({ stream: true, includeUsage: false }).body).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it("says max_completion_tokens and at most four stops to the hosted service alone", () => {
    const limits = { maxTokens: 9, stop: ["a", "b", "c", "d", "e"] };
    const hosted = write(limits, "openai");
    expect(hosted.body).toMatchObject({ max_completion_tokens: 9, stop: ["a", "b", "c", "d"] });
    expect(hosted.body).not.toHaveProperty("max_tokens");
    expect(hosted.dropped).toEqual(["stop"]);
    const local = write(limits);
    expect(local.body).toMatchObject({ max_tokens: 9, stop: ["a", "b", "c", "d", "e"] });
    expect(local.dropped).toEqual([]);
  });

  it.each([
    { type: "vllm", fields: { top_k: 40, min_p: 0.1, repetition_penalty: 1.1 } },
    { type: "sglang", fields: { top_k: 40, min_p: 0.1, repetition_penalty: 1.1 } },
    {
      type: "llamacpp",
      fields: { top_k: 40, min_p: 0.1, typical_p: 0.9, repeat_penalty: 1.1 },
    },
    { type: "lm-studio", fields: { top_k: 40, repeat_penalty: 1.1 } },
  ])("TR-17 gives $type the sampler settings it knows, by its names", ({ type, fields }) => {
    const sampling = { topK: 40, minP: 0.1, typicalP: 0.9, repeatPenalty: 1.1 };
    const { body, dropped } = write({ sampling }, type);
    const all = ["top_k", "min_p", "typical_p", "repeat_penalty", "repetition_penalty"];
    expect(Object.fromEntries(Object.entries(body).filter(([key]) => all.includes(key)))).toEqual(
      fields,
    );
    expect(Object.keys(fields).length + dropped.length).toBe(4);
  });

  it.each(["openai", "azure", "openai-compatible", "litellm", "never-heard-of"])(
    "TR-17 keeps local sampler settings from %s and names them",
    (type) => {
      const { body, dropped } = write({ sampling: { topK: 40, minP: 0.1 } }, type);
      expect(body).not.toHaveProperty("top_k");
      expect(dropped).toEqual(["top_k", "min_p"]);
    },
  );

  it.each([
    { reasoning: { effort: "low", budgetTokens: undefined }, effort: "low" },
    { reasoning: { effort: "max", budgetTokens: undefined }, effort: "high" },
    { reasoning: { effort: "minimal", budgetTokens: undefined }, effort: "low" },
    { reasoning: { effort: undefined, budgetTokens: 4_095 }, effort: "low" },
    { reasoning: { effort: undefined, budgetTokens: 4_096 }, effort: "medium" },
    { reasoning: { effort: undefined, budgetTokens: 16_384 }, effort: "high" },
    { reasoning: { effort: undefined, budgetTokens: undefined }, effort: undefined },
  ] as const)("TR-18 writes $reasoning as effort $effort", ({ reasoning, effort }) => {
    expect(write({ reasoning }).body["reasoning_effort"]).toBe(effort);
  });

  it("TR-18 switches thinking off in the way each backend understands", () => {
    const reasoning = { effort: "none", budgetTokens: undefined } as const;
    for (const type of ["vllm", "sglang"]) {
      expect(write({ reasoning }, type).body).toMatchObject({
        chat_template_kwargs: { enable_thinking: false },
      });
      expect(write({ reasoning }, type).body).not.toHaveProperty("reasoning_effort");
    }
    expect(write({ reasoning }, "ollama").body).toMatchObject({ reasoning_effort: "none" });
    const unknown = write({ reasoning }, "openai-compatible");
    expect(unknown.body).not.toHaveProperty("reasoning_effort");
    expect(unknown.dropped).toEqual(["reasoning_effort"]);
  });

  it("TR-18 writes response formats, for LM Studio a schema in place of json_object", () => {
    const schema = { type: "object" };
    const format = { type: "json-schema", name: "t", schema, strict: true } as const;
    expect(write({ responseFormat: format }).body["response_format"]).toEqual({
      type: "json_schema",
      json_schema: { name: "t", schema, strict: true },
    });
    expect(write({ responseFormat: { type: "json" } }).body["response_format"]).toEqual({
      type: "json_object",
    });
    expect(
      write({ responseFormat: { type: "json" } }, "lm-studio").body["response_format"],
    ).toEqual({ type: "json_schema", json_schema: { name: "response", schema } });
    expect(write({ responseFormat: { type: "text" } }).body).not.toHaveProperty("response_format");
  });

  it.each([
    { choice: { type: "auto" }, written: "auto" },
    { choice: { type: "required" }, written: "required" },
    { choice: { type: "none" }, written: "none" },
    {
      choice: { type: "tool", name: "look_up" },
      written: { type: "function", function: { name: "look_up" } },
    },
  ] as const)("TR-14 TR-15 writes the tool choice $choice", ({ choice, written }) => {
    expect(write({ tools: [TOOL], toolChoice: choice }).body["tool_choice"]).toEqual(written);
  });

  it("TR-16 writes parallel_tool_calls, and a schema for tools without one", () => {
    const { body } = write({ tools: [TOOL], parallelToolCalls: false });
    expect(body["parallel_tool_calls"]).toBe(false);
    expect(body["tools"]).toEqual([
      {
        type: "function",
        function: { name: "look_up", parameters: { type: "object", properties: {} } },
      },
    ]);
  });

  it("says nothing about tools when there are none", () => {
    const { body } = write({ toolChoice: { type: "required" }, parallelToolCalls: false });
    expect(Object.keys(body)).toEqual(["model", "messages", "stream"]);
  });

  it("TR-19 writes the user, and logprobs", () => {
    expect(write({ user: "u-1", logprobs: { top: 2 } }).body).toMatchObject({
      user: "u-1",
      logprobs: true,
      top_logprobs: 2,
    });
  });

  it("asks vLLM to continue a last assistant message, unless it ends in calls", () => {
    const text = { type: "text", text: "It is" } as const;
    const call = { type: "tool-call", id: "c", name: "f", arguments: {} } as const;
    const continued = { continue_final_message: true, add_generation_prompt: false };
    const prefill = { messages: [{ role: "assistant", parts: [text] }] } as const;
    expect(write(prefill).body).toMatchObject(continued);
    expect(write(prefill, "llamacpp").body).not.toHaveProperty("continue_final_message");
    const called = { messages: [{ role: "assistant", parts: [text, call] }] } as const;
    expect(write(called).body).not.toHaveProperty("continue_final_message");
  });
});
