import type { Clock, Logger, Span, SpanExporter } from "@olla-ts/core/ports";

import type { Collector, CollectorOptions } from "./collector.ts";

/** Told what became of spans; each is told of once. Must not throw. */
export interface SpanCounts {
  exported(spans: number): void;
  /** Without having been sent: there was no room. */
  overflowed(spans: number): void;
  /** The collector did not take them, or the time at the end was not enough. */
  failed(spans: number): void;
}

export interface SpanExporterOptions extends CollectorOptions {
  /** Spans that may wait; further ones are dropped. */
  readonly maxQueue: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly counts: SpanCounts;
  /** Default: the OTLP exporter of OpenTelemetry, which is loaded by then. */
  readonly connect?: (options: CollectorOptions) => Promise<Collector>;
}

/** Spans that are sent at a time. */
const BATCH = 512;
/** Longest wait for a batch to become full, in milliseconds. */
const BATCH_WAIT_MS = 1_000;
/** Longest time for what waits at the end, in milliseconds. */
const FLUSH_LIMIT_MS = 1_500;

/**
 * Sends spans in batches, one after the other, from a queue of fixed size. A collector
 * that is slow or away costs spans, never a request.
 */
export function createSpanExporter({
  maxQueue,
  clock,
  log,
  counts,
  connect = connectOtlp,
  ...collector
}: SpanExporterOptions): SpanExporter {
  let waiting: Span[] = [];
  let timer: Disposable | undefined;
  let connected: Promise<Collector> | undefined;
  /** Settles when nothing is being sent; undefined when nothing is. */
  let sending: Promise<void> | undefined;
  let isFailing = false;
  let isClosed = false;

  function flush(): Promise<void> {
    timer?.[Symbol.dispose]();
    timer = undefined;
    sending ??= sendAll().finally(() => {
      sending = undefined;
      if (waiting.length > 0) scheduleFlush();
    });
    return sending;
  }

  function scheduleFlush(): void {
    timer ??= clock.schedule(() => void flush(), BATCH_WAIT_MS);
  }

  /** Empties the queue, but for what is not worth a batch yet. */
  async function sendAll(): Promise<void> {
    do {
      const batch = waiting.slice(0, BATCH);
      waiting = waiting.slice(BATCH);
      await send(batch);
    } while (isBatchDue());
  }

  function isBatchDue(): boolean {
    return waiting.length >= BATCH || (isClosed && waiting.length > 0);
  }

  async function send(batch: readonly Span[]): Promise<void> {
    if (batch.length === 0) return;
    let fault: unknown;
    try {
      connected ??= connect(collector);
      await (await connected).send(batch);
    } catch (error) {
      fault = error;
    }
    if (fault === undefined) counts.exported(batch.length);
    else counts.failed(batch.length);
    tell(fault);
  }

  /** Once when it begins to fail and once when it works again, not for every batch. */
  function tell(fault: unknown): void {
    if ((fault !== undefined) === isFailing) return;
    isFailing = fault !== undefined;
    const { endpoint } = collector;
    if (isFailing) {
      log.warn({ endpoint: withoutQuery(endpoint), cause: messageOf(fault) }, "Spans are lost");
    } else log.info({ endpoint: withoutQuery(endpoint) }, "Spans are taken again");
  }

  return {
    export(spans) {
      const room = isClosed ? 0 : maxQueue - waiting.length;
      const taken = spans.length <= room ? spans : spans.slice(0, Math.max(0, room));
      for (const span of taken) waiting.push(span);
      if (taken.length < spans.length) counts.overflowed(spans.length - taken.length);
      if (waiting.length >= BATCH) void flush();
      else if (waiting.length > 0 && sending === undefined) scheduleFlush();
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      const { promise: outOfTime, resolve } = Promise.withResolvers<void>();
      using _limit = clock.schedule(resolve, Math.min(collector.timeoutMs, FLUSH_LIMIT_MS));
      await Promise.race([flush().then(() => flush()), outOfTime]);
      counts.failed(waiting.length);
      waiting = [];
      const open = await Promise.race([connected?.catch(() => undefined), outOfTime]);
      await Promise.race([open?.close(), outOfTime]);
    },
  };
}

/** Loaded when there are spans, so that nothing else pays for it. */
async function connectOtlp(options: CollectorOptions): Promise<Collector> {
  const { createOtlpCollector } = await import("./otlp-collector.ts");
  return createOtlpCollector(options);
}

/** A query may hold a key. */
function withoutQuery(address: string): string {
  return address.split("?", 1)[0] ?? address;
}

function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
