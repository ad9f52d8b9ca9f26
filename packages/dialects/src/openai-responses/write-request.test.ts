import { describe, expect, it } from "vitest";

import type { Conversation, JsonValue, Message } from "../conversation.ts";
import { openaiResponsesDialect } from "./openai-responses-dialect.ts";

const hello: Message = { role: "user", parts: [{ type: "text", text: "Hi" }] };
function makeConversation(fields: Partial<Conversation>): Conversation {
  return {
    model: "pine",
    system: [],
    messages: [hello],
    stream: false,
    includeUsage: false,
    maxTokens: undefined,
    sampling: {},
    stop: [],
    tools: [],
    toolChoice: undefined,
    parallelToolCalls: undefined,
    responseFormat: undefined,
    reasoning: undefined,
    user: undefined,
    logprobs: undefined,
    dropped: [],
    ...fields,
  };
}

function write(
  fields: Partial<Conversation>,
  type = "openai",
): { body: unknown; dropped: unknown } {
  const { body, dropped } = openaiResponsesDialect.writeRequest(makeConversation(fields), { type });
  return { body: JSON.parse(JSON.stringify(body)) as JsonValue, dropped };
}

describe("writeRequest of the Responses dialect", () => {
  it("writes the least that is needed and asks to store nothing", () => {
    expect(write({})).toEqual({
      body: {
        model: "pine",
        input: [{ type: "message", role: "user", content: "Hi" }],
        store: false,
        stream: false,
      },
      dropped: [],
    });
  });

  it("writes settings, tools and formats", () => {
    const { body, dropped } = write({
      system: ["Be kind.", "Be short."],
      stream: true,
      maxTokens: 50,
      sampling: { temperature: 0.5, topP: 0.9 },
      tools: [
        {
          name: "look_up",
          description: "Looks up.",
          parameters: { type: "object", properties: {} },
          strict: undefined,
        },
        { name: "now", description: undefined, parameters: undefined, strict: true },
      ],
      toolChoice: { type: "tool", name: "now" },
      parallelToolCalls: false,
      responseFormat: {
        type: "json-schema",
        name: "town",
        schema: { type: "object" },
        strict: true,
      },
      reasoning: { effort: "max", budgetTokens: undefined },
      user: "u1",
      logprobs: { top: 2 },
      dropped: ["named-when-it-was-read"],
    });
    expect(body).toEqual({
      model: "pine",
      instructions: "Be kind.\n\nBe short.",
      input: [{ type: "message", role: "user", content: "Hi" }],
      max_output_tokens: 50,
      temperature: 0.5,
      top_p: 0.9,
      tools: [
        {
          type: "function",
          name: "look_up",
          description: "Looks up.",
          parameters: { type: "object", properties: {} },
          strict: false,
        },
        {
          type: "function",
          name: "now",
          parameters: { type: "object", properties: {} },
          strict: true,
        },
      ],
      tool_choice: { type: "function", name: "now" },
      parallel_tool_calls: false,
      text: {
        format: { type: "json_schema", name: "town", schema: { type: "object" }, strict: true },
      },
      reasoning: { effort: "high" },
      include: ["message.output_text.logprobs"],
      top_logprobs: 2,
      user: "u1",
      store: false,
      stream: true,
    });
    expect(dropped).toEqual([]);
  });

  it("says nothing of tool choice without tools", () => {
    const { body } = write({ toolChoice: { type: "required" }, parallelToolCalls: true });
    expect(body).not.toHaveProperty("tool_choice");
    expect(body).not.toHaveProperty("parallel_tool_calls");
  });

  it.each([
    { budgetTokens: 1_024, effort: "low" },
    { budgetTokens: 4_096, effort: "medium" },
    { budgetTokens: 16_384, effort: "high" },
  ])(
    "takes a budget of $budgetTokens tokens for the effort $effort",
    ({ budgetTokens, effort }) => {
      const { body } = write({ reasoning: { effort: undefined, budgetTokens } });
      expect(body).toMatchObject({ reasoning: { effort } });
    },
  );

  it("leaves the effort to the model when the client does", () => {
    const { body } = write({ reasoning: { effort: undefined, budgetTokens: undefined } });
    expect(body).not.toHaveProperty("reasoning");
  });

  it("switches thinking off where that is possible, and says so where not", () => {
    const reasoning = { effort: "none", budgetTokens: undefined } as const;
    expect(write({ reasoning }, "llamacpp")).toMatchObject({
      body: { chat_template_kwargs: { enable_thinking: false } },
      dropped: [],
    });
    expect(write({ reasoning }).dropped).toEqual(["reasoning_effort"]);
  });

  it("TR-17 writes settings of the sampler for backends that know them and names them elsewhere", () => {
    const fields = {
      sampling: { topK: 5, minP: 0.1, repeatPenalty: 1.1, seed: 7 },
      stop: ["END"],
    };
    expect(write(fields, "vllm")).toMatchObject({
      body: { top_k: 5, repetition_penalty: 1.1, seed: 7, stop: ["END"] },
      dropped: ["min_p"],
    });
    expect(write(fields, "llamacpp")).toMatchObject({
      body: { top_k: 5, min_p: 0.1, repeat_penalty: 1.1, seed: 7, stop: ["END"] },
      dropped: [],
    });
    const hosted = write(fields, "openai");
    expect(hosted.dropped).toEqual(["top_k", "min_p", "repeat_penalty", "seed", "stop"]);
    expect(hosted.body).not.toHaveProperty("top_k");
  });

  it("asks llama.cpp for no token probabilities, which it refuses here", () => {
    const { body, dropped } = write({ logprobs: { top: 2 } }, "llamacpp");
    expect(body).not.toHaveProperty("top_logprobs");
    expect(dropped).toEqual(["logprobs"]);
  });

  it("asks vLLM to continue a last message of the assistant", () => {
    const messages: Message[] = [
      hello,
      { role: "assistant", parts: [{ type: "text", text: "{" }] },
    ];
    expect(write({ messages }, "vllm").body).toHaveProperty("input", [
      { type: "message", role: "user", content: "Hi" },
      {
        type: "message",
        role: "assistant",
        id: "msg_1",
        status: "incomplete",
        content: [{ type: "output_text", text: "{", annotations: [] }],
      },
    ]);
  });
});
