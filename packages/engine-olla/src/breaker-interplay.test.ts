import { CancellationSource, ProxyError, type Endpoint } from "@olla-ts/core";
import type { BreakerState, CircuitBreaker, Clock } from "@olla-ts/core/ports";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { ask, EngineKit, makeRequest, refusal } from "./testing/engine-kit.ts";

let kit: EngineKit;

beforeEach(() => {
  kit = new EngineKit();
});

afterEach(() => kit[Symbol.asyncDispose]());

/** Opens after five failures in a row, lets one probe through after 30 s. */
class FiveFailuresBreaker implements CircuitBreaker {
  readonly #clock: Clock;
  readonly #failures = new Map<number, number>();
  readonly #openedAt = new Map<number, number>();
  readonly #probing = new Set<number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  state({ slot }: Endpoint): BreakerState {
    const openedAt = this.#openedAt.get(slot);
    if (openedAt === undefined) return "closed";
    return this.#clock.now() - openedAt < 30_000 ? "open" : "half-open";
  }

  admit(endpoint: Endpoint): number | undefined {
    const state = this.state(endpoint);
    if (state === "open" || this.#probing.has(endpoint.slot)) return undefined;
    if (state === "half-open") this.#probing.add(endpoint.slot);
    return 1;
  }

  report({ slot }: Endpoint, _ticket: number, result: "success" | "failure" | "abandoned"): void {
    const wasProbe = this.#probing.delete(slot);
    if (result === "success") this.reset(slot);
    if (result !== "failure") return;
    const failures = (this.#failures.get(slot) ?? 0) + 1;
    this.#failures.set(slot, failures);
    if (wasProbe || failures >= 5) this.#openedAt.set(slot, this.#clock.now());
  }

  reset(slot: number | Endpoint): void {
    const row = typeof slot === "number" ? slot : slot.slot;
    this.#failures.delete(row);
    this.#openedAt.delete(row);
  }
}

describe("createOllaEngine with a breaker", () => {
  it("RT-30 does not touch the endpoint once five failures before the head opened it", async () => {
    const engine = kit.start({ breaker: new FiveFailuresBreaker(kit.clock) });
    const { endpoint, requests } = await kit.serveResets(0);
    for (let round = 0; round < 5; round += 1) {
      expect((await refusal(ask(engine, [endpoint]))).code).toBe("upstream_reset");
    }
    const error = await refusal(ask(engine, [endpoint]));
    expect(error).toMatchObject({ code: "breaker_open", status: 503 });
    expect(error.retryAfterSeconds).toBeGreaterThan(0);
    expect(requests()).toBe(5);
    expect(kit.ended).toHaveLength(5);
  });

  it("RT-31 serves from another candidate while one is open, without an attempt there", async () => {
    const breaker = new FiveFailuresBreaker(kit.clock);
    const engine = kit.start({ breaker });
    const [{ endpoint }, other] = [await kit.serveResets(0), await kit.serveName(1)];
    for (let round = 0; round < 5; round += 1) await ask(engine, [endpoint, other]);
    const response = await engine.processRequest(makeRequest([endpoint, other]));
    expect(response.attempts.map((attempt) => attempt.endpoint.name)).toEqual(["u1"]);
    response.body.cancel();
  });

  it("RT-32 lets exactly one of several parallel requests probe after 30 s", async () => {
    const engine = kit.start({ breaker: new FiveFailuresBreaker(kit.clock) });
    const { endpoint, requests } = await kit.serveResets(0);
    for (let round = 0; round < 5; round += 1) await refusal(ask(engine, [endpoint]));
    kit.clock.advance(30_000);
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => refusal(ask(engine, [endpoint]))),
    );
    expect(answers.map(({ code }) => code).toSorted()).toEqual([
      "breaker_open",
      "breaker_open",
      "breaker_open",
      "upstream_reset",
    ]);
    expect(requests()).toBe(6);
  });

  it("RT-33 stays open after a failed probe and closes after one that got a head", async () => {
    let isBroken = true;
    const engine = kit.start({ breaker: new FiveFailuresBreaker(kit.clock) });
    const endpoint = await kit.serve(0, (request, response) => {
      if (isBroken) request.socket.resetAndDestroy();
      else response.write("begun, and never ends");
    });
    for (let round = 0; round < 5; round += 1) await refusal(ask(engine, [endpoint]));
    kit.clock.advance(30_000);
    await refusal(ask(engine, [endpoint]));
    expect((await refusal(ask(engine, [endpoint]))).code).toBe("breaker_open");
    isBroken = false;
    kit.clock.advance(30_000);
    const first = await engine.processRequest(makeRequest([endpoint]));
    const second = await engine.processRequest(makeRequest([endpoint]));
    expect([first.status, second.status]).toEqual([200, 200]);
    for (const { body } of [first, second]) body.cancel();
  });

  it("RT-35 is not opened by clients that leave", async () => {
    const breaker = new FiveFailuresBreaker(kit.clock);
    const engine = kit.start({ breaker });
    const { endpoint, arrived } = await kit.serveHeld(0);
    for (let round = 1; round <= 6; round += 1) {
      const cancellation = new CancellationSource();
      const answer = refusal(ask(engine, [endpoint], { cancellation }));
      await arrived(round);
      cancellation.abort();
      expect((await answer).code).toBe("client_aborted");
    }
    expect(breaker.state(endpoint)).toBe("closed");
    expect(engine.getStats()).toMatchObject({ attempts: 6, failures: 0, inFlight: 0 });
  });

  it("gives a probe back when the request cannot be built", async () => {
    const breaker = new FiveFailuresBreaker(kit.clock);
    const engine = kit.start({ breaker });
    const { endpoint } = await kit.serveResets(0);
    for (let round = 0; round < 5; round += 1) await refusal(ask(engine, [endpoint]));
    kit.clock.advance(30_000);
    const built = refusal(ask(engine, [endpoint], { toUpstream: refuseToBuild }));
    expect((await built).code).toBe("invalid_request");
    expect((await refusal(ask(engine, [endpoint]))).code).toBe("upstream_reset");
  });
});

function refuseToBuild(): never {
  throw new ProxyError("invalid_request", "no such field");
}
