import type { Operation } from "@olla-ts/core";
import type { PassthroughFallback, TranslatorName, TranslatorUse } from "@olla-ts/core/ports";

import { ANTHROPIC } from "./anthropic-request.ts";
import type { Exchange } from "./exchange.ts";

const MESSAGES_PATH = "/v1/messages";

/** Translator of an operation. Counts of tokens are no conversations and have none. */
const TRANSLATORS: Readonly<Partial<Record<Operation, TranslatorName>>> = {
  messages: "anthropic",
  chat: "openai-chat",
  responses: "openai-responses",
  ollama_chat: "ollama",
  ollama_generate: "ollama",
  ollama_embed: "ollama",
  ollama_embeddings: "ollama",
};

/**
 * What a translator had to do with a request that is over. Messages of the Anthropic
 * API always count, even passed through or refused; others only when they needed a
 * translation.
 */
export function translatorUse(exchange: Exchange): TranslatorUse | undefined {
  const translator = translatorOf(exchange);
  if (translator === undefined) return undefined;
  const { plan, translation, intent, startedAt, firstByteAt } = exchange;
  const firstAt = exchange.firstTokenAt ?? firstByteAt;
  const mode = plan?.mode ?? "translated";
  return {
    translator,
    mode,
    fallback: fallbackOf(exchange),
    stream: translation?.stream ?? intent?.stream ?? false,
    firstTokenMs: firstAt === undefined ? undefined : firstAt - startedAt,
    dropped: mode === "translated" ? exchange.dropped : [],
  };
}

function translatorOf({ intent, plan, translation, route }: Exchange): TranslatorName | undefined {
  if (intent === undefined) {
    return route.prefix === ANTHROPIC && route.path === MESSAGES_PATH ? "anthropic" : undefined;
  }
  const { operation } = intent;
  if (operation === undefined) return undefined;
  const counts =
    operation === "messages" || translation !== undefined || plan?.mode === "translated";
  return counts ? TRANSLATORS[operation] : undefined;
}

/** Every translator can pass requests through, so that this is never the reason. */
function fallbackOf({ plan, decision }: Exchange): PassthroughFallback | undefined {
  if (decision?.action === "rejected") return "no_compatible_endpoints";
  return plan?.mode === "translated" ? "cannot_passthrough" : undefined;
}
