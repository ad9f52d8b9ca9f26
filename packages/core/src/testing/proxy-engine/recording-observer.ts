import type { Endpoint } from "../../domain/endpoint.ts";
import type { ErrorCode } from "../../domain/failure.ts";
import type { AttemptObserver, AttemptResult } from "../../ports/proxy-engine.ts";
import { Changes } from "./changes.ts";

/** One attempt that ended. */
export interface EndedAttempt extends AttemptResult {
  readonly endpoint: Endpoint;
}

/** An observer that keeps what it was told. */
export class RecordingObserver implements AttemptObserver {
  readonly started: Endpoint[] = [];
  readonly ended: EndedAttempt[] = [];
  readonly #changes = new Changes();

  attemptStarted(endpoint: Endpoint): void {
    this.started.push(endpoint);
  }

  attemptEnded(endpoint: Endpoint, result: AttemptResult): void {
    this.ended.push({ endpoint, ...result });
    this.#changes.notify();
  }

  /** Codes of the attempts that ended, in order; undefined for a success. */
  get codes(): readonly (ErrorCode | undefined)[] {
    return this.ended.map(({ error }) => error?.code);
  }

  /** Waits until every attempt that started has ended. */
  settled(): Promise<void> {
    return this.#changes.until(
      "attemptEnded of every attempt that started",
      () => this.ended.length >= this.started.length,
    );
  }
}
