import { CancellationSource, ProxyError } from "@olla-ts/core";
import { ManualClock } from "@olla-ts/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { ask, EngineKit, makeRequest, refusal } from "./testing/engine-kit.ts";
import { FiveFailuresBreaker } from "./testing/five-failures-breaker.ts";

let clock: ManualClock;
let kit: EngineKit;

beforeEach(() => {
  clock = new ManualClock();
  kit = new EngineKit(clock);
});

afterEach(() => kit[Symbol.asyncDispose]());

describe("createOllaEngine with a breaker", () => {
  it("RT-30 does not touch the endpoint once five failures before the head opened it", async () => {
    const engine = kit.start({ breaker: new FiveFailuresBreaker(clock) });
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
    const breaker = new FiveFailuresBreaker(clock);
    const engine = kit.start({ breaker });
    const [{ endpoint }, other] = [await kit.serveResets(0), await kit.serveName(1)];
    for (let round = 0; round < 5; round += 1) await ask(engine, [endpoint, other]);
    const response = await engine.processRequest(makeRequest([endpoint, other]));
    expect(response.attempts.map((attempt) => attempt.endpoint.name)).toEqual(["u1"]);
    response.body.cancel();
  });

  it("RT-32 lets exactly one of several parallel requests probe after 30 s", async () => {
    const engine = kit.start({ breaker: new FiveFailuresBreaker(clock) });
    const { endpoint, requests } = await kit.serveResets(0);
    for (let round = 0; round < 5; round += 1) await refusal(ask(engine, [endpoint]));
    clock.advance(30_000);
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
    const engine = kit.start({ breaker: new FiveFailuresBreaker(clock) });
    const endpoint = await kit.serve(0, (request, response) => {
      if (isBroken) request.socket.resetAndDestroy();
      else response.write("begun, and never ends");
    });
    for (let round = 0; round < 5; round += 1) await refusal(ask(engine, [endpoint]));
    clock.advance(30_000);
    await refusal(ask(engine, [endpoint]));
    expect((await refusal(ask(engine, [endpoint]))).code).toBe("breaker_open");
    isBroken = false;
    clock.advance(30_000);
    const first = await engine.processRequest(makeRequest([endpoint]));
    const second = await engine.processRequest(makeRequest([endpoint]));
    expect([first.status, second.status]).toEqual([200, 200]);
    for (const { body } of [first, second]) body.cancel();
  });

  it("RT-35 is not opened by clients that leave", async () => {
    const breaker = new FiveFailuresBreaker(clock);
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
    const breaker = new FiveFailuresBreaker(clock);
    const engine = kit.start({ breaker });
    const { endpoint } = await kit.serveResets(0);
    for (let round = 0; round < 5; round += 1) await refusal(ask(engine, [endpoint]));
    clock.advance(30_000);
    const built = refusal(ask(engine, [endpoint], { toUpstream: refuseToBuild }));
    expect((await built).code).toBe("invalid_request");
    expect((await refusal(ask(engine, [endpoint]))).code).toBe("upstream_reset");
  });
});

function refuseToBuild(): never {
  throw new ProxyError("invalid_request", "no such field");
}
