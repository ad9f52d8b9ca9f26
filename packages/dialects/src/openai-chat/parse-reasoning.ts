import type { Reasoning, ReasoningEffort } from "../conversation.ts";
import type { Fields } from "../json/fields.ts";

const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra"] as const;

/**
 * How much the model should think: `reasoning_effort`, the `reasoning` object
 * of OpenRouter and Ollama, or `chat_template_kwargs.enable_thinking`.
 *
 * @throws ProxyError `invalid_request`
 */
export function parseReasoning(body: Fields): Reasoning | undefined {
  const stated = body.optionalObject("reasoning");
  const effort =
    toEffort(body.optionalChoice("reasoning_effort", EFFORTS)) ??
    toEffort(stated?.optionalChoice("effort", EFFORTS)) ??
    (isSwitchedOff(body, stated) ? "none" : undefined);
  const budgetTokens = stated?.optionalInteger("max_tokens", { min: 1 });
  if (effort === undefined && budgetTokens === undefined) return undefined;
  return { effort, budgetTokens };
}

function toEffort(word: (typeof EFFORTS)[number] | undefined): ReasoningEffort | undefined {
  return word === "xhigh" || word === "ultra" ? "max" : word;
}

function isSwitchedOff(body: Fields, reasoning: Fields | undefined): boolean {
  const template = body.optionalObject("chat_template_kwargs");
  return (
    reasoning?.optionalBoolean("enabled") === false ||
    template?.optionalBoolean("enable_thinking") === false ||
    // DeepSeek's templates have their own name for it.
    template?.optionalBoolean("thinking") === false
  );
}
