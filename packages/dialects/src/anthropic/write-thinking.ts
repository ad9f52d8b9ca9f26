import type { Conversation, JsonObject, ReasoningEffort } from "../conversation.ts";
import type { DroppedNames } from "./dropped-names.ts";
import { EFFORT_BUDGETS, effortOfBudget } from "./reasoning.ts";

/** Least thinking budget that Anthropic takes, in tokens. */
const MIN_BUDGET = 1_024;

/** The part of a request that says how much to think. */
export interface WrittenThinking {
  readonly thinking: JsonObject | undefined;
  /** For `output_config`. */
  readonly effort: string | undefined;
  readonly maxTokens: number;
  readonly isThinking: boolean;
}

/** What the request is written for. */
export interface ThinkingRules {
  /** Anthropic's own service knows efforts; its imitations know budgets alone. */
  readonly isHosted: boolean;
  /** `max_tokens` when the client names none. */
  readonly defaultMaxTokens: number;
  readonly dropped: DroppedNames;
}

/** Writes `thinking`, `output_config.effort` and the `max_tokens` that a budget must stay below. */
export function writeThinking(conversation: Conversation, rules: ThinkingRules): WrittenThinking {
  const { reasoning, toolChoice, tools } = conversation;
  const maxTokens = conversation.maxTokens ?? rules.defaultMaxTokens;
  const off = { thinking: undefined, effort: undefined, maxTokens, isThinking: false };
  if (reasoning === undefined) return off;
  if (reasoning.effort === "none") return { ...off, thinking: { type: "disabled" } };
  const isForced =
    tools.length > 0 && (toolChoice?.type === "required" || toolChoice?.type === "tool");
  if (rules.isHosted && isForced) {
    // Anthropic refuses thinking together with a forced tool.
    rules.dropped.add("reasoning_effort");
    return off;
  }
  if (rules.isHosted && reasoning.budgetTokens === undefined) {
    const effort = effortName(reasoning.effort);
    return { thinking: { type: "adaptive" }, effort, maxTokens, isThinking: true };
  }
  const wanted = reasoning.budgetTokens ?? EFFORT_BUDGETS[reasoning.effort ?? "medium"];
  const budget = fitBudget(wanted, conversation.maxTokens);
  if (budget === undefined) {
    rules.dropped.add("reasoning_effort");
    return off;
  }
  const isOwnEffort = reasoning.effort !== undefined && reasoning.effort !== effortOfBudget(wanted);
  return {
    thinking: { type: "enabled", budget_tokens: budget },
    effort: rules.isHosted && isOwnEffort ? effortName(reasoning.effort) : undefined,
    maxTokens: conversation.maxTokens ?? budget + rules.defaultMaxTokens,
    isThinking: true,
  };
}

/** The budget, or half of `max_tokens` when it leaves nothing for the answer; undefined: no room. */
function fitBudget(wanted: number, maxTokens: number | undefined): number | undefined {
  if (maxTokens === undefined || wanted < maxTokens) return wanted;
  const half = Math.floor(maxTokens / 2);
  return half >= MIN_BUDGET ? half : undefined;
}

function effortName(effort: ReasoningEffort | undefined): string | undefined {
  return effort === "minimal" || effort === "none" ? "low" : effort;
}
