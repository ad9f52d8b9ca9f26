import type { Endpoint } from "../domain/endpoint.ts";
import { failures, type ErrorCode } from "../domain/failure.ts";
import type { HealthStatus } from "../domain/health-status.ts";
import type { Clock } from "../ports/clock.ts";
import type { HealthChange, HealthChecker, HealthReport } from "../ports/health-checker.ts";
import { EndpointStates } from "../state/endpoint-states.ts";
import { createSharedState } from "../state/shared-state.ts";
import { ManualClock } from "./manual-clock.ts";

export interface FakeHealthCheckerOptions {
  /** Default: rows for 64 endpoints of its own. */
  readonly states?: EndpointStates;
  /** Default: one that stands still. */
  readonly clock?: Clock;
  /** What a probe finds; default: always `healthy`. */
  readonly probe?: (endpoint: Endpoint) => HealthStatus;
  readonly onChange?: (change: HealthChange) => void;
}

export interface FakeHealthChecker extends HealthChecker {
  /** Names of probed endpoints, in order. */
  readonly probed: readonly string[];
  /** Everything `reportFailure` was told, in order. */
  readonly reported: readonly { readonly endpoint: Endpoint; readonly code: ErrorCode }[];
}

interface Row {
  readonly endpoint: Endpoint;
  readonly failures: number;
  readonly error: string | undefined;
  readonly checkedAt: number | undefined;
  readonly timer: Disposable | undefined;
}

/** A checker whose probes are a function, on exact intervals without back-off. */
export function createFakeHealthChecker({
  states = new EndpointStates(createSharedState(), 64),
  clock = new ManualClock(),
  probe = () => "healthy",
  onChange,
}: FakeHealthCheckerOptions = {}): FakeHealthChecker {
  const rows = new Map<number, Row>();
  const probed: string[] = [];
  const reported: { endpoint: Endpoint; code: ErrorCode }[] = [];
  let monitoring = false;

  function find({ slot, url }: Endpoint): Row | undefined {
    const row = rows.get(slot);
    return row?.endpoint.url === url ? row : undefined;
  }

  function change(endpoint: Endpoint, after: HealthStatus): void {
    const before = states.setStatus(endpoint.slot, after);
    if (before !== after) onChange?.({ endpoint, before, after });
  }

  function update(row: Row, changes: Partial<Row>, nextMs: number): void {
    row.timer?.[Symbol.dispose]();
    const again = (): void => void check(row.endpoint);
    const timer = monitoring ? clock.schedule(again, nextMs) : undefined;
    rows.set(row.endpoint.slot, { ...row, ...changes, timer });
  }

  function check(endpoint: Endpoint): HealthStatus {
    const row = find(endpoint);
    const found = probe(endpoint);
    probed.push(endpoint.name);
    if (row === undefined) return found;
    const healthy = found === "healthy";
    const error = healthy ? undefined : `the probe found it ${found}`;
    const count = healthy ? 0 : row.failures + 1;
    const checkedAt = clock.wallTime();
    update(row, { failures: count, error, checkedAt }, row.endpoint.checkIntervalMs);
    change(row.endpoint, found);
    return found;
  }

  function drop(row: Row): void {
    row.timer?.[Symbol.dispose]();
    rows.delete(row.endpoint.slot);
    states.setStatus(row.endpoint.slot, "unknown");
  }

  return {
    probed,
    reported,
    checkEndpoint: (endpoint) => Promise.resolve(check(endpoint)),
    startMonitoring() {
      monitoring = true;
      for (const { endpoint } of rows.values()) check(endpoint);
      return {
        [Symbol.dispose]: () => {
          monitoring = false;
          for (const row of rows.values()) update(row, {}, 0);
        },
      };
    },
    getStatus(endpoint): HealthReport {
      const row = find(endpoint);
      return {
        status: row === undefined ? "unknown" : states.status(endpoint.slot),
        checkedAt: row?.checkedAt,
        nextCheckAt: undefined,
        probeMs: row?.checkedAt === undefined ? undefined : 0,
        consecutiveFailures: row?.failures ?? 0,
        lastError: row?.error,
      };
    },
    setEndpoints(endpoints) {
      const urls = new Map(endpoints.map(({ slot, url }) => [slot, url]));
      for (const row of rows.values()) {
        if (urls.get(row.endpoint.slot) !== row.endpoint.url) drop(row);
      }
      for (const endpoint of endpoints) {
        const kept = find(endpoint);
        const fresh = { failures: 0, error: undefined, checkedAt: undefined, timer: undefined };
        rows.set(endpoint.slot, { ...(kept ?? fresh), endpoint });
        if (kept === undefined && monitoring) check(endpoint);
      }
    },
    reportFailure(endpoint, code) {
      reported.push({ endpoint, code });
      const row = find(endpoint);
      if (row === undefined || !failures[code].takesOut) return;
      update(row, { failures: row.failures + 1, error: `a request failed: ${code}` }, 0);
      change(row.endpoint, "offline");
    },
  };
}
