import {
  bucketOf,
  type Endpoint,
  type ErrorCode,
  HISTOGRAM_BUCKETS,
  type RoutingDecision,
} from "@olla-ts/core";
import type {
  Attempt,
  Clock,
  LiveAttempt,
  LiveError,
  LiveRequest,
  LiveRequests,
  RecentFigures,
  RequestOutcome,
} from "@olla-ts/core/ports";

import type { Exchange } from "../pipeline/exchange.ts";
import { NO_RECENT_TRAFFIC, TrafficWindow } from "./traffic-window.ts";

export interface RequestWatchOptions {
  readonly clock: Clock;
  /** Latest requests kept. */
  readonly capacity: number;
  /** Endpoints, and models, with figures of their own. */
  readonly maxEndpoints: number;
  readonly maxModels: number;
  readonly redactQuery: (query: string) => string;
}

/** The last minute of traffic and the latest requests, for an operator's page. Bounded. */
export interface RequestWatch {
  /** On the request path, once per request: allocates one small object. */
  readonly record: (exchange: Exchange, outcome: RequestOutcome) => void;
  readonly total: () => RecentFigures;
  readonly endpoint: (name: string) => RecentFigures;
  readonly model: (name: string) => RecentFigures;
  /** First tokens of streams since the start: counts per log-linear bucket of microseconds. A copy. */
  readonly firstTokens: () => Uint32Array;
  /** The latest first. */
  readonly lastErrors: (endpoint: string) => readonly LiveError[];
  /** Those kept with a number of at least `first`. */
  readonly requests: (first: number) => LiveRequests;
  /** Forgets the figures of what had no request in the last minute. Off the request path. */
  readonly sweep: () => void;
}

const ERRORS_PER_ENDPOINT = 5;

/** Longest part of a client's text that is kept, in characters. */
const LONGEST_TEXT = 256;

/** What is kept of a request. The decision is kept as it is, and told when somebody asks. */
interface Kept {
  readonly told: Omit<
    LiveRequest,
    "candidates" | "excluded" | "attempts" | "strategy" | "action" | "reason"
  >;
  readonly decision: RoutingDecision | undefined;
  readonly answered: Endpoint | undefined;
  readonly failures: readonly Attempt[];
  readonly tried: readonly Endpoint[] | undefined;
  readonly lastTried: Endpoint | undefined;
}

export function createRequestWatch({
  clock,
  capacity,
  maxEndpoints,
  maxModels,
  redactQuery,
}: RequestWatchOptions): RequestWatch {
  const ring: Kept[] = [];
  let recorded = 0;
  const total = new TrafficWindow(clock.now());
  const firstTokens = new Uint32Array(HISTOGRAM_BUCKETS);
  const endpoints = new Map<string, TrafficWindow>();
  const models = new Map<string, TrafficWindow>();
  const errors = new Map<string, LiveError[]>();

  function count(
    windows: Map<string, TrafficWindow>,
    capacityOfKind: number,
    name: string,
    now: number,
  ): TrafficWindow | undefined {
    const known = windows.get(name);
    if (known !== undefined || windows.size >= capacityOfKind) return known;
    // A minute counts in full: what is seen for the first time was silent before.
    const fresh = new TrafficWindow(Math.min(now, total.startedAt));
    windows.set(name, fresh);
    return fresh;
  }

  function noteError(endpoint: string, error: LiveError): void {
    const known = errors.get(endpoint);
    if (known !== undefined) {
      known.unshift(error);
      if (known.length > ERRORS_PER_ENDPOINT) known.pop();
    } else if (errors.size < maxEndpoints) errors.set(endpoint, [error]);
  }

  return {
    record(exchange, outcome) {
      const now = clock.now();
      const at = clock.wallTime();
      const { endpoint, model, code, status } = outcome;
      const entry = {
        failed: isFailure(code, status),
        succeeded: code === undefined && status < 400,
        durationMs: outcome.durationMs,
        firstTokenMs: firstTokenMs(exchange),
        outputTokens: outcome.outputTokens,
      };
      total.add(now, entry);
      if (entry.succeeded && entry.firstTokenMs !== undefined) {
        const bucket = bucketOf(entry.firstTokenMs * 1_000);
        firstTokens[bucket] = (firstTokens[bucket] ?? 0) + 1;
      }
      if (endpoint !== undefined) {
        count(endpoints, maxEndpoints, endpoint.name, now)?.add(now, entry);
      }
      if (model !== undefined) count(models, maxModels, model.name, now)?.add(now, entry);
      for (const { endpoint: tried, error } of exchange.upstream?.attempts ?? []) {
        if (error === undefined) continue;
        noteError(tried.name, { at, code: error.code, status: 0, message: error.message });
      }
      if (entry.failed && endpoint !== undefined && code !== undefined) {
        const message = exchange.error?.message ?? `It answered with status ${status}.`;
        noteError(endpoint.name, { at, code, status, message: shorten(message) });
      }
      if (capacity === 0) return;
      ring[recorded % capacity] = {
        told: toldOf(exchange, outcome, { sequence: recorded, at, redactQuery }),
        decision: exchange.decision,
        answered: exchange.upstream?.endpoint,
        failures: exchange.upstream?.attempts ?? [],
        tried: exchange.triedBefore,
        lastTried: exchange.lastTried,
      };
      recorded += 1;
    },
    total: () => total.read(clock.now()),
    endpoint: (name) => endpoints.get(name)?.read(clock.now()) ?? NO_RECENT_TRAFFIC,
    model: (name) => models.get(name)?.read(clock.now()) ?? NO_RECENT_TRAFFIC,
    firstTokens: () => firstTokens.slice(),
    lastErrors: (endpoint) => errors.get(endpoint) ?? [],
    requests(first) {
      const from = Math.max(first, recorded - ring.length, 0);
      const requests: LiveRequest[] = [];
      for (let sequence = from; sequence < recorded; sequence += 1) {
        const kept = ring[sequence % capacity];
        if (kept !== undefined) requests.push(explained(kept));
      }
      return { first: from, kept: capacity, requests };
    },
    sweep() {
      const now = clock.now();
      for (const windows of [endpoints, models]) {
        for (const [name, window] of windows) if (window.isIdle(now)) windows.delete(name);
      }
    },
  };
}

