import { describe, expect, it } from "vitest";

import type { JsonObject } from "../conversation.ts";
import { parseJson } from "../json/parse-json.ts";
import { parseRequest, parseTokenCountRequest } from "./parse-request.ts";

const least = { model: "pine", max_tokens: 10, messages: [{ role: "user", content: "hi" }] };

function parse(over: JsonObject): ReturnType<typeof parseRequest> {
  return parseRequest({ ...least, ...over });
}

function refusal(message: string): unknown {
  return expect.objectContaining({ code: "invalid_request", status: 400, message });
}

describe("parseRequest", () => {
  it("reads the least there is", () => {
    expect(parseRequest(least)).toEqual({
      model: "pine",
      system: [],
      messages: [{ role: "user", parts: [{ type: "text", text: "hi" }] }],
      stream: false,
      includeUsage: true,
      maxTokens: 10,
      sampling: {},
      stop: [],
      tools: [],
      dropped: [],
    });
  });

  it.each<[JsonObject, string]>([
    [{ model: null }, "model: is required"],
    [{ model: 7 }, "model: must be a text"],
    [{ model: "" }, "model: must not be empty"],
  ])("TR-3 refuses the model of %j with a message of its own", (over, message) => {
    expect(() => parse(over)).toThrow(refusal(message));
  });

  it.each<[JsonObject, string]>([
    [{ messages: null }, "messages: is required"],
    [{ messages: "hi" }, "messages: must be a list"],
    [{ messages: [] }, "messages: must hold at least one message that is not empty"],
    [{ max_tokens: null }, "max_tokens: is required and must be an integer of at least 1"],
    [{ max_tokens: 0 }, "max_tokens: must be an integer of at least 1"],
    [{ max_tokens: 5.5 }, "max_tokens: must be an integer of at least 1"],
    [{ max_tokens: "5" }, "max_tokens: must be an integer of at least 1"],
    [{ temperature: 2.1 }, "temperature: must be a number from 0 to 2"],
    [{ top_p: 1.1 }, "top_p: must be a number from 0 to 1"],
    [{ top_k: -1 }, "top_k: must be an integer of at least 0"],
    [{ stream: "yes" }, "stream: must be true or false"],
    [{ metadata: "m" }, "metadata: must be an object"],
    [{ stop_sequences: "END" }, "stop_sequences: must be a list"],
    [{ system: 1 }, "system: must be a text or a list of blocks"],
    [{ system: [{ type: "image" }] }, "system.0.type: must be text"],
    [
      { output_config: { effort: "huge" } },
      "output_config.effort: must be one of low, medium, high, xhigh, max",
    ],
    [
      { output_config: { format: { type: "json_schema" } } },
      "output_config.format.schema: is required",
    ],
    [{ thinking: { type: "enabled" } }, "thinking.budget_tokens: is required"],
  ])("TR-4 refuses %j", (over, message) => {
    expect(() => parse(over)).toThrow(refusal(message));
  });

  it("refuses a body that is no object", () => {
    expect(() => parseRequest([])).toThrow(refusal("The body must be a JSON object."));
  });

  it("TR-7 keeps the blocks of system apart and leaves empty ones out", () => {
    const system = [
      { type: "text", text: "Be brief." },
      { type: "text", text: "" },
      { type: "text", text: "Be kind.", cache_control: { type: "ephemeral" } },
    ];
    expect(parse({ system })).toMatchObject({
      system: ["Be brief.", "Be kind."],
      dropped: ["cache_control"],
    });
    expect(parse({ system: "Be brief." }).system).toEqual(["Be brief."]);
  });

  it("reads the sampler, stop sequences and the stream flag", () => {
    const settings = { temperature: 1.5, top_p: 0.9, top_k: 40 };
    expect(parse({ ...settings, stop_sequences: ["END"], stream: true })).toMatchObject({
      sampling: { temperature: 1.5, topP: 0.9, topK: 40 },
      stop: ["END"],
      stream: true,
    });
  });

  it("TR-19 takes metadata.user_id for the user", () => {
    expect(parse({ metadata: { user_id: "u-1" } }).user).toBe("u-1");
  });

  it.each<[JsonObject, unknown]>([
    [{}, undefined],
    [
      { thinking: { type: "enabled", budget_tokens: 2_000 } },
      { effort: "low", budgetTokens: 2_000 },
    ],
    [
      { thinking: { type: "enabled", budget_tokens: 4_096 } },
      { effort: "medium", budgetTokens: 4_096 },
    ],
    [
      { thinking: { type: "enabled", budget_tokens: 16_384 } },
      { effort: "high", budgetTokens: 16_384 },
    ],
    [{ thinking: { type: "disabled" } }, { effort: "none" }],
    [{ thinking: { type: "adaptive" } }, {}],
    [{ thinking: { type: "adaptive" }, output_config: { effort: "xhigh" } }, { effort: "max" }],
    [{ output_config: { effort: "low" } }, { effort: "low" }],
    [
      { thinking: { type: "enabled", budget_tokens: 2_000 }, output_config: { effort: "high" } },
      { effort: "high", budgetTokens: 2_000 },
    ],
  ])("TR-18 reads how much to think from %j", (over, reasoning) => {
    expect(parse(over).reasoning).toEqual(reasoning);
  });

  it("names a kind of thinking that it does not know", () => {
    const over = { thinking: { type: "between-tools" }, output_config: { effort: "low" } };
    expect(parse(over)).toMatchObject({ reasoning: { effort: "low" }, dropped: ["thinking"] });
  });

  it.each(["output_config", "output_format"])("TR-18 reads the JSON schema in %s", (place) => {
    const format = { type: "json_schema", schema: { type: "object" } };
    const over =
      place === "output_config" ? { output_config: { format } } : { output_format: format };
    expect(parse(over).responseFormat).toEqual({
      type: "json-schema",
      name: "response",
      schema: { type: "object" },
    });
  });

  it("names what only the hosted service can keep, and ignores what nobody knows", () => {
    const over = { service_tier: "auto", container: "c", mcp_servers: [], betas: ["x"], odd: 1 };
    expect(parse(over).dropped).toEqual(["container", "mcp_servers", "service_tier"]);
  });

  it("keeps names that are no header token out of the list, and the list short", () => {
    const types = ["a\r\nb", ...Array.from({ length: 99 }, (_, at) => `x${at}`)];
    const content = types.map((type) => ({ type }));
    const { dropped } = parse({ messages: [{ role: "user", content }] });
    expect(dropped[0]).toBe("unknown");
    expect(dropped).toHaveLength(32);
  });

  it("reads numbers whose text is kept", () => {
    const text =
      '{"model":"m","max_tokens":10,"temperature":1.0,"messages":[{"role":"user","content":"1234567890123456"}]}';
    expect(parseRequest(parseJson(text)).sampling.temperature).toBe(1);
  });
});

describe("parseTokenCountRequest", () => {
  it("needs no max_tokens", () => {
    const { model, messages } = least;
    expect(parseTokenCountRequest({ model, messages }).maxTokens).toBeUndefined();
  });

  it("refuses a body without model or messages", () => {
    expect(() => parseTokenCountRequest({})).toThrow(refusal("model: is required"));
    expect(() => parseTokenCountRequest({ model: "m" })).toThrow(refusal("messages: is required"));
  });
});
