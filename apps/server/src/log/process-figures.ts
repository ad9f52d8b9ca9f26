import {
  monitorEventLoopDelay,
  performance,
  PerformanceObserver,
  type PerformanceEntry,
} from "node:perf_hooks";

const MEBIBYTE = 1_048_576;
const NANOSECONDS_PER_MS = 1e6;

/** What the process has used, for people: sizes in MiB, times in milliseconds. */
export type ProcessFigures = Readonly<Record<string, number>>;

/** Watches the process until disposed. */
export interface ProcessWatch extends Disposable {
  readonly figures: () => ProcessFigures;
}

/** Begins to measure collections of garbage and delays of the event loop. */
export function watchProcess(): ProcessWatch {
  let collections = 0;
  let collectingMs = 0;
  let longestMs = 0;
  const count = ({ duration }: PerformanceEntry): void => {
    collections += 1;
    collectingMs += duration;
    longestMs = Math.max(longestMs, duration);
  };
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) count(entry);
  });
  observer.observe({ entryTypes: ["gc"] });
  const delay = monitorEventLoopDelay();
  delay.enable();
  const before = performance.eventLoopUtilization();
  return {
    figures() {
      for (const entry of observer.takeRecords()) count(entry);
      const memory = process.memoryUsage();
      const used = process.resourceUsage();
      return {
        uptime_seconds: Math.round(process.uptime()),
        rss_mib: rounded(memory.rss / MEBIBYTE),
        rss_peak_mib: rounded(used.maxRSS / 1_024),
        heap_used_mib: rounded(memory.heapUsed / MEBIBYTE),
        heap_total_mib: rounded(memory.heapTotal / MEBIBYTE),
        external_mib: rounded(memory.external / MEBIBYTE),
        array_buffers_mib: rounded(memory.arrayBuffers / MEBIBYTE),
        gc_count: collections,
        gc_total_ms: rounded(collectingMs),
        gc_longest_ms: rounded(longestMs),
        cpu_user_ms: rounded(used.userCPUTime / 1_000),
        cpu_system_ms: rounded(used.systemCPUTime / 1_000),
        event_loop_used_percent: rounded(
          performance.eventLoopUtilization(before).utilization * 100,
        ),
        event_loop_delay_p50_ms: rounded(delay.percentile(50) / NANOSECONDS_PER_MS),
        event_loop_delay_p99_ms: rounded(delay.percentile(99) / NANOSECONDS_PER_MS),
        event_loop_delay_max_ms: rounded(delay.max / NANOSECONDS_PER_MS),
        active_resources: process.getActiveResourcesInfo().length,
      };
    },
    [Symbol.dispose]() {
      observer.disconnect();
      delay.disable();
    },
  };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
