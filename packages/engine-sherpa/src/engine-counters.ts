import type { ProxyError } from "@olla-ts/core";
import type { EngineStats } from "@olla-ts/core/ports";

/** Totals of one engine. */
export class EngineCounters implements EngineStats {
  attempts = 0;
  retries = 0;
  failures = 0;
  staleConnections = 0;
  bytes = 0;
  inFlight = 0;

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
