import { ProxyError } from "@olla-ts/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { JsonValue } from "../conversation.ts";
import { isJsonObject } from "../json/json-value.ts";
import { openaiResponsesDialect } from "./openai-responses-dialect.ts";

function parse(
  fields: Record<string, JsonValue>,
): ReturnType<typeof openaiResponsesDialect.parseRequest> {
  return openaiResponsesDialect.parseRequest({ model: "pine", input: "Hi", ...fields });
}

describe("parseRequest of the Responses dialect", () => {
  it("TR-65 reads a text as one message of the user", () => {
    expect(parse({ instructions: "Be kind." })).toMatchObject({
      model: "pine",
      system: ["Be kind."],
      messages: [{ role: "user", parts: [{ type: "text", text: "Hi" }] }],
      stream: false,
      includeUsage: true,
      dropped: [],
    });
  });

  it("TR-65 reads settings, tools and formats", () => {
    const conversation = parse({
      stream: true,
      max_output_tokens: 50,
      temperature: 0.5,
      top_p: 0.9,
      parallel_tool_calls: false,
      user: "u1",
      reasoning: { effort: "xhigh" },
      tools: [
        {
          type: "function",
          name: "look_up",
          description: "Looks up.",
          parameters: { type: "object" },
          strict: true,
        },
      ],
      tool_choice: { type: "function", name: "look_up" },
      text: { format: { type: "json_schema", name: "town", schema: { type: "object" } } },
      include: ["message.output_text.logprobs"],
      top_logprobs: 3,
    });
    expect(conversation).toMatchObject({
      stream: true,
      maxTokens: 50,
      sampling: { temperature: 0.5, topP: 0.9 },
      parallelToolCalls: false,
      user: "u1",
      reasoning: { effort: "max" },
      tools: [
        {
          name: "look_up",
          description: "Looks up.",
          parameters: { type: "object" },
          strict: true,
        },
      ],
      toolChoice: { type: "tool", name: "look_up" },
      responseFormat: { type: "json-schema", name: "town", schema: { type: "object" } },
      logprobs: { top: 3 },
      dropped: [],
    });
  });

  it.each([
    { format: { type: "text" }, read: { type: "text" } },
    { format: { type: "json_object" }, read: { type: "json" } },
  ])("reads the format $format.type", ({ format, read }) => {
    expect(parse({ text: { format } }).responseFormat).toEqual(read);
  });

  it("takes null for an absent field, as client libraries write it", () => {
    const conversation = parse({
      previous_response_id: null,
      temperature: null,
      tools: null,
      tool_choice: null,
      reasoning: null,
      metadata: null,
    });
    expect(conversation).toMatchObject({ tools: [], toolChoice: undefined, dropped: [] });
    expect(conversation.sampling.temperature).toBeUndefined();
  });

  it("names what it knows but cannot pass on", () => {
    const conversation = parse({
      metadata: { a: "b" },
      truncation: "auto",
      prompt_cache_key: "k",
      safety_identifier: "s",
      service_tier: "flex",
      store: true,
      include: ["web_search_call.results"],
      text: {
        verbosity: "low",
        format: { type: "json_schema", name: "a", description: "b", schema: {} },
      },
      reasoning: { effort: "low", summary: "auto" },
      something_unknown: 1,
    });
    expect(conversation.dropped).toEqual([
      "metadata",
      "prompt_cache_key",
      "safety_identifier",
      "service_tier",
      "store",
      "truncation",
      "include",
      "text.verbosity",
      "text.format.description",
      "reasoning.summary",
    ]);
  });

  it("is silent about fields that ask for nothing special", () => {
    const { dropped } = parse({
      metadata: {},
      truncation: "disabled",
      service_tier: "auto",
      store: false,
      background: false,
      include: ["reasoning.encrypted_content"],
      text: { verbosity: "medium" },
    });
    expect(dropped).toEqual([]);
  });

  it.each([
    ["previous_response_id", "resp_1"],
    ["conversation", { id: "conv_1" }],
    ["prompt", { id: "pmpt_1" }],
    ["background", true],
  ])("TR-67 refuses %s, which needs something stored", (field, value) => {
    const refusal = refusalOf({ model: "pine", input: "Hi", [field]: value });
    expect(refusal).toMatchObject({ code: "invalid_request", status: 400 });
    expect(openaiResponsesDialect.writeError(refusal, "req")).toEqual({
      error: {
        message: refusal.message,
        type: "invalid_request_error",
        param: field,
        code: "invalid_request",
      },
    });
  });

  it.each([
    [{ input: "Hi" }, "model: is required"],
    [{ model: "", input: "Hi" }, "model: must not be empty"],
    [{ model: "pine" }, "input: is required"],
    [{ model: "pine", input: [] }, "input: must have at least one item"],
    [{ model: "pine", input: 7 }, "input: must be a list"],
    [
      { model: "pine", input: "Hi", max_output_tokens: 0 },
      "max_output_tokens: must be an integer of at least 1",
    ],
    [{ model: "pine", input: "Hi", temperature: 2.1 }, "temperature: must be a number from 0 to 2"],
    [
      { model: "pine", input: "Hi", text: { format: { schema: {} } } },
      "text.format.type: is required",
    ],
    [
      { model: "pine", input: "Hi", text: { format: { type: "json_schema", name: "a" } } },
      "text.format.schema: is required",
    ],
    [
      { model: "pine", input: "Hi", reasoning: { effort: "huge" } },
      "reasoning.effort: must be one of none, minimal, low, medium, high, xhigh, max",
    ],
    [["model"], "The body must be a JSON object."],
  ])("refuses %j", (body, message) => {
    expect(refusalOf(body).message).toBe(message);
  });

  it("throws nothing but refusals, whatever it gets", () => {
    const field = fc.constantFrom(
      "input",
      "instructions",
      "tools",
      "tool_choice",
      "text",
      "reasoning",
      "include",
      "type",
      "role",
      "content",
      "name",
      "call_id",
    );
    const { body } = fc.letrec<{ body: JsonValue }>((tie) => ({
      body: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<JsonValue>(null, 1, true, "", "message", "user", "function", "reasoning"),
        fc.array(tie("body"), { maxLength: 3 }),
        fc.dictionary(field, tie("body"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(body, (value) => {
        const thrown = thrownFor(isJsonObject(value) ? { model: "pine", ...value } : value);
        expect(thrown === undefined || thrown instanceof ProxyError).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

/** What parseRequest throws; undefined when it takes the body. */
function thrownFor(body: JsonValue): unknown {
  try {
    openaiResponsesDialect.parseRequest(body);
    return undefined;
  } catch (error) {
    return error;
  }
}

function refusalOf(body: JsonValue): ProxyError {
  const thrown = thrownFor(body);
  if (thrown instanceof ProxyError) return thrown;
  throw new Error("the request was not refused", { cause: thrown });
}
