import { failures, type ErrorCode } from "../domain/failure.ts";
import type {
  LatencyStats,
  RequestOutcome,
  StatsCollector,
  TrafficStats,
} from "../ports/stats-collector.ts";

/** A request that was answered at once with 200, by nobody in particular. */
export function makeOutcome(over: Partial<RequestOutcome> = {}): RequestOutcome {
  return {
    endpoint: undefined,
    operation: undefined,
    model: undefined,
    status: 200,
    code: undefined,
    durationMs: 10,
    firstByteMs: 5,
    firstTokenMs: undefined,
    tokensPerSecond: undefined,
    requestBytes: 0,
    responseBytes: 0,
    attempts: 1,
    inputTokens: 0,
    outputTokens: 0,
    client: "192.0.2.1",
    fallback: false,
    missedModel: undefined,
    unsentModel: undefined,
    ...over,
  };
}

export interface RecordingStatsOptions {
  /** Milliseconds since 1970, for `lastUsedAt`; default always 0. */
  readonly wallTime?: () => number;
}

/** A collector that keeps every outcome for a test to read, and computes its figures from them. */
export interface RecordingStats extends StatsCollector {
  readonly outcomes: readonly RequestOutcome[];
}

interface Recorded {
  readonly outcome: RequestOutcome;
  readonly at: number;
}

/** @see RecordingStats */
export function createRecordingStats({
  wallTime = () => 0,
}: RecordingStatsOptions = {}): RecordingStats {
  const outcomes: RequestOutcome[] = [];
  const recorded: Recorded[] = [];
  return {
    outcomes,
    record(outcome) {
      outcomes.push(outcome);
      recorded.push({ outcome, at: wallTime() });
    },
    totals: () => summarise(recorded),
    endpoint: ({ slot }) =>
      summarise(recorded.filter(({ outcome }) => outcome.endpoint?.slot === slot)),
    model: ({ slot }) => summarise(recorded.filter(({ outcome }) => outcome.model?.slot === slot)),
    codes() {
      const counts = new Map<ErrorCode, number>();
      for (const { code } of outcomes) {
        if (code !== undefined) counts.set(code, (counts.get(code) ?? 0) + 1);
      }
      return counts;
    },
  };
}

function isRefusal({ code, attempts }: RequestOutcome): boolean {
  if (code === undefined || code === "client_aborted") return false;
  return attempts === 0 && failures[code].origin !== "upstream";
}

function summarise(recorded: readonly Recorded[]): TrafficStats {
  const outcomes = recorded.map(({ outcome }) => outcome);
  const delivered = outcomes.filter(({ code }) => code === undefined);
  const refused = outcomes.filter(isRefusal).length;
  const aborted = outcomes.filter(({ code }) => code === "client_aborted").length;
  return {
    requests: outcomes.length,
    succeeded: delivered.length,
    failed: outcomes.length - delivered.length - refused - aborted,
    refused,
    aborted,
    requestBytes: sum(outcomes.map(({ requestBytes }) => requestBytes)),
    responseBytes: sum(outcomes.map(({ responseBytes }) => responseBytes)),
    retries: sum(outcomes.map(({ attempts }) => Math.max(0, attempts - 1))),
    inputTokens: sum(outcomes.map(({ inputTokens }) => inputTokens)),
    outputTokens: sum(outcomes.map(({ outputTokens }) => outputTokens)),
    latency: latencyOf(delivered.map(({ durationMs }) => durationMs)),
    firstByte: latencyOf(
      delivered.map(({ firstByteMs }) => firstByteMs).filter((value) => value !== undefined),
    ),
    ...speedOf(outcomes),
    lastUsedAt: recorded.at(-1)?.at,
  };
}

function speedOf(
  outcomes: readonly RequestOutcome[],
): Pick<TrafficStats, "firstTokenMs" | "tokensPerSecond"> {
  const waits = outcomes.flatMap(({ firstTokenMs }) => firstTokenMs ?? []);
  const rated = outcomes.flatMap(({ outputTokens: tokens, tokensPerSecond: rate = 0 }) =>
    tokens > 0 && rate > 0 ? [{ tokens, seconds: tokens / rate }] : [],
  );
  const seconds = sum(rated.map((one) => one.seconds));
  return {
    firstTokenMs: waits.length === 0 ? 0 : sum(waits) / waits.length,
    tokensPerSecond: seconds === 0 ? 0 : sum(rated.map(({ tokens }) => tokens)) / seconds,
  };
}

function latencyOf(values: readonly number[]): LatencyStats {
  const sorted = values.toSorted((one, other) => one - other);
  const percentile = (share: number): number =>
    sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return {
    averageMs: sorted.length === 0 ? 0 : sum(sorted) / sorted.length,
    minMs: sorted[0] ?? 0,
    maxMs: sorted.at(-1) ?? 0,
    p50Ms: percentile(0.5),
    p95Ms: percentile(0.95),
    p99Ms: percentile(0.99),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
