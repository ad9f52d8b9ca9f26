import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";

/** What a health probe sends. */
export interface ProbeInit {
  readonly method: "GET";
  readonly headers: [string, string][];
  readonly signal: AbortSignal;
}

/** What a health probe reads of an answer. */
export interface ProbeAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** Leaving the iteration early ends the connection. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * The part of `fetch` that probes need, at a small part of its cost: with a thousand endpoints
 * nothing else runs as often. Each probe has a connection of its own, so that it also tells
 * whether one can be made. Follows no redirect.
 *
 * @throws whatever the connection failed with
 */
export function probeFetch(
  url: string,
  { method, headers, signal }: ProbeInit,
): Promise<ProbeAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ProbeAnswer>();
  const send = url.startsWith("https:") ? requestHttps : requestHttp;
  const sent = send(url, { method, agent: false, signal });
  for (const [name, value] of headers) sent.setHeader(name, value);
  sent.on("response", (answer) => resolve(toAnswer(answer)));
  sent.on("error", reject);
  sent.end();
  return promise;
}

function toAnswer(answer: IncomingMessage): ProbeAnswer {
  return {
    status: answer.statusCode ?? 0,
    headers: {
      get(name) {
        const value = answer.headers[name.toLowerCase()];
        return Array.isArray(value) ? value.join(", ") : (value ?? null);
      },
    },
    body: answer,
  };
}
