import { planServing, type Operation, type RoutedDecision } from "@olla-ts/core";

import type { Exchange } from "./exchange.ts";
import type { NativeSupport } from "./native-support.ts";
import type { TranslationFactory } from "./translation.ts";

export interface UnderstandOptions {
  /** Undefined: nothing is translated, every request goes out as it came. */
  readonly translate: TranslationFactory | undefined;
  readonly native: NativeSupport;
}

/** Requests of these are validated whoever serves them. */
const VALIDATED: ReadonlySet<Operation> = new Set(["messages", "count_tokens"]);

/**
 * Between route and forward: reads the request as a conversation where nobody can
 * serve it as it is, or where its API is one that the gateway validates. Any other
 * request is not parsed.
 *
 * @throws ProxyError `invalid_request` naming the field
 */
export function understand(
  exchange: Pick<Exchange, "intent" | "body" | "table" | "translation">,
  { candidates }: RoutedDecision,
  { translate, native }: UnderstandOptions,
): void {
  const { intent, body, table } = exchange;
  const operation = intent?.operation;
  if (translate === undefined || operation === undefined || body === undefined) return;
  const servedAsItIs = candidates.some((endpoint) => {
    const profile = table.profiles.get(endpoint.type);
    const allowed = native.allows(endpoint, profile, operation, undefined);
    return planServing(profile, operation, allowed).mode === "passthrough";
  });
  if (servedAsItIs && !VALIDATED.has(operation)) return;
  exchange.translation = translate(operation, body, intent?.model ?? "");
}
