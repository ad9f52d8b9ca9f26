import type { LiveHistory, LiveReport, LiveRequest, LiveRequests } from "@olla-ts/core/ports";

/** What is known so far; topics that no view asked for are absent. */
export type Known = { readonly [Topic in keyof LiveReport]?: LiveReport[Topic] };

/** Samples kept, whatever the gateway keeps. */
const MOST_SAMPLES = 5_000;

/** What is known after one more document. Parts that go on from what is known are added to it. */
export function merge<Topic extends keyof LiveReport>(
  known: Known,
  topic: Topic,
  document: LiveReport[Topic],
): Known {
  const next: Known = { ...known, [topic]: document };
  if (topic === "history" && next.history !== undefined) {
    return { ...next, history: mergeHistory(known.history, next.history) };
  }
  if (topic === "requests" && next.requests !== undefined) {
    return { ...next, requests: mergeRequests(known.requests, next.requests) };
  }
  return next;
}

function mergeRequests(known: LiveRequests | undefined, more: LiveRequests): LiveRequests {
  if (known === undefined || more.first !== known.first + known.requests.length) return more;
  const all: readonly LiveRequest[] = [...known.requests, ...more.requests];
  const dropped = Math.max(0, all.length - more.kept);
  return { first: known.first + dropped, kept: more.kept, requests: all.slice(dropped) };
}

function mergeHistory(known: LiveHistory | undefined, more: LiveHistory): LiveHistory {
  if (known === undefined || more.first !== known.first + known.at.length) return more;
  const capacity = Math.min(MOST_SAMPLES, Math.ceil(3_600_000 / more.everyMs));
  const dropped = Math.max(0, known.at.length + more.at.length - capacity);
  const joined = <T>(before: readonly T[], after: readonly T[]): readonly T[] =>
    [...before, ...after].slice(dropped);
  return {
    first: known.first + dropped,
    everyMs: more.everyMs,
    at: joined(known.at, more.at),
    succeeded: joined(known.succeeded, more.succeeded),
    failed: joined(known.failed, more.failed),
    refused: joined(known.refused, more.refused),
    tokens: joined(known.tokens, more.tokens),
    inFlight: joined(known.inFlight, more.inFlight),
    p50Ms: joined(known.p50Ms, more.p50Ms),
    p95Ms: joined(known.p95Ms, more.p95Ms),
    firstTokenP50Ms: joined(known.firstTokenP50Ms, more.firstTokenP50Ms),
    firstTokenP95Ms: joined(known.firstTokenP95Ms, more.firstTokenP95Ms),
  };
}
