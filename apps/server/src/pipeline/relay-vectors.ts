import { headerValue, type HeaderList } from "@olla-ts/core";
import type { Clock, ProxyResponse } from "@olla-ts/core/ports";

import type { Exchange } from "./exchange.ts";
import { readText } from "./read-text.ts";
import { sendWhole } from "./send-whole.ts";

/** Largest answer that is looked into. */
const MAX_ANSWER_BYTES = 64 * 1_024 * 1_024;

/** Fields about the bytes of a body, which are written anew. */
const OF_THE_BODY: ReadonlySet<string> = new Set([
  "content-length",
  "content-type",
  "transfer-encoding",
]);

/**
 * Whether the answer holds vectors of which the client wants each as one text, and
 * it is readable as it is. Most client libraries of the OpenAI API ask for that
 * unasked, not every backend heeds it, and older libraries take numbers for nothing.
 */
export function wantsVectorTexts({ intent, body }: Exchange, upstream: ProxyResponse): boolean {
  if (intent?.operation !== "embeddings" || upstream.status !== 200 || body === undefined)
    return false;
  const coding = headerValue(upstream.headers, "content-encoding") ?? "identity";
  return coding === "identity" && /"encoding_format"\s*:\s*"base64"/.test(body.toString("latin1"));
}

export interface VectorRelayOptions {
  /** Fields of the answer, those of the backend among them. */
  readonly fields: HeaderList;
  readonly clock: Clock;
  /** The answer with its vectors as texts. */
  readonly encodeVectors: (answer: string) => string;
}

/**
 * Sends an answer on with its vectors as texts; one that has them so already stays as it is.
 *
 * @throws ProxyError while nothing was sent to the client
 */
export async function relayVectors(
  exchange: Exchange,
  upstream: ProxyResponse,
  { fields, clock, encodeVectors }: VectorRelayOptions,
): Promise<void> {
  const text = await readText(upstream, MAX_ANSWER_BYTES);
  const hasNumbers = /"embedding"\s*:\s*\[/.test(text);
  const kept = fields.flatMap((name, index) =>
    index % 2 === 1 || OF_THE_BODY.has(name.toLowerCase()) ? [] : [name, fields[index + 1] ?? ""],
  );
  const type = headerValue(upstream.headers, "content-type") ?? "application/json";
  const body = hasNumbers ? encodeVectors(text) : text;
  await sendWhole(exchange, upstream.status, type, body, { fields: kept, clock });
}
