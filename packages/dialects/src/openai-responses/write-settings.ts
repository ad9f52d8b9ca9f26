import type {
  Conversation,
  JsonObject,
  JsonValue,
  Reasoning,
  ReasoningEffort,
  ResponseFormat,
  Tool,
  ToolChoice,
} from "../conversation.ts";
import { withoutUndefined } from "../json/without-undefined.ts";

/** Thinking budgets in tokens below which an effort is enough. */
const LOW_BUDGET = 4_096;
const MEDIUM_BUDGET = 16_384;

/** A function tool; `strict` is said, because absent it means true here and false elsewhere. */
export function writeTool({ name, description, parameters, strict }: Tool): JsonObject {
  return withoutUndefined({
    type: "function",
    name,
    description,
    parameters: parameters ?? { type: "object", properties: {} },
    strict: strict ?? false,
  });
}

export function writeToolChoice(choice: ToolChoice): JsonValue {
  return choice.type === "tool" ? { type: "function", name: choice.name } : choice.type;
}

/** The value of `text.format`. */
export function writeFormat(format: ResponseFormat | undefined): JsonObject {
  if (format?.type !== "json-schema") {
    return { type: format?.type === "json" ? "json_object" : "text" };
  }
  const { name, schema, strict } = format;
  return withoutUndefined({ type: "json_schema", name, schema, strict });
}

/** The words that every model that thinks takes; those beyond differ between models. */
const EFFORTS: Readonly<Record<Exclude<ReasoningEffort, "none">, string>> = {
  minimal: "low",
  low: "low",
  medium: "medium",
  high: "high",
  max: "high",
};

/** The value of `reasoning.effort`; undefined leaves it to the model. */
export function writeEffort(reasoning: Reasoning | undefined): string | undefined {
  const effort = reasoning?.effort;
  if (effort === "none") return undefined;
  return effort === undefined ? effortOf(reasoning?.budgetTokens) : EFFORTS[effort];
}

function effortOf(budgetTokens: number | undefined): string | undefined {
  if (budgetTokens === undefined) return undefined;
  if (budgetTokens < LOW_BUDGET) return "low";
  return budgetTokens < MEDIUM_BUDGET ? "medium" : "high";
}

/** All instructions as one text; undefined when there are none. */
export function writeInstructions({ system }: Conversation): string | undefined {
  return system.length === 0 ? undefined : system.join("\n\n");
}
