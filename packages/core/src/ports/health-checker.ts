import type { Endpoint } from "../domain/endpoint.ts";
import type { ErrorCode } from "../domain/failure.ts";
import type { HealthStatus } from "../domain/health-status.ts";

/** What is known of one endpoint's health. Times in milliseconds since 1970, undefined when never. */
export interface HealthReport {
  readonly status: HealthStatus;
  readonly checkedAt: number | undefined;
  readonly nextCheckAt: number | undefined;
  /** Duration of the last probe in milliseconds. */
  readonly probeMs: number | undefined;
  /** Failed probes and passive failures in a row. */
  readonly consecutiveFailures: number;
  /** Why it is not healthy, for people; without addresses. */
  readonly lastError: string | undefined;
}

/** A change of status, told after it is in force. */
export interface HealthChange {
  readonly endpoint: Endpoint;
  readonly before: HealthStatus;
  readonly after: HealthStatus;
}

/** Knows which endpoints can serve: probes them, and hears of failures of real traffic. */
export interface HealthChecker {
  /** Probes once, now, and puts the result in force. Never rejects. */
  checkEndpoint(endpoint: Endpoint): Promise<HealthStatus>;
  /** Probes every endpoint on its own interval until disposed. */
  startMonitoring(): Disposable;
  /** The cached report: no I/O. */
  getStatus(endpoint: Endpoint): HealthReport;
  /** Adds, keeps and drops endpoints; those kept (same slot and url) keep their state. */
  setEndpoints(endpoints: readonly Endpoint[]): void;
  /** A failure of real traffic that takes the endpoint out; it is probed at once for recovery. */
  reportFailure(endpoint: Endpoint, code: ErrorCode): void;
}
