import type { Tool, ToolChoice } from "../conversation.ts";
import type { Fields } from "../json/fields.ts";

/** What to do with tools that only their provider can run, web search for example. */
export type BuiltInTools = "refuse" | "drop";

/** What `tools` and `tool_choice` say. */
export interface ParsedTools {
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | undefined;
  readonly dropped: readonly string[];
}

/** Reads `tools` and `tool_choice`. */
export function parseTools(fields: Fields, builtIn: BuiltInTools): ParsedTools {
  const dropped: string[] = [];
  const tools: Tool[] = [];
  for (const tool of fields.objects("tools")) {
    if (tool.optionalText("type") === "function") tools.push(parseTool(tool));
    else if (builtIn === "drop") dropped.push(tool.path);
    else tool.refuse("type", "must be function; other tools run only at their provider");
  }
  const choice = parseChoice(fields, tools);
  if (tools.length > 0) return { ...choice, dropped };
  const isMissed = choice.toolChoice?.type === "required" || choice.toolChoice?.type === "tool";
  if (isMissed) dropped.push("tool_choice");
  return { tools, toolChoice: undefined, dropped };
}

function parseTool(tool: Fields): Tool {
  return {
    name: tool.requiredName("name"),
    description: tool.optionalText("description"),
    parameters: tool.optionalObject("parameters")?.object,
    strict: tool.optionalBoolean("strict"),
  };
}

function parseChoice(fields: Fields, tools: readonly Tool[]): Omit<ParsedTools, "dropped"> {
  if (typeof fields.value("tool_choice") === "string") {
    const type = fields.optionalChoice("tool_choice", ["auto", "required", "none"]);
    return { tools, toolChoice: type === undefined ? undefined : { type } };
  }
  const choice = fields.optionalObject("tool_choice");
  if (choice === undefined) return { tools, toolChoice: undefined };
  const type = choice.optionalChoice("type", ["function", "allowed_tools"]);
  if (type === "allowed_tools") return parseAllowed(choice, tools);
  if (type === undefined) return choice.refuse("type", "is required");
  return { tools, toolChoice: { type: "tool", name: knownName(choice, tools) } };
}

/** Tools that may not be called are left out, which says the same. */
function parseAllowed(choice: Fields, tools: readonly Tool[]): Omit<ParsedTools, "dropped"> {
  const mode = choice.optionalChoice("mode", ["auto", "required"]) ?? "auto";
  const allowed = new Set(
    choice
      .objects("tools")
      .filter((tool) => tool.optionalText("type") === "function")
      .map((tool) => knownName(tool, tools)),
  );
  return { tools: tools.filter(({ name }) => allowed.has(name)), toolChoice: { type: mode } };
}

function knownName(reference: Fields, tools: readonly Tool[]): string {
  const name = reference.requiredName("name");
  if (!tools.some((tool) => tool.name === name)) {
    return reference.refuse("name", "must be the name of one of the tools");
  }
  return name;
}
