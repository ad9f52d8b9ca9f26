import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { getHeapStatistics } from "node:v8";

import type { ProcessReport } from "./http/services.ts";

const MICROSECONDS = 1_000_000;

/** What this process uses at this moment; the heap is that of the main thread. */
export function processReport(threads: number): ProcessReport {
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const { utilization, active } = performance.eventLoopUtilization();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return {
    memory: {
      resident: rss,
      heapUsed,
      heapTotal,
      heapLimit: getHeapStatistics().heap_size_limit,
      external,
      arrayBuffers,
    },
    runtime: {
      node: process.versions.node,
      v8: process.versions.v8,
      cpus: availableParallelism(),
      threads,
      cpuUserSeconds: user / MICROSECONDS,
      cpuSystemSeconds: system / MICROSECONDS,
    },
    eventLoop: { utilization, busySeconds: active / 1_000, resources },
  };
}
