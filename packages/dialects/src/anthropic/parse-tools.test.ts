import { describe, expect, it } from "vitest";

import type { JsonObject, JsonValue } from "../conversation.ts";
import { Fields } from "../json/fields.ts";
import { DroppedNames } from "./dropped-names.ts";
import { parseTools, type ToolSettings } from "./parse-tools.ts";

const tool = { name: "look_up", input_schema: { type: "object" } };

function parse(body: JsonObject): ToolSettings & { dropped: readonly string[] } {
  const dropped = new DroppedNames();
  return { ...parseTools(new Fields(body), dropped), dropped: dropped.list() };
}

describe("parseTools", () => {
  it("reads tools of the client", () => {
    const whole = { ...tool, type: "custom", description: "Finds.", strict: true };
    expect(parse({ tools: [whole, { name: "now" }] }).tools).toEqual([
      { name: "look_up", description: "Finds.", parameters: { type: "object" }, strict: true },
      { name: "now" },
    ]);
  });

  it("drops the tools that run at Anthropic by name", () => {
    const search = { type: "web_search_20250305", name: "web_search", max_uses: 3 };
    const { tools, dropped } = parse({
      tools: [search, { ...tool, cache_control: { type: "ephemeral" }, defer_loading: true }],
    });
    expect(tools.map(({ name }) => name)).toEqual(["look_up"]);
    expect(dropped).toEqual(["web_search_20250305", "cache_control", "defer_loading"]);
  });

  it.each<[JsonValue, unknown]>([
    [{ type: "auto" }, { type: "auto" }],
    ["auto", { type: "auto" }],
    [{ type: "any" }, { type: "required" }],
    ["any", { type: "required" }],
    [
      { type: "tool", name: "look_up" },
      { type: "tool", name: "look_up" },
    ],
  ])("TR-14 reads the choice %j", (tool_choice, choice) => {
    expect(parse({ tools: [tool], tool_choice }).toolChoice).toEqual(choice);
  });

  it.each<JsonValue>([{ type: "none" }, "none"])("TR-15 reads the choice %j as none", (choice) => {
    expect(parse({ tools: [tool], tool_choice: choice }).toolChoice).toEqual({ type: "none" });
  });

  it.each([true, false])("TR-16 reads disable_parallel_tool_use %s", (disabled) => {
    const tool_choice = { type: "auto", disable_parallel_tool_use: disabled };
    expect(parse({ tools: [tool], tool_choice }).parallelToolCalls).toBe(!disabled);
  });

  it("drops the choice where there are no tools to choose from", () => {
    const tool_choice = { type: "tool", name: "look_up" };
    expect(parse({ tool_choice })).toMatchObject({ toolChoice: undefined, dropped: [] });
    const search = { type: "web_search_20250305", name: "web_search" };
    expect(parse({ tools: [search], tool_choice: { type: "any" } })).toMatchObject({
      tools: [],
      toolChoice: undefined,
      dropped: ["web_search_20250305", "tool_choice"],
    });
  });

  it.each<[JsonObject, string]>([
    [{ tools: {} }, "tools: must be a list"],
    [{ tools: [{}] }, "tools.0.name: is required"],
    [{ tools: [{ name: "n", input_schema: [] }] }, "tools.0.input_schema: must be an object"],
    [{ tool_choice: { type: "some" } }, "tool_choice.type: must be one of auto, any, none, tool"],
    [{ tool_choice: {} }, "tool_choice.type: is required"],
    [{ tool_choice: { type: "tool" } }, "tool_choice.name: is required"],
    [{ tool_choice: 1 }, "tool_choice: must be an object"],
    [
      {
        tools: [tool, { type: "web_search_20250305", name: "web_search" }],
        tool_choice: { type: "tool", name: "web_search" },
      },
      "tool_choice.name: must be one of the tools that a backend can be given",
    ],
  ])("refuses %j", (body, message) => {
    expect(() => parse(body)).toThrow(
      expect.objectContaining({ code: "invalid_request", message }),
    );
  });
});