/** Failures of the gateway and of backends, streams that broke among them; a client that left or was refused is none. */
function isFailure(code: ErrorCode | undefined, status: number): boolean {
  if (code === "client_aborted") return false;
  return status >= 500 || (code !== undefined && status < 400);
}

function firstTokenMs(exchange: Exchange): number | undefined {
  const { firstTokenAt, firstByteAt, startedAt, intent } = exchange;
  if (intent?.stream !== true) return undefined;
  const at = firstTokenAt ?? firstByteAt;
  return at === undefined ? undefined : at - startedAt;
}

function toldOf(
  exchange: Exchange,
  outcome: RequestOutcome,
  {
    sequence,
    at,
    redactQuery,
  }: {
    readonly sequence: number;
    readonly at: number;
    readonly redactQuery: RequestWatchOptions["redactQuery"];
  },
): Kept["told"] {
  const { request, intent, sticky, error, plan } = exchange;
  const { url = "/", headers } = request;
  const question = url.indexOf("?");
  const asked = intent?.model;
  const served = outcome.model?.name;
  return {
    sequence,
    at,
    id: exchange.requestId,
    client: exchange.clientAddress,
    userAgent: shortened(headers["user-agent"]),
    method: request.method ?? "GET",
    path: shorten(question === -1 ? url : url.slice(0, question)),
    query: question === -1 ? undefined : shorten(redactQuery(url.slice(question + 1))),
    operation: intent?.operation,
    model: shortened(asked),
    servedModel: served?.toLowerCase() === asked?.toLowerCase() ? undefined : served,
    stream: intent?.stream ?? false,
    translated: plan?.mode === "translated",
    status: outcome.status,
    code: outcome.code,
    error: shortened(error?.message),
    durationMs: outcome.durationMs,
    firstTokenMs: firstTokenMs(exchange),
    requestBytes: outcome.requestBytes,
    responseBytes: outcome.responseBytes,
    inputTokens: outcome.inputTokens,
    outputTokens: outcome.outputTokens,
    endpoint: outcome.endpoint?.name,
    sticky: sticky === "disabled" ? undefined : sticky,
  };
}

function explained(kept: Kept): LiveRequest {
  const { told, decision } = kept;
  return {
    ...told,
    strategy: decision?.strategy,
    action: decision?.action,
    reason: decision === undefined ? undefined : shorten(decision.reason),
    candidates:
      decision === undefined || decision.action === "rejected"
        ? []
        : decision.candidates.map(({ name }) => name),
    excluded: (decision?.excluded ?? []).map(({ endpoint, rule, detail }) => ({
      endpoint: endpoint.name,
      rule,
      detail,
    })),
    attempts: attemptsOf(kept),
  };
}

function attemptsOf({ told, answered, failures, tried = [], lastTried }: Kept): LiveAttempt[] {
  if (lastTried === undefined) return [];
  return [...tried, lastTried].map((endpoint) => {
    const isAnswer = endpoint === answered;
    const failure = failures.find((one) => one.endpoint === endpoint)?.error?.code;
    const isEnd = isAnswer || (answered === undefined && endpoint === lastTried);
    // Who is left out of the failures of a request that was answered said that it was busy.
    const busy = answered === undefined ? undefined : "upstream_busy";
    const code = isEnd ? told.code : (failure ?? busy);
    return { endpoint: endpoint.name, answered: isAnswer, code };
  });
}

/** A copy where it is cut: a part of a text would keep the whole of it in memory. */
function shorten(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  return `${Buffer.from(text.slice(0, LONGEST_TEXT)).toString()}…`;
}

function shortened(text: string | undefined): string | undefined {
  return text === undefined ? undefined : shorten(text);
}
