import {
  formatTraceparent,
  parseTraceparent,
  type Endpoint,
  type HeaderList,
  type TraceContext,
} from "@olla-ts/core";
import type { AttemptResult, Clock, RandomSource, UpstreamRequest } from "@olla-ts/core/ports";

/** How traces begin. */
export interface TraceRules {
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Share of requests without a trace of their own that are recorded, 0 to 1. */
  readonly sampleRatio: number;
}

/**
 * The exporter ignores a longer one; spans that wait for a collector must not hold what may be
 * as large as a whole request head.
 */
const LONGEST_STATE = 512;

/** One send to an endpoint. Times are monotonic milliseconds. */
export interface TracedAttempt {
  readonly spanId: string;
  readonly endpoint: Endpoint;
  readonly method: string;
  readonly startedAt: number;
  endedAt: number | undefined;
  result: AttemptResult | undefined;
}

/** A stretch of monotonic milliseconds. */
export interface TimeSpan {
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * What tracing notes of one request on its way, beside what the exchange holds anyway. A
 * request that is not sampled passes its trace on and notes nothing.
 */
export class RequestTrace {
  /** Of the gateway's own part. */
  readonly context: TraceContext;
  /** The client's span; undefined when the trace begins here. */
  readonly parentSpanId: string | undefined;
  readonly traceState: string | undefined;
  readonly attempts: TracedAttempt[] = [];
  /** Waits for room at an endpoint. */
  readonly waits: TimeSpan[] = [];
  /** When the request was first to be forwarded. */
  forwardedAt: number | undefined = undefined;
  readonly #rules: TraceRules;

  constructor(
    { traceparent, tracestate }: Readonly<Record<string, string | readonly string[] | undefined>>,
    rules: TraceRules,
  ) {
    const parent = typeof traceparent === "string" ? parseTraceparent(traceparent) : undefined;
    const { random, sampleRatio } = rules;
    this.#rules = rules;
    this.context = {
      traceId: parent?.traceId ?? randomHex(random, 4),
      spanId: randomHex(random, 2),
      isSampled: parent?.isSampled ?? random() < sampleRatio,
    };
    this.parentSpanId = parent?.spanId;
    // It belongs to the trace that came with it.
    this.traceState =
      parent !== undefined && typeof tracestate === "string" ? tracestate : undefined;
  }

  /** What its spans say of the trace's state. */
  get recordedState(): string | undefined {
    return (this.traceState?.length ?? 0) > LONGEST_STATE ? undefined : this.traceState;
  }

  /** A new id in this trace. */
  newSpanId(): string {
    return randomHex(this.#rules.random, 2);
  }

  /** Notes that there is nothing left to decide before the request goes out, or waits to. */
  forwarding(): void {
    this.forwardedAt ??= this.#rules.clock.now();
  }

  /** Notes how long a place was waited for. */
  async waitFor(place: Promise<void>): Promise<void> {
    const { clock } = this.#rules;
    const startedAt = clock.now();
    try {
      await place;
    } finally {
      this.waits.push({ startedAt, endedAt: clock.now() });
    }
  }

  /** What is sent to an endpoint, with the place of this attempt in the trace. */
  traced(endpoint: Endpoint, upstream: UpstreamRequest): UpstreamRequest {
    const spanId = this.newSpanId();
    const headers = withTraceContext(
      upstream.headers,
      formatTraceparent({ ...this.context, spanId }),
      this.traceState,
    );
    if (!this.context.isSampled) return { ...upstream, headers };
    const { clock } = this.#rules;
    const attempt: TracedAttempt = {
      spanId,
      endpoint,
      method: upstream.method,
      startedAt: clock.now(),
      endedAt: undefined,
      result: undefined,
    };
    this.attempts.push(attempt);
    return {
      ...upstream,
      headers,
      onEnd(result) {
        attempt.endedAt = clock.now();
        attempt.result = result;
      },
    };
  }
}

function withTraceContext(
  headers: HeaderList,
  traceparent: string,
  traceState: string | undefined,
): HeaderList {
  const fields: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? "";
    const lower = name.length === 11 || name.length === 10 ? name.toLowerCase() : "";
    if (lower === "traceparent" || lower === "tracestate") continue;
    fields.push(name, headers[index + 1] ?? "");
  }
  fields.push("traceparent", traceparent);
  if (traceState !== undefined) fields.push("tracestate", traceState);
  return fields;
}

/** Random hexadecimal digits, 8 for each word, not all of them 0. */
function randomHex(random: RandomSource, words: number): string {
  let digits = "";
  for (let word = 0; word < words; word += 1) {
    const least = word === words - 1 ? 1 : 0;
    const value = least + Math.floor(random() * (0x1_0000_0000 - least));
    digits += value.toString(16).padStart(8, "0");
  }
  return digits;
}
