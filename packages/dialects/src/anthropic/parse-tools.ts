import type { Tool, ToolChoice } from "../conversation.ts";
import { Fields } from "../json/fields.ts";
import type { DroppedNames } from "./dropped-names.ts";
import { refuseToTranslate } from "./untranslatable.ts";

/** What a request says about tools. */
export interface ToolSettings {
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | undefined;
  readonly parallelToolCalls: boolean | undefined;
}

/** Settings of a tool that only Anthropic's own service understands. */
const HOSTED_SETTINGS = ["allowed_callers", "defer_loading", "input_examples"];

/**
 * Reads `tools` and `tool_choice`. Tools that run at Anthropic (they have a
 * `type` such as `web_search_20250305`) are dropped by name.
 *
 * @throws ProxyError `invalid_request`, also when such a tool is the forced choice
 */
export function parseTools(fields: Fields, dropped: DroppedNames): ToolSettings {
  const all = fields.objects("tools");
  const tools = all.map((tool) => parseTool(tool, dropped)).filter((tool) => tool !== undefined);
  const choice = readChoice(fields);
  const toolChoice = choice === undefined ? undefined : parseChoice(choice);
  if (toolChoice?.type === "tool" && all.length > 0) requireTool(toolChoice.name, tools, fields);
  if (tools.length > 0) {
    const isSingle = choice?.optionalBoolean("disable_parallel_tool_use");
    return {
      tools,
      toolChoice,
      parallelToolCalls: isSingle === undefined ? undefined : !isSingle,
    };
  }
  if (toolChoice?.type === "required") dropped.add("tool_choice");
  return { tools, toolChoice: undefined, parallelToolCalls: undefined };
}

function parseTool(tool: Fields, dropped: DroppedNames): Tool | undefined {
  const type = tool.optionalText("type") ?? "custom";
  if (type !== "custom") {
    dropped.add(type);
    return undefined;
  }
  if (tool.has("cache_control")) dropped.add("cache_control");
  for (const name of HOSTED_SETTINGS) if (tool.has(name)) dropped.add(name);
  return {
    name: tool.requiredName("name"),
    description: tool.optionalText("description"),
    parameters: tool.optionalObject("input_schema")?.object,
    strict: tool.optionalBoolean("strict"),
  };
}

/** `"auto"` is an old spelling of `{"type":"auto"}`. */
function readChoice(fields: Fields): Fields | undefined {
  const value = fields.value("tool_choice");
  return typeof value === "string"
    ? new Fields({ type: value }, "tool_choice")
    : fields.optionalObject("tool_choice");
}

function parseChoice(choice: Fields): ToolChoice {
  const type = choice.requiredChoice("type", ["auto", "any", "none", "tool"]);
  if (type === "tool") return { type, name: choice.requiredName("name") };
  return { type: type === "any" ? "required" : type };
}

function requireTool(name: string, tools: readonly Tool[], fields: Fields): void {
  if (tools.some((tool) => tool.name === name)) return;
  const must = "must be one of the tools that a backend can be given";
  const isHosted = fields.objects("tools").some((tool) => tool.value("name") === name);
  if (isHosted) refuseToTranslate(fields, "tool_choice.name", must);
  fields.refuse("tool_choice.name", must);
}
