import type { ProxyError } from "@olla-ts/core";
import type { EngineStats } from "@olla-ts/core/ports";

/** Totals of one engine. */
export class EngineCounters {
  attempts = 0;
  retries = 0;
  failures = 0;
  staleConnections = 0;
  bytes = 0;
  inFlight = 0;

  /** The totals as they stand. */
  snapshot(): EngineStats {
    const { attempts, retries, failures, staleConnections, bytes, inFlight } = this;
    return { attempts, retries, failures, staleConnections, bytes, inFlight };
  }

  /** An attempt begins. */
  start(): void {
    this.attempts += 1;
    this.inFlight += 1;
  }

  /** An attempt is over; a client that left is nobody's failure. */
  end(error: ProxyError | undefined): void {
    this.inFlight -= 1;
    if (error !== undefined && error.code !== "client_aborted") this.failures += 1;
  }
}
