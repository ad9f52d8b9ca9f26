import type { Span } from "@olla-ts/core/ports";
import {
  createRecordingLogger,
  makeSpan,
  ManualClock,
  settle,
  type LogLine,
} from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import type { Collector } from "./collector.ts";
import { createSpanExporter } from "./span-exporter.ts";

const WORLD = {
  endpoint: "http://collector.test/v1/traces?key=hidden",
  headers: { "X-Key": "hidden" },
  serviceName: "olla",
  serviceVersion: "1.0.0",
  timeoutMs: 1_000,
};

function makeSpans(count: number): readonly Span[] {
  return Array.from({ length: count }, (_, index) => makeSpan({ name: `span-${index}` }));
}

/** An exporter in front of a collector that the test lets answer. */
function makeExporter(maxQueue = 10_000) {
  const clock = new ManualClock();
  const log: LogLine[] = [];
  const batches: number[] = [];
  const counts = { exported: 0, overflowed: 0, failed: 0 };
  const answers: { readonly resolve: () => void; readonly reject: (fault: Error) => void }[] = [];
  let closed = 0;
  let connections = 0;
  const collector: Collector = {
    send(spans) {
      batches.push(spans.length);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      answers.push({ resolve, reject });
      return promise;
    },
    close() {
      closed += 1;
      return Promise.resolve();
    },
  };
  const exporter = createSpanExporter({
    ...WORLD,
    maxQueue,
    clock,
    log: createRecordingLogger(log),
    counts: {
      exported: (spans) => void (counts.exported += spans),
      overflowed: (spans) => void (counts.overflowed += spans),
      failed: (spans) => void (counts.failed += spans),
    },
    connect() {
      connections += 1;
      return Promise.resolve(collector);
    },
  });
  async function take(): Promise<void> {
    answers.shift()?.resolve();
    await settle();
  }
  async function refuse(): Promise<void> {
    answers.shift()?.reject(new Error("unreachable"));
    await settle();
  }
  async function pass(milliseconds: number): Promise<void> {
    clock.advance(milliseconds);
    await settle();
  }
  return {
    exporter,
    batches,
    counts,
    log,
    take,
    refuse,
    pass,
    closed: () => closed,
    connections: () => connections,
  };
}

describe("createSpanExporter", () => {
  it("opens nothing before there are spans, and one thing then", async () => {
    const { exporter, pass, take, connections } = makeExporter();
    await pass(10_000);
    expect(connections()).toBe(0);
    for (let turn = 0; turn < 2; turn += 1) {
      exporter.export(makeSpans(1));
      await pass(1_000);
      await take();
    }
    expect(connections()).toBe(1);
  });

  it("sends what came within a second together, or a full batch at once", async () => {
    const { exporter, batches, pass, take, counts } = makeExporter();
    exporter.export(makeSpans(2));
    await pass(999);
    exporter.export(makeSpans(3));
    expect(batches).toEqual([]);
    await pass(1);
    expect(batches).toEqual([5]);
    await take();
    exporter.export(makeSpans(512));
    await settle();
    expect(batches).toEqual([5, 512]);
    await take();
    expect(counts).toEqual({ exported: 517, overflowed: 0, failed: 0 });
  });

  it("sends one batch at a time and drops what finds no room meanwhile", async () => {
    const { exporter, batches, counts, take } = makeExporter(600);
    exporter.export(makeSpans(512));
    await settle();
    exporter.export(makeSpans(599));
    exporter.export(makeSpans(3));
    await settle();
    expect(batches).toEqual([512]);
    expect(counts.overflowed).toBe(2);
    await take();
    expect(batches).toEqual([512, 512]);
    await take();
    expect(counts.exported).toBe(1_024);
  });

  it("counts what the collector does not take, and says so once", async () => {
    const { exporter, counts, log, pass, refuse, take } = makeExporter();
    for (const answer of [refuse, refuse, take, take]) {
      exporter.export(makeSpans(4));
      await pass(1_000);
      await answer();
    }
    expect(counts).toEqual({ exported: 8, overflowed: 0, failed: 8 });
    expect(log.map(({ message }) => message)).toEqual(["Spans are lost", "Spans are taken again"]);
    expect(JSON.stringify(log)).not.toContain("hidden");
  });

  it("hands over at the end what waits, also behind a batch under way", async () => {
    const { exporter, batches, counts, take, closed } = makeExporter();
    exporter.export(makeSpans(512));
    await settle();
    exporter.export(makeSpans(600));
    const disposed = exporter[Symbol.asyncDispose]();
    for (let turn = 0; turn < 3; turn += 1) await take();
    await disposed;
    expect(batches).toEqual([512, 512, 88]);
    expect(counts.exported).toBe(1_112);
    expect(closed()).toBe(1);
  });

  it("does not wait at the end for a collector that never answers", async () => {
    const { exporter, counts, pass } = makeExporter();
    exporter.export(makeSpans(512));
    await settle();
    exporter.export(makeSpans(7));
    const disposed = exporter[Symbol.asyncDispose]();
    await pass(1_000);
    await disposed;
    expect(counts.failed).toBe(7);
    exporter.export(makeSpans(1));
    expect(counts.overflowed).toBe(1);
  });
});
