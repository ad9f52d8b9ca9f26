import type { Conversation, JsonObject, Tool, ToolChoice } from "../conversation.ts";

const AUTO: ToolChoice = { type: "auto" };

/** Writes `tools` and `tool_choice`; nothing when the conversation has no tools. */
export function writeTools({ tools, toolChoice, parallelToolCalls }: Conversation): JsonObject {
  if (tools.length === 0) return {};
  const list = tools.map(writeTool);
  const choice = toolChoice ?? (parallelToolCalls === false ? AUTO : undefined);
  if (choice === undefined) return { tools: list };
  const isSingle = parallelToolCalls === false && choice.type !== "none";
  return {
    tools: list,
    tool_choice: {
      ...writeChoice(choice),
      ...(isSingle ? { disable_parallel_tool_use: true } : {}),
    },
  };
}

function writeTool({ name, description, parameters = {}, strict }: Tool): JsonObject {
  return {
    name,
    ...(description === undefined ? {} : { description }),
    // A schema without a type is refused.
    input_schema:
      "type" in parameters ? parameters : { type: "object", properties: {}, ...parameters },
    ...(strict === undefined ? {} : { strict }),
  };
}

function writeChoice(choice: ToolChoice): JsonObject {
  if (choice.type === "tool") return { type: "tool", name: choice.name };
  return { type: choice.type === "required" ? "any" : choice.type };
}
