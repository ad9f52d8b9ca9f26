import { ProxyError } from "@olla-ts/core";
import { describe, expect, it } from "vitest";

import type { JsonObject } from "../conversation.ts";
import { parseJson } from "../json/parse-json.ts";
import { parseRequest } from "./parse-request.ts";

const HELLO: JsonObject = {
  model: "pine-7b",
  messages: [{ role: "user", content: "hello" }],
};

function refusalOf(fields: JsonObject): string {
  try {
    parseRequest({ ...HELLO, ...fields });
  } catch (thrown) {
    if (thrown instanceof ProxyError && thrown.code === "invalid_request") return thrown.message;
    throw thrown;
  }
  return "accepted";
}

describe("parseRequest", () => {
  it("reads the smallest request", () => {
    expect(parseRequest(HELLO)).toMatchObject({
      model: "pine-7b",
      system: [],
      messages: [{ role: "user", parts: [{ type: "text", text: "hello" }] }],
      stream: false,
      includeUsage: false,
      maxTokens: undefined,
      stop: [],
      tools: [],
      toolChoice: undefined,
      responseFormat: undefined,
      reasoning: undefined,
      dropped: [],
    });
  });

  it("reads every setting of the public API", () => {
    const conversation = parseRequest({
      ...HELLO,
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 64,
      max_tokens: 32,
      temperature: 0.2,
      top_p: 0.9,
      presence_penalty: -1,
      frequency_penalty: 2,
      seed: 7,
      stop: "END",
      parallel_tool_calls: false,
      reasoning_effort: "low",
      user: "u-1",
      logprobs: true,
      top_logprobs: 3,
      n: 1,
      modalities: ["text"],
    });
    expect(conversation).toMatchObject({
      stream: true,
      includeUsage: true,
      maxTokens: 64,
      sampling: {
        temperature: 0.2,
        topP: 0.9,
        presencePenalty: -1,
        frequencyPenalty: 2,
        seed: 7,
      },
      stop: ["END"],
      parallelToolCalls: false,
      reasoning: { effort: "low", budgetTokens: undefined },
      user: "u-1",
      logprobs: { top: 3 },
    });
  });

  it("reads the sampler settings of local servers under either name", () => {
    const settings = { top_k: -1, min_p: 0.05, typical_p: 0.7, repeat_penalty: 1.1 };
    expect(parseRequest({ ...HELLO, ...settings }).sampling).toMatchObject({
      topK: 0,
      minP: 0.05,
      typicalP: 0.7,
      repeatPenalty: 1.1,
    });
    expect(parseRequest({ ...HELLO, repetition_penalty: 1.2 }).sampling.repeatPenalty).toBe(1.2);
  });

  it("reads numbers that were kept as text beside a long one", () => {
    const body = parseJson(
      '{"model":"m","messages":[{"role":"user","content":"1234567890123456"}],"temperature":1.0,"max_tokens":5.0}',
    );
    expect(parseRequest(body)).toMatchObject({ maxTokens: 5, sampling: { temperature: 1 } });
  });

  it("takes null for an absent setting", () => {
    const nothing = { max_tokens: null, stop: null, tools: null, temperature: null, n: null };
    expect(parseRequest({ ...HELLO, ...nothing })).toEqual(parseRequest(HELLO));
  });

  it("names settings that no other dialect can say, unless they ask for nothing", () => {
    const { dropped } = parseRequest({
      ...HELLO,
      logit_bias: { "50256": -100 },
      metadata: {},
      store: false,
      min_tokens: 3,
      guided_choice: [],
      prompt_cache_key: "k",
      unheard_of: 1,
      messages: [{ role: "user", content: "hello", name: "ann" }],
    });
    expect(dropped).toEqual(["logit_bias", "prompt_cache_key", "min_tokens", "messages.name"]);
  });

  it.each([
    { fields: { model: "" }, message: "model: must not be empty" },
    { fields: { model: 5 }, message: "model: must be a text" },
    { fields: { messages: null }, message: "messages: is required" },
    { fields: { messages: [] }, message: "messages: must hold at least one message" },
    { fields: { max_tokens: 0 }, message: "max_tokens: must be an integer of at least 1" },
    { fields: { max_tokens: "5" }, message: "max_tokens: must be an integer of at least 1" },
    { fields: { temperature: 2.1 }, message: "temperature: must be a number from 0 to 2" },
    { fields: { top_p: 1.1 }, message: "top_p: must be a number from 0 to 1" },
    { fields: { stop: [1] }, message: "stop.0: must be a text" },
    {
      fields: { n: 2 },
      message: "n: must be 1: the selected backend gives one answer per request",
    },
    {
      fields: { functions: [{ name: "f" }] },
      message: "functions: is not supported; use tools and tool_choice",
    },
    { fields: { modalities: ["text", "audio"] }, message: "modalities: may only hold text" },
    {
      fields: { tool_choice: { type: "allowed_tools" } },
      message: "tool_choice.type: must be function",
    },
    {
      fields: { response_format: { type: "grammar" } },
      message: "response_format.type: must be one of text, json_object, json_schema",
    },
  ])("refuses $fields", ({ fields, message }) => {
    expect(refusalOf(fields)).toBe(message);
  });

  it("reads the three response formats", () => {
    const schema = { type: "object", properties: { town: { type: "string" } } };
    const stated = { name: "town", schema, strict: true };
    const formats = [
      { type: "text" },
      { type: "json_object" },
      { type: "json_schema", json_schema: stated },
    ].map((response_format) => parseRequest({ ...HELLO, response_format }).responseFormat);
    expect(formats).toEqual([
      { type: "text" },
      { type: "json" },
      { type: "json-schema", ...stated },
    ]);
  });

  it.each([
    { fields: { reasoning_effort: "xhigh" }, reasoning: { effort: "max" } },
    { fields: { reasoning: { effort: "medium" } }, reasoning: { effort: "medium" } },
    { fields: { reasoning: { max_tokens: 2000 } }, reasoning: { budgetTokens: 2000 } },
    { fields: { reasoning: { enabled: false } }, reasoning: { effort: "none" } },
    {
      fields: { chat_template_kwargs: { enable_thinking: false } },
      reasoning: { effort: "none" },
    },
  ])("reads how much to think from $fields", ({ fields, reasoning }) => {
    expect(parseRequest({ ...HELLO, ...fields }).reasoning).toMatchObject(reasoning);
  });

  it("reads tools and names those that are no functions", () => {
    const look = { name: "look_up", description: "finds", parameters: { type: "object" } };
    const { tools, toolChoice, dropped } = parseRequest({
      ...HELLO,
      tools: [
        { type: "function", function: look },
        { type: "custom", custom: { name: "shell" } },
        { type: "two\r\nlines" },
      ],
      tool_choice: { type: "function", function: { name: "look_up" } },
    });
    expect(tools).toEqual([{ ...look, strict: undefined }]);
    expect(toolChoice).toEqual({ type: "tool", name: "look_up" });
    expect(dropped).toEqual(["tools.custom", "tools"]);
  });
});
