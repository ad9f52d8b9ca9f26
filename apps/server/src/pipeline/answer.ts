import { planServing, type HeaderList, type RoutedDecision } from "@olla-ts/core";
import type { Clock, ProxyResponse } from "@olla-ts/core/ports";

import { limitFields, withoutBodyFields } from "./backend-fields.ts";
import type { Exchange } from "./exchange.ts";
import { forward, type ForwardOptions } from "./forward.ts";
import { holdAnswer } from "./hold-answer.ts";
import type { NativeSupport } from "./native-support.ts";
import { readNativeError } from "./relay-native-error.ts";
import { relayTranslated } from "./relay-translated.ts";
import { relayVectors, wantsVectorTexts } from "./relay-vectors.ts";
import { relay } from "./relay.ts";
import { clientHeaders, translatedAnswerHeaders } from "./response-headers.ts";
import { sendWhole } from "./send-whole.ts";
import type { UsageReader } from "./usage-reader.ts";

export interface AnswerOptions extends ForwardOptions {
  readonly clock: Clock;
  /** Rate-limit fields that every answer of a proxy route carries. */
  readonly rateFields: (exchange: Exchange) => HeaderList;
  /** Longest silence inside a stream, in milliseconds; 0 keeps silent. */
  readonly keepAliveMs: number;
  /** Most of an answer that is held back to be sent at once; 0 holds nothing. */
  readonly heldBytes: number;
  readonly native: NativeSupport;
  /** Made for each answer that is passed on and may state tokens. */
  readonly createUsageReader: (type: string) => UsageReader;
  /** The answer of an embedding call with its vectors as texts. */
  readonly encodeVectors: (answer: string) => string;
}

/**
 * Sixth step: the answer as it came, or anew in the client's dialect, as the
 * endpoint's plan says. Resolves when the client has it, or nobody wants it.
 *
 * @throws ProxyError while nothing was sent to the client
 */
export async function answer(
  exchange: Exchange,
  decision: RoutedDecision,
  upstream: ProxyResponse,
  options: AnswerOptions,
): Promise<void> {
  const { plan, translation } = exchange;
  const { version, clock, keepAliveMs, heldBytes, rateFields, createUsageReader } = options;
  if (plan?.mode === "translated" && plan.operation !== undefined && translation !== undefined) {
    const fields = translatedAnswerHeaders(exchange, decision, version, rateFields(exchange));
    await relayTranslated(exchange, translation, upstream, plan.operation, {
      fields,
      clock,
      keepAliveMs,
      heldBytes,
      createUsageReader,
    });
  } else if (upstream.status >= 400 && isAnthropic(exchange)) {
    await answerNativeError(exchange, decision, upstream, options);
  } else if (wantsVectorTexts(exchange, upstream)) {
    const fields = clientHeaders(exchange, decision, version, rateFields(exchange));
    const { encodeVectors } = options;
    await relayVectors(exchange, upstream, { fields, clock, encodeVectors });
  } else if (heldBytes > 0) {
    const held = await holdAnswer(exchange, upstream, heldBytes);
    exchange.upstream = { ...upstream, headers: held.headers };
    await relay(exchange, decision, held, options);
  } else await relay(exchange, decision, upstream, options);
}

/**
 * An Anthropic request that its backend refused. Where the backend has no such
 * path after all, the same endpoint is asked again in its own dialect.
 */
async function answerNativeError(
  exchange: Exchange,
  decision: RoutedDecision,
  upstream: ProxyResponse,
  options: AnswerOptions,
): Promise<void> {
  const { translation, requestId } = exchange;
  const { version, clock, rateFields, native } = options;
  if (translation === undefined) {
    await relay(exchange, decision, upstream, options);
    return;
  }
  const error = await readNativeError(upstream, translation, requestId);
  if (!error.pathExists && canTranslate(exchange, upstream)) {
    native.refuse(upstream.endpoint, "messages");
    const again = { ...decision, candidates: [upstream.endpoint] };
    await answer(exchange, again, await forward(exchange, again, options), options);
    return;
  }
  const fields = error.isOwn
    ? withoutBodyFields(clientHeaders(exchange, decision, version, rateFields(exchange)))
    : [
        ...translatedAnswerHeaders(exchange, decision, version, rateFields(exchange)),
        ...limitFields(upstream.headers, translation),
      ];
  await sendWhole(exchange, upstream.status, "application/json", error.body, { fields, clock });
}

function isAnthropic({ intent }: Exchange): boolean {
  return intent?.operation === "messages" || intent?.operation === "count_tokens";
}

/** Whether the endpoint could be asked in another dialect. */
function canTranslate({ table, intent }: Exchange, { endpoint }: ProxyResponse): boolean {
  if (intent?.operation !== "messages") return false;
  const profile = table.profiles.get(endpoint.type);
  return planServing(profile, "messages", false).mode === "translated";
}
