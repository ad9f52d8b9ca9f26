import { describe, expect, it } from "vitest";

import type { Conversation, JsonObject, JsonValue, Reasoning } from "../conversation.ts";
import { createAnthropicDialect } from "./anthropic-dialect.ts";
import { parseRequest } from "./parse-request.ts";
import { writeRequest } from "./write-request.ts";

const least = parseRequest({
  model: "pine",
  max_tokens: 10,
  messages: [{ role: "user", content: "hi" }],
});
const tool = { name: "now", description: undefined, parameters: undefined, strict: undefined };

interface Written {
  readonly body: JsonObject;
  readonly dropped: readonly string[];
}

function write(over: Partial<Conversation>, type = "vllm"): Written {
  return writeRequest({ ...least, ...over }, { type }) as Written;
}

function thinking(effort: Reasoning["effort"], budgetTokens?: number): Partial<Conversation> {
  return { reasoning: { effort, budgetTokens }, maxTokens: 50_000 };
}

describe("writeRequest", () => {
  it("writes the least there is", () => {
    expect(write({})).toEqual({
      body: {
        model: "pine",
        max_tokens: 10,
        messages: [{ role: "user", content: "hi" }],
        stream: false,
      },
      dropped: [],
    });
  });

  it("TR-74 joins all instructions into system, wherever they stand", () => {
    const { body } = write({
      system: ["Be brief.", "Be kind."],
      messages: [...least.messages, { role: "system", text: "Speak German." }],
    });
    expect(body).toMatchObject({
      system: "Be brief.\n\nBe kind.\n\nSpeak German.",
      messages: [{ role: "user", content: "hi" }],
    });
  });

  it("gives max_tokens a value when the client names none", () => {
    expect(write({ maxTokens: undefined }).body["max_tokens"]).toBe(4_096);
    const dialect = createAnthropicDialect({ defaultMaxTokens: 99 });
    const { body } = dialect.writeRequest({ ...least, maxTokens: undefined }, { type: "vllm" });
    expect(body).toMatchObject({ max_tokens: 99 });
  });

  it("writes the settings that have a word, and names the others", () => {
    const settings = { temperature: 1.5, topP: 0.9, topK: 40 };
    const unsaid = { minP: 0.1, typicalP: 0.9, repeatPenalty: 1.1, presencePenalty: 1 };
    const { body, dropped } = write({
      sampling: { ...settings, ...unsaid, frequencyPenalty: 1, seed: 7 },
      stop: ["END", "\n"],
      user: "u-1",
      logprobs: { top: 2 },
      responseFormat: { type: "json" },
    });
    expect(body).toMatchObject({
      temperature: 1.5,
      top_p: 0.9,
      top_k: 40,
      stop_sequences: ["END", "\n"],
      metadata: { user_id: "u-1" },
    });
    expect(dropped).toEqual([
      "min_p",
      "typical_p",
      "repeat_penalty",
      "presence_penalty",
      "frequency_penalty",
      "seed",
      "logprobs",
      "response_format",
    ]);
  });

  it("TR-74 writes a JSON schema to output_config", () => {
    const schema = { type: "object" };
    const { body } = write({
      responseFormat: { type: "json-schema", name: "n", schema, strict: true },
    });
    expect(body["output_config"]).toEqual({ format: { type: "json_schema", schema } });
  });
});

describe("writeRequest with tools", () => {
  it("TR-74 writes tools, with an empty schema for those without arguments", () => {
    const parameters = { type: "object", properties: { town: {} } };
    const whole = { name: "look_up", description: "Finds.", parameters, strict: true };
    const loose = { ...tool, parameters: { properties: { a: {} } } };
    expect(write({ tools: [whole, tool, loose] }).body).toMatchObject({
      tools: [
        { name: "look_up", description: "Finds.", input_schema: parameters, strict: true },
        { name: "now", input_schema: { type: "object", properties: {} } },
        { name: "now", input_schema: { type: "object", properties: { a: {} } } },
      ],
    });
  });

  it.each<[Partial<Conversation>, JsonValue | undefined]>([
    [{}, undefined],
    [{ toolChoice: { type: "auto" } }, { type: "auto" }],
    [{ toolChoice: { type: "required" } }, { type: "any" }],
    [{ toolChoice: { type: "none" }, parallelToolCalls: false }, { type: "none" }],
    [{ toolChoice: { type: "tool", name: "now" } }, { type: "tool", name: "now" }],
    [{ parallelToolCalls: true }, undefined],
    [{ parallelToolCalls: false }, { type: "auto", disable_parallel_tool_use: true }],
    [
      { toolChoice: { type: "required" }, parallelToolCalls: false },
      { type: "any", disable_parallel_tool_use: true },
    ],
  ])("writes the choice %j", (over, choice) => {
    expect(write({ ...over, tools: [tool] }).body["tool_choice"]).toEqual(choice);
  });

  it("writes no choice without tools", () => {
    const { body } = write({ toolChoice: { type: "required" }, parallelToolCalls: false });
    expect(body).not.toHaveProperty("tools");
    expect(body).not.toHaveProperty("tool_choice");
  });
});

