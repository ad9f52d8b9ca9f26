import { ProxyError, type ErrorCode } from "@olla-ts/core";
import type { BreakerState, CircuitBreaker } from "@olla-ts/core/ports";
import { makeEndpoint } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { Admission } from "./admission.ts";

/** Admits everything in a fixed state and writes the reports down as `ticket result`. */
class RecordingBreaker implements CircuitBreaker {
  readonly reports: string[] = [];
  #ticket = 0;
  readonly #state: BreakerState;

  constructor(state: BreakerState) {
    this.#state = state;
  }

  state(): BreakerState {
    return this.#state;
  }

  admit(): number | undefined {
    return this.#state === "open" ? undefined : ++this.#ticket;
  }

  report(_endpoint: unknown, ticket: number, result: string): void {
    this.reports.push(`${ticket} ${result}`);
  }

  reset(): void {}
}

function admitted(state: BreakerState): { admission: Admission; breaker: RecordingBreaker } {
  const breaker = new RecordingBreaker(state);
  const admission = Admission.ask(breaker, makeEndpoint());
  if (admission === undefined) throw new Error("the breaker must admit");
  return { admission, breaker };
}

function failure(code: ErrorCode): ProxyError {
  return new ProxyError(code, "failed");
}

describe("Admission", () => {
  it("is refused when the breaker refuses", () => {
    expect(Admission.ask(new RecordingBreaker("open"), makeEndpoint())).toBeUndefined();
  });

  it("reports success, once, for a delivered answer, whatever its status", () => {
    const { admission, breaker } = admitted("closed");
    admission.answered();
    admission.ended(undefined);
    expect(breaker.reports).toEqual(["1 success"]);
  });

  it("reports an answer of a closed breaker only when it was delivered", () => {
    const { admission, breaker } = admitted("closed");
    admission.answered();
    expect(breaker.reports).toEqual([]);
    admission.ended(failure("upstream_truncated"));
    expect(breaker.reports).toEqual(["1 failure"]);
  });

  it("reports an answer to the probe of a half-open breaker at its head", () => {
    const { admission, breaker } = admitted("half-open");
    admission.answered();
    expect(breaker.reports).toEqual(["1 success"]);
    admission.ended(undefined);
    expect(breaker.reports).toEqual(["1 success"]);
  });

  it("counts a stream that breaks after its probe succeeded on a ticket of its own", () => {
    const { admission, breaker } = admitted("half-open");
    admission.answered();
    admission.ended(failure("idle_timeout"));
    expect(breaker.reports).toEqual(["1 success", "2 failure"]);
  });

  it.each<{ code: ErrorCode; report: string }>([
    { code: "upstream_connect", report: "failure" },
    { code: "response_header_timeout", report: "failure" },
    { code: "client_aborted", report: "abandoned" },
    { code: "shutting_down", report: "abandoned" },
    { code: "overloaded", report: "abandoned" },
  ])("reports $report for $code", ({ code, report }) => {
    const { admission, breaker } = admitted("closed");
    admission.ended(failure(code));
    admission.ended(failure(code));
    expect(breaker.reports).toEqual([`1 ${report}`]);
  });
});
