import { describe, expect, it } from "vitest";

import type { Conversation, JsonValue } from "../conversation.ts";
import {
  createOpenaiResponsesDialect,
  openaiResponsesDialect,
} from "./openai-responses-dialect.ts";

const look = { type: "function", name: "look_up", parameters: { type: "object" } };

function parse(fields: Record<string, JsonValue>): Conversation {
  return openaiResponsesDialect.parseRequest({ model: "pine", input: "Hi", ...fields });
}

describe("tools of a Responses request", () => {
  it("refuses a tool that only its provider can run, and names it", () => {
    expect(() => parse({ tools: [look, { type: "web_search" }] })).toThrow(
      "tools.1.type: must be function; other tools run only at their provider",
    );
  });

  it("leaves such a tool out and names it where that is configured", () => {
    const lenient = createOpenaiResponsesDialect({ builtInTools: "drop" });
    const conversation = lenient.parseRequest({
      model: "pine",
      input: "Hi",
      tools: [{ type: "web_search" }, look],
    });
    expect(conversation.tools).toHaveLength(1);
    expect(conversation.dropped).toEqual(["tools.0"]);
  });

  it("keeps of the tools those that are allowed", () => {
    const conversation = parse({
      tools: [look, { ...look, name: "other" }],
      tool_choice: {
        type: "allowed_tools",
        mode: "required",
        tools: [{ type: "function", name: "other" }],
      },
    });
    expect(conversation.tools.map(({ name }) => name)).toEqual(["other"]);
    expect(conversation.toolChoice).toEqual({ type: "required" });
  });

  it.each([
    { choice: "required", dropped: ["tool_choice"] },
    { choice: "auto", dropped: [] },
    { choice: "none", dropped: [] },
  ])("without tools there is no choice $choice", ({ choice, dropped }) => {
    expect(parse({ tool_choice: choice })).toMatchObject({ toolChoice: undefined, dropped });
  });

  it.each([
    [
      { type: "function", name: "nowhere" },
      "tool_choice.name: must be the name of one of the tools",
    ],
    [{ type: "web_search" }, "tool_choice.type: must be one of function, allowed_tools"],
    [{ name: "look_up" }, "tool_choice.type: is required"],
    ["always", "tool_choice: must be one of auto, required, none"],
  ])("refuses the choice %j", (choice, message) => {
    expect(() => parse({ tools: [look], tool_choice: choice })).toThrow(message);
  });
});
