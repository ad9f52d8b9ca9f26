import type { Exposition } from "./exposition.ts";
import type { GatewaySnapshot } from "./gateway-snapshot.ts";
import { securityStatus, type SystemStatus } from "./system-status.ts";

const SYSTEM_STATUS_VALUE: Readonly<Record<SystemStatus, number>> = {
  critical: 0,
  degraded: 1,
  healthy: 2,
};

/** Adds what describes the process, its security checks and its tables. */
export function writeSystemMetrics(exposition: Exposition, snapshot: GatewaySnapshot): void {
  const { version, commit, engine, profile, balancer } = snapshot.info;
  exposition
    .family("olla_info", "gauge", "Version and configuration of the gateway, always 1.")
    .sample({ version, commit, engine, profile, balancer }, 1);
  exposition
    .family("olla_uptime_seconds", "gauge", "Seconds since the gateway started.")
    .sample({}, snapshot.uptimeSeconds);
  exposition
    .family("olla_system_status", "gauge", "2 healthy, 1 degraded, 0 critical.")
    .sample({}, SYSTEM_STATUS_VALUE[snapshot.systemStatus]);
  writeProcess(exposition, snapshot);
  writeSecurity(exposition, snapshot);
  writeSticky(exposition, snapshot);
  writeTables(exposition, snapshot);
  writeSpans(exposition, snapshot);
}

/** Names as every exporter of a process has them. */
function writeProcess(exposition: Exposition, { process }: GatewaySnapshot): void {
  const figures = [
    ["process_start_time_seconds", "gauge", "Start, in Unix seconds.", process.startedAt / 1_000],
    ["process_resident_memory_bytes", "gauge", "Memory in use.", process.residentBytes],
    ["process_cpu_seconds_total", "counter", "Processor time used.", process.cpuSeconds],
    ["nodejs_heap_size_used_bytes", "gauge", "Heap of the main thread.", process.heapUsedBytes],
    [
      "olla_event_loop_busy_seconds_total",
      "counter",
      "Time that the event loop of the main thread was not idle.",
      process.busySeconds,
    ],
  ] as const;
  for (const [name, type, help, value] of figures) {
    exposition.family(name, type, help).sample({}, value);
  }
}

function writeSecurity(exposition: Exposition, { security }: GatewaySnapshot): void {
  const { rateLimitViolations, sizeLimitViolations, blockedIps } = security;
  const counters = [
    ["violations", "Requests refused by a limit.", rateLimitViolations + sizeLimitViolations],
    ["rate_limit_violations", "Requests refused by the rate limit.", rateLimitViolations],
    ["size_limit_violations", "Requests refused by a size limit.", sizeLimitViolations],
  ] as const;
  for (const [name, help, value] of counters) {
    exposition.family(`olla_security_${name}_total`, "counter", help).sample({}, value);
  }
  exposition
    .family("olla_security_blocked_ips", "gauge", "Client addresses that were rate limited lately.")
    .sample({}, blockedIps);
  exposition
    .family("olla_security_status", "gauge", "1 normal, 0 elevated.")
    .sample({}, securityStatus(security) === "normal" ? 1 : 0);
}

function writeSticky(exposition: Exposition, { sticky }: GatewaySnapshot): void {
  if (sticky === undefined) return;
  const figures = [
    ["sessions", "gauge", "Conversations remembered.", sticky.activeSessions],
    ["max_sessions", "gauge", "Conversations that can be remembered.", sticky.maxSessions],
    ["insertions_total", "counter", "Conversations newly remembered.", sticky.insertions],
    ["hits_total", "counter", "Requests sent where their conversation was.", sticky.hits],
    ["misses_total", "counter", "Requests of unknown conversations.", sticky.misses],
    ["evictions_total", "counter", "Conversations forgotten for lack of room.", sticky.evictions],
  ] as const;
  for (const [name, type, help, value] of figures) {
    exposition.family(`olla_sticky_${name}`, type, help).sample({}, value);
  }
}

function writeTables(exposition: Exposition, { tables }: GatewaySnapshot): void {
  const entries = exposition.family("olla_table_entries", "gauge", "Entries in use, per table.");
  const capacity = exposition.family("olla_table_capacity", "gauge", "Most entries, per table.");
  for (const table of tables) {
    entries.sample({ table: table.name }, table.entries);
    capacity.sample({ table: table.name }, table.capacity);
  }
}

function writeSpans(exposition: Exposition, { spans }: GatewaySnapshot): void {
  if (spans === undefined) return;
  exposition
    .family("olla_trace_spans_exported_total", "counter", "Spans that the collector took.")
    .sample({}, spans.exported);
  exposition
    .family("olla_trace_spans_dropped_total", "counter", "Spans that were lost, and why.")
    .sample({ reason: "queue_full" }, spans.overflowed)
    .sample({ reason: "not_taken" }, spans.failed);
}