describe("writeRequest with thinking", () => {
  it.each<[Partial<Conversation>, JsonValue]>([
    [thinking("none"), { type: "disabled" }],
    [thinking("minimal"), { type: "enabled", budget_tokens: 1_024 }],
    [thinking("low"), { type: "enabled", budget_tokens: 1_024 }],
    [thinking("medium"), { type: "enabled", budget_tokens: 4_096 }],
    [thinking(undefined), { type: "enabled", budget_tokens: 4_096 }],
    [thinking("high"), { type: "enabled", budget_tokens: 16_384 }],
    [thinking("max"), { type: "enabled", budget_tokens: 32_768 }],
    [thinking("low", 2_000), { type: "enabled", budget_tokens: 2_000 }],
  ])("gives a server of one's own a budget for %j", (over, written) => {
    const { body } = write(over);
    expect(body["thinking"]).toEqual(written);
    expect(body).not.toHaveProperty("output_config");
  });

  it("leaves room for the answer beside the budget", () => {
    expect(write({ ...thinking("high"), maxTokens: undefined }).body["max_tokens"]).toBe(20_480);
    expect(write({ ...thinking("high"), maxTokens: 4_000 }).body).toMatchObject({
      max_tokens: 4_000,
      thinking: { budget_tokens: 2_000 },
    });
    const small = write({ ...thinking("high"), maxTokens: 2_000 });
    expect(small.body).not.toHaveProperty("thinking");
    expect(small.dropped).toEqual(["reasoning_effort"]);
  });

  it.each<[Partial<Conversation>, JsonObject, JsonValue | undefined]>([
    [thinking("none"), { type: "disabled" }, undefined],
    [thinking("minimal"), { type: "adaptive" }, { effort: "low" }],
    [thinking("max"), { type: "adaptive" }, { effort: "max" }],
    [thinking(undefined), { type: "adaptive" }, undefined],
    [thinking("low", 2_000), { type: "enabled", budget_tokens: 2_000 }, undefined],
    [thinking("high", 2_000), { type: "enabled", budget_tokens: 2_000 }, { effort: "high" }],
  ])("gives the hosted service an effort for %j", (over, written, config) => {
    const { body } = write(over, "anthropic");
    expect(body["thinking"]).toEqual(written);
    expect(body["output_config"]).toEqual(config);
  });
});

describe("writeRequest for the hosted service", () => {
  it.each<[Partial<Conversation>, JsonObject, string[]]>([
    [{ sampling: { temperature: 1.5 } }, { temperature: 1 }, ["temperature"]],
    [{ sampling: { temperature: 0.5, topP: 0.9 } }, { temperature: 0.5 }, ["top_p"]],
    [{ sampling: { topP: 0.9, topK: 4 } }, { top_p: 0.9, top_k: 4 }, []],
    [
      { sampling: { temperature: 0.5, topP: 0.9, topK: 4 }, ...thinking("low") },
      { thinking: { type: "adaptive" } },
      ["temperature", "top_p", "top_k"],
    ],
    [{ stop: ["\n", "END"] }, { stop_sequences: ["END"] }, ["stop"]],
    [{ stop: ["\n"] }, {}, ["stop"]],
    [
      { tools: [tool], toolChoice: { type: "required" }, ...thinking("low") },
      { tool_choice: { type: "any" } },
      ["reasoning_effort"],
    ],
  ])("leaves out of %j what it refuses, and says so", (over, written, names) => {
    const keys = ["temperature", "top_p", "top_k", "thinking", "stop_sequences", "tool_choice"];
    const { body, dropped } = write(over, "anthropic");
    const said = Object.fromEntries(Object.entries(body).filter(([key]) => keys.includes(key)));
    expect(said).toEqual(written);
    expect(dropped).toEqual(names);
  });

  it("leaves out thinking that is not signed", () => {
    const messages: Conversation["messages"] = [
      ...least.messages,
      {
        role: "assistant",
        parts: [
          { type: "thinking", text: "Check.", signature: "s" },
          { type: "thinking", text: "Then.", signature: undefined },
          { type: "text", text: "Wait." },
        ],
      },
    ];
    const signed = { type: "thinking", thinking: "Check.", signature: "s" };
    const text = { type: "text", text: "Wait." };
    expect(write({ messages }, "anthropic")).toMatchObject({
      body: { messages: [{}, { content: [signed, text] }] },
      dropped: ["reasoning_content"],
    });
    const unsigned = { type: "thinking", thinking: "Then.", signature: "" };
    expect(write({ messages })).toMatchObject({
      body: { messages: [{}, { content: [signed, unsigned, text] }] },
      dropped: [],
    });
  });
});
