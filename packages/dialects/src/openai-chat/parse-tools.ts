import type { ResponseFormat, Tool, ToolChoice } from "../conversation.ts";
import type { Fields } from "../json/fields.ts";
import { isJsonObject } from "../json/json-value.ts";

/** The tools of a request, and the other kinds that cannot be represented. */
export interface ParsedTools {
  readonly tools: readonly Tool[];
  /** For example `tools.custom`. */
  readonly dropped: readonly string[];
}

/** @throws ProxyError `invalid_request` */
export function parseTools(body: Fields): ParsedTools {
  const tools: Tool[] = [];
  const dropped = new Set<string>();
  for (const tool of body.objects("tools")) {
    const type = tool.optionalText("type") ?? "function";
    if (type === "function") tools.push(parseFunction(tool.requiredObject("function")));
    // The name goes into a response header.
    else dropped.add(/^\w{1,64}$/.test(type) ? `tools.${type}` : "tools");
  }
  return { tools, dropped: [...dropped] };
}

function parseFunction(stated: Fields): Tool {
  return {
    name: stated.requiredName("name"),
    description: stated.optionalText("description"),
    parameters: stated.optionalObject("parameters")?.object,
    strict: stated.optionalBoolean("strict"),
  };
}

/** @throws ProxyError `invalid_request` */
export function parseToolChoice(body: Fields): ToolChoice | undefined {
  const stated = body.value("tool_choice");
  if (stated === undefined) return undefined;
  if (stated === "auto" || stated === "required" || stated === "none") return { type: stated };
  if (!isJsonObject(stated)) {
    return body.refuse(
      "tool_choice",
      "must be auto, required, none or an object naming a function",
    );
  }
  const choice = body.requiredObject("tool_choice");
  if (choice.requiredText("type") !== "function") choice.refuse("type", "must be function");
  return { type: "tool", name: choice.requiredObject("function").requiredName("name") };
}

/** @throws ProxyError `invalid_request` */
export function parseResponseFormat(body: Fields): ResponseFormat | undefined {
  const format = body.optionalObject("response_format");
  if (format === undefined) return undefined;
  switch (format.requiredText("type")) {
    case "text":
      return { type: "text" };
    case "json_object":
      return { type: "json" };
    case "json_schema": {
      const stated = format.requiredObject("json_schema");
      return {
        type: "json-schema",
        // Several servers do without a name, so their clients send none.
        name: stated.optionalText("name") ?? "response",
        schema: stated.optionalObject("schema")?.object ?? {},
        strict: stated.optionalBoolean("strict"),
      };
    }
    default:
      return format.refuse("type", "must be one of text, json_object, json_schema");
  }
}
