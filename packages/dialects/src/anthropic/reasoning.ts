import type { Reasoning, ReasoningEffort } from "../conversation.ts";
import type { Fields } from "../json/fields.ts";
import type { DroppedNames } from "./dropped-names.ts";

/** Thinking budgets in tokens that stand for an effort; the smallest is the least Anthropic takes. */
export const EFFORT_BUDGETS: Readonly<Record<Exclude<ReasoningEffort, "none">, number>> = {
  minimal: 1_024,
  low: 1_024,
  medium: 4_096,
  high: 16_384,
  max: 32_768,
};

/** The effort that a thinking budget in tokens stands for. */
export function effortOfBudget(budgetTokens: number): ReasoningEffort {
  if (budgetTokens < EFFORT_BUDGETS.medium) return "low";
  if (budgetTokens < EFFORT_BUDGETS.high) return "medium";
  return "high";
}

/** Reads `thinking` and `output_config.effort`; undefined when the client says neither. */
export function parseReasoning(fields: Fields, dropped: DroppedNames): Reasoning | undefined {
  const effort = parseEffort(fields);
  const stated: Reasoning | undefined =
    effort === undefined ? undefined : { effort, budgetTokens: undefined };
  const thinking = fields.optionalObject("thinking");
  if (thinking === undefined) return stated;
  switch (thinking.requiredName("type")) {
    case "enabled": {
      const budgetTokens =
        thinking.optionalInteger("budget_tokens", { min: 1 }) ??
        thinking.refuse("budget_tokens", "is required");
      return { effort: effort ?? effortOfBudget(budgetTokens), budgetTokens };
    }
    case "disabled":
      return { effort: "none", budgetTokens: undefined };
    case "adaptive":
      return { effort, budgetTokens: undefined };
    default:
      dropped.add("thinking");
      return stated;
  }
}

function parseEffort(fields: Fields): ReasoningEffort | undefined {
  const allowed = ["low", "medium", "high", "xhigh", "max"] as const;
  const effort = fields.optionalObject("output_config")?.optionalChoice("effort", allowed);
  return effort === "xhigh" ? "max" : effort;
}
