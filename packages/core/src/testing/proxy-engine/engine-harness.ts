import { describe, expect, it } from "vitest";

import { CancellationSource } from "../../domain/cancellation.ts";
import type { Endpoint } from "../../domain/endpoint.ts";
import { ProxyError } from "../../domain/proxy-error.ts";
import { EVERY_CANDIDATE } from "../../domain/retry-rules.ts";
import type {
  AttemptObserver,
  EngineTimeouts,
  ProxyEngine,
  ProxyRequest,
  ProxyResponse,
  UpstreamRequest,
} from "../../ports/proxy-engine.ts";
import { within } from "./changes.ts";
import { collect, type CollectingSink } from "./collecting-sink.ts";
import { type EndedAttempt, RecordingObserver } from "./recording-observer.ts";
import { type Script, ScriptedUpstream } from "./scripted-upstream.ts";
import type { Certificate } from "./self-signed-certificate.ts";

/** Builds the engine under test. It must keep these limits and tell this observer. */
export type MakeEngine = (options: {
  readonly timeouts: EngineTimeouts;
  readonly observer: AttemptObserver;
}) => ProxyEngine;

/** Titles of contract cases an engine does not keep, each with its reason. */
export type AllowedDifferences = Readonly<Record<string, string>>;

/** What a case changes about a plain `GET /`. */
export type RequestChanges = Partial<Omit<ProxyRequest, "candidates" | "toUpstream">> & {
  readonly upstream?: Partial<UpstreamRequest>;
  readonly toUpstream?: ProxyRequest["toUpstream"];
};

const NO_LIMITS: EngineTimeouts = {
  connectMs: 0,
  tlsMs: 0,
  responseHeaderMs: 0,
  firstTokenMs: 0,
  idleMs: 0,
  totalMs: 0,
};

/** Under load a case moves 64 MB and waits for several limits; in milliseconds. */
const CASE_TIMEOUT_MS = 30_000;

/** One engine under test, with everything a case needs around it. */
export class EngineHarness implements AsyncDisposable {
  readonly observer: RecordingObserver = new RecordingObserver();
  readonly engine: ProxyEngine;
  readonly #upstreams: ScriptedUpstream[] = [];

  constructor(make: MakeEngine, timeouts: Partial<EngineTimeouts>) {
    this.engine = make({ timeouts: { ...NO_LIMITS, ...timeouts }, observer: this.observer });
  }

  /** Starts an upstream; the first is endpoint `u0` in slot 0, and so on. */
  async upstream(
    script: Script,
    over: Partial<Endpoint> = {},
    certificate?: Certificate,
  ): Promise<ScriptedUpstream> {
    const slot = this.#upstreams.length;
    const upstream = await ScriptedUpstream.start(
      script,
      { slot, name: `u${slot}`, ...over },
      certificate,
    );
    this.#upstreams.push(upstream);
    return upstream;
  }

  /** Sends to the first of the candidates, then the next; the response as the engine gives it. */
  send(
    to: Endpoint | readonly Endpoint[],
    { upstream, ...over }: RequestChanges = {},
  ): Promise<ProxyResponse> {
    const answered = this.engine.processRequest({
      candidates: "origin" in to ? [to] : to,
      select: firstOf,
      toUpstream: () => ({ method: "GET", path: "/", headers: [], body: undefined, ...upstream }),
      repeatable: true,
      retry: EVERY_CANDIDATE,
      cancellation: new CancellationSource(),
      ...over,
    });
    return within("processRequest to settle", answered);
  }

  /** Sends a request and reads the answer to its end or failure. */
  async exchange(
    to: Endpoint | readonly Endpoint[],
    changes: RequestChanges = {},
  ): Promise<{ readonly response: ProxyResponse; readonly body: CollectingSink }> {
    const response = await this.send(to, changes);
    return { response, body: await collect(response.body) };
  }

  /** Sends a request that no candidate answers; what the promise rejects with. */
  async refusal(
    to: Endpoint | readonly Endpoint[],
    changes: RequestChanges = {},
  ): Promise<ProxyError> {
    const outcome = await this.send(to, changes).catch((error: unknown) => error);
    if (outcome instanceof ProxyError) return outcome;
    throw new Error("processRequest must reject with a ProxyError", { cause: outcome });
  }

  /**
   * Waits for the attempts to end, then sums up twice what must agree: from what
   * was started and what the engine says, and from what ended.
   */
  async accounts(): Promise<{ readonly kept: Accounts; readonly told: Accounts }> {
    const { started, ended } = this.observer;
    await this.observer.settled();
    const { attempts, failures, bytes, inFlight } = this.engine.getStats();
    const failed = ended.filter(
      ({ error }) => error !== undefined && error.code !== "client_aborted",
    );
    return {
      kept: { endings: namesOf(ended), attempts, failures, bytes, inFlight },
      told: {
        endings: started.map(({ name }) => name).toSorted(),
        attempts: started.length,
        failures: failed.length,
        bytes: ended.reduce((sum, attempt) => sum + attempt.bytes, 0),
        inFlight: 0,
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await within("the engine to be disposed", Promise.resolve(this.engine[Symbol.asyncDispose]()));
    for (const upstream of this.#upstreams) await upstream[Symbol.asyncDispose]();
  }
}

interface Accounts {
  /** Names of the endpoints whose attempts ended, each as often as it happened. */
  readonly endings: readonly string[];
  readonly attempts: number;
  readonly failures: number;
  readonly bytes: number;
  readonly inFlight: number;
}

function namesOf(ended: readonly EndedAttempt[]): readonly string[] {
  return ended.map(({ endpoint }) => endpoint.name).toSorted();
}

function firstOf(remaining: readonly Endpoint[]): Endpoint {
  const [first] = remaining;
  if (first === undefined) throw new Error("select() was called without remaining candidates");
  return first;
}

/** Declares one case; `timeouts` are the limits it sets, all others are off. */
export type ContractCase = (
  title: string,
  run: (harness: EngineHarness) => Promise<void>,
  timeouts?: Partial<EngineTimeouts>,
) => void;

/** Runs groups of cases against one engine, leaving out the allowed differences. */
export function runContract(
  groups: Readonly<Record<string, (contractCase: ContractCase) => void>>,
  make: MakeEngine,
  allowed: AllowedDifferences,
): void {
  const unknown = new Set(Object.keys(allowed));
  const contractCase: ContractCase = (title, run, timeouts = {}) => {
    const reason = allowed[title];
    unknown.delete(title);
    const differs = reason === undefined ? "" : ` (differs: ${reason})`;
    const options = { timeout: CASE_TIMEOUT_MS, skip: reason !== undefined };
    it(`${title}${differs}`, options, async () => {
      await using harness = new EngineHarness(make, timeouts);
      await run(harness);
      const { kept, told } = await harness.accounts();
      expect(kept, "one attemptEnded per attemptStarted, and getStats agrees").toEqual(told);
    });
  };
  for (const [group, declare] of Object.entries(groups)) {
    describe(`engine ${group}`, () => {
      declare(contractCase);
    });
  }
  it("differs only where the contract has such a case", () => {
    expect([...unknown]).toEqual([]);
  });
}
