import type { Hono } from "hono";

import type { LocalEnv } from "../http/local-env.ts";
import type { ProcessReport, Services } from "../http/services.ts";
import { readOnly } from "./read-only.ts";

/** Shares of the heap's limit above which memory counts as scarce. */
const MEDIUM_PRESSURE = 0.6;
const HIGH_PRESSURE = 0.85;

/** `/internal/process`: memory, processor time and event loop of the gateway itself. */
export function processRoute(app: Hono<LocalEnv>, services: Services): void {
  readOnly(app, "/internal/process", (context) => context.json(processDocument(services)));
}

function processDocument({ clock, format, process, startedAt }: Services): object {
  const now = clock.wallTime();
  const { memory, runtime, eventLoop } = process();
  return {
    timestamp: new Date(now).toISOString(),
    memory: {
      heap_alloc: format.bytes(memory.heapUsed),
      heap_sys: format.bytes(memory.heapTotal),
      heap_limit: format.bytes(memory.heapLimit),
      resident: format.bytes(memory.resident),
      external: format.bytes(memory.external),
      array_buffers: format.bytes(memory.arrayBuffers),
      memory_pressure: memoryPressure(memory),
    },
    memory_bytes: {
      heap_alloc: memory.heapUsed,
      heap_sys: memory.heapTotal,
      heap_limit: memory.heapLimit,
      resident: memory.resident,
      external: memory.external,
      array_buffers: memory.arrayBuffers,
    },
    runtime: {
      uptime: format.uptime((now - startedAt) / 1_000),
      node_version: runtime.node,
      v8_version: runtime.v8,
      num_cpu: runtime.cpus,
      threads: runtime.threads,
      cpu_user_seconds: runtime.cpuUserSeconds,
      cpu_system_seconds: runtime.cpuSystemSeconds,
    },
    event_loop: { utilization: eventLoop.utilization, active_resources: eventLoop.resources },
  };
}

function memoryPressure({ heapUsed, heapLimit }: ProcessReport["memory"]): string {
  const share = heapUsed / heapLimit;
  if (share > HIGH_PRESSURE) return "HIGH";
  return share > MEDIUM_PRESSURE ? "MEDIUM" : "LOW";
}
