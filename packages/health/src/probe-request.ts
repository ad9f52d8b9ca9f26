import { isHopByHop, type HeaderList } from "@olla-ts/core";

import { unusableAnswer, verdictOfAnswer, type Verdict } from "./probe-verdict.ts";

/** Bytes of a body that are read, so that its connection can be used again; more is cancelled. */
const MAX_BODY_BYTES = 65_536;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What a probe hands to `fetch`. */
export interface ProbeInit {
  readonly method: "GET";
  readonly headers: [string, string][];
  readonly redirect: "manual";
  readonly signal: AbortSignal;
}

/** What a probe reads of a response. */
export interface ProbeResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** Leaving the iteration early cancels the rest. */
  readonly body: AsyncIterable<Uint8Array> | null;
}

/** The part of `globalThis.fetch` that probes use. */
export type ProbeFetch = (url: string, init: ProbeInit) => Promise<ProbeResponse>;

/**
 * Fields of a probe. Those of the endpoint replace the probe's own of the same
 * name; connection fields are left to the client.
 */
export function probeHeaders(version: string, ofEndpoint: HeaderList): [string, string][] {
  const fields = new Map<string, [string, string]>([
    ["user-agent", ["User-Agent", `olla-HealthChecker/${version}`]],
    ["accept", ["Accept", "application/json, text/plain, */*"]],
    ["cache-control", ["Cache-Control", "no-cache"]],
  ]);
  for (let index = 0; index + 1 < ofEndpoint.length; index += 2) {
    const name = ofEndpoint[index] ?? "";
    const lower = name.toLowerCase();
    if (isHopByHop(lower) || lower === "host" || lower === "content-length") continue;
    fields.set(lower, [name, ofEndpoint[index + 1] ?? ""]);
  }
  return [...fields.values()];
}

/**
 * Sends one `GET` and judges the answer. A redirect is followed once, and only
 * within the origin: credentials never reach another one.
 *
 * @throws whatever `fetch` rejects with when there is no answer
 */
export async function requestVerdict(
  fetch: ProbeFetch,
  url: string,
  init: ProbeInit,
  wallTime: () => number,
): Promise<Verdict> {
  const first = await fetch(url, init);
  const target = redirectTarget(first, url);
  if (target === undefined) return answerVerdict(first, wallTime);
  await beginning(first.body);
  if (target?.origin !== new URL(url).origin) {
    return unusableAnswer(`HTTP ${first.status}: redirect to another origin, not followed`);
  }
  const second = await fetch(target.href, init);
  if (redirectTarget(second, target.href) === undefined) return answerVerdict(second, wallTime);
  await beginning(second.body);
  return unusableAnswer(`HTTP ${second.status}: redirected more than once`);
}

/** Where a redirect leads; null when that is no URL, undefined when it is no redirect. */
function redirectTarget(response: ProbeResponse, base: string): URL | null | undefined {
  if (!REDIRECTS.has(response.status)) return undefined;
  const location = response.headers.get("location");
  return location === null ? undefined : URL.parse(location, base);
}

async function answerVerdict(response: ProbeResponse, wallTime: () => number): Promise<Verdict> {
  const text = await beginning(response.body);
  const { status, headers } = response;
  return verdictOfAnswer({ status, retryAfter: headers.get("retry-after"), text }, wallTime());
}

/** The first bytes as text. The head has decided: a body that breaks off or stalls changes nothing. */
async function beginning(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  try {
    for await (const chunk of body ?? []) {
      text += decoder.decode(chunk.subarray(0, MAX_BODY_BYTES - bytes), { stream: true });
      bytes += chunk.length;
      if (bytes >= MAX_BODY_BYTES) break;
    }
  } catch {
    return text;
  }
  return text;
}
