import { describe, expect, it } from "vitest";

import type { Conversation } from "../conversation.ts";
import { openaiChatDialect } from "../openai-chat/openai-chat-dialect.ts";
import { writeChatRequest } from "./write-chat-request.ts";

function makeConversation(over: Partial<Conversation> = {}): Conversation {
  return {
    model: "pine:7b",
    system: [],
    messages: [{ role: "user", parts: [{ type: "text", text: "Hello" }] }],
    stream: false,
    includeUsage: true,
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
    ...over,
  };
}

const LOOK_UP = {
  name: "look_up",
  description: "Weather of a town",
  parameters: { type: "object", properties: { town: { type: "string" } } },
  strict: undefined,
};

describe("writeChatRequest", () => {
  it("promises the sampler's defaults of the other dialects", () => {
    expect(writeChatRequest(makeConversation())).toEqual({
      body: {
        model: "pine:7b",
        messages: [{ role: "user", content: "Hello" }],
        stream: false,
        options: { temperature: 1, top_p: 1 },
      },
      dropped: [],
    });
  });

  it("TR-71 writes limits, sampler, schema and stop texts in Ollama's words", () => {
    const schema = { type: "object" };
    const { body, dropped } = writeChatRequest(
      makeConversation({
        maxTokens: 64,
        stop: ["END"],
        sampling: { temperature: 0.2, topK: 40, minP: 0.1, repeatPenalty: 1.2, seed: 7 },
        responseFormat: { type: "json-schema", name: "place", schema, strict: true },
        logprobs: { top: 2 },
      }),
    );
    expect(dropped).toEqual([]);
    expect(body).toMatchObject({
      format: schema,
      logprobs: true,
      top_logprobs: 2,
      options: {
        num_predict: 64,
        temperature: 0.2,
        top_p: 1,
        top_k: 40,
        min_p: 0.1,
        repeat_penalty: 1.2,
        seed: 7,
        stop: ["END"],
      },
    });
  });

  it.each([
    { format: { type: "json" }, written: "json" },
    { format: { type: "text" }, written: undefined },
  ] as const)("writes the format $format.type", ({ format, written }) => {
    const { body } = writeChatRequest(makeConversation({ responseFormat: format }));
    expect((body as { format?: unknown }).format).toBe(written);
  });

  it.each([
    { effort: undefined, think: true },
    { effort: "none", think: false },
    { effort: "minimal", think: "low" },
    { effort: "medium", think: "medium" },
    { effort: "max", think: "max" },
  ] as const)("writes effort $effort as think $think", ({ effort, think }) => {
    const reasoning = { effort, budgetTokens: undefined };
    expect(writeChatRequest(makeConversation({ reasoning })).body).toMatchObject({ think });
  });

  it("writes a budget as thinking at large and names it", () => {
    const reasoning = { effort: "high", budgetTokens: 20_000 } as const;
    const { body, dropped } = writeChatRequest(makeConversation({ reasoning }));
    expect(body).toMatchObject({ think: true });
    expect(dropped).toEqual(["budget_tokens"]);
  });

  it("TR-71 offers tools as they are, with a schema even where there is none", () => {
    const now = { name: "now", description: undefined, parameters: undefined, strict: undefined };
    expect(writeChatRequest(makeConversation({ tools: [LOOK_UP, now] })).body).toMatchObject({
      tools: [
        {
          type: "function",
          function: {
            name: "look_up",
            description: "Weather of a town",
            parameters: LOOK_UP.parameters,
          },
        },
        {
          type: "function",
          function: { name: "now", parameters: { type: "object", properties: {} } },
        },
      ],
    });
  });

  it("offers no tools when none may be called", () => {
    const { body, dropped } = writeChatRequest(
      makeConversation({ tools: [LOOK_UP], toolChoice: { type: "none" } }),
    );
    expect(body).not.toHaveProperty("tools");
    expect(dropped).toEqual([]);
  });

  it("names what Ollama has no word for", () => {
    const { dropped } = writeChatRequest(
      makeConversation({
        tools: [{ ...LOOK_UP, strict: true }],
        toolChoice: { type: "tool", name: "look_up" },
        parallelToolCalls: false,
        user: "u1",
      }),
    );
    expect(dropped).toEqual(["user", "tool_choice", "parallel_tool_calls", "strict"]);
  });
});

describe("a Chat Completions request in Ollama's words", () => {
  it("TR-71 keeps schema, images, tools and the call that a result answers", () => {
    const conversation = openaiChatDialect.parseRequest({
      model: "pine:7b",
      max_completion_tokens: 64,
      reasoning_effort: "low",
      response_format: {
        type: "json_schema",
        json_schema: { name: "place", schema: { type: "object" }, strict: true },
      },
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "Where is this?" },
            { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
          ],
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [
            {
              id: "call_7",
              type: "function",
              function: { name: "look_up", arguments: '{"town":"Graz"}' },
            },
          ],
        },
        { role: "tool", tool_call_id: "call_7", content: "mild" },
      ],
    });
    expect(writeChatRequest(conversation).body).toMatchObject({
      format: { type: "object" },
      think: "low",
      options: { num_predict: 64 },
      messages: [
        { role: "user", content: "Where is this?", images: ["iVBORw0KGgo="] },
        {
          role: "assistant",
          content: "",
          tool_calls: [{ function: { name: "look_up", arguments: { town: "Graz" } } }],
        },
        { role: "tool", content: "mild", tool_name: "look_up" },
      ],
    });
  });
});
