import { CancellationSource, EVERY_CANDIDATE, type Endpoint } from "@olla-ts/core";
import { ManualClock, settle } from "@olla-ts/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { ask, EngineKit, refusal } from "./testing/engine-kit.ts";

let clock: ManualClock;
let kit: EngineKit;

beforeEach(() => {
  clock = new ManualClock();
  kit = new EngineKit(clock);
});

afterEach(() => kit[Symbol.asyncDispose]());

describe("createOllaEngine retries", () => {
  it("RT-36 answers from the next candidate when the head does not come in time", async () => {
    const engine = kit.start();
    const [{ endpoint, arrived }, other] = [await kit.serveHeld(0), await kit.serveName(1)];
    const answer = ask(engine, [endpoint, other]);
    await arrived(1);
    clock.advance(1_200);
    expect(await answer).toBe("u1");
    expect(kit.ended[0]?.result.error?.code).toBe("response_header_timeout");
    expect(engine.getStats()).toMatchObject({ attempts: 2, retries: 1, failures: 1 });
  });

  it("stops when the budget is used up, and reports the last failure", async () => {
    const engine = kit.start({ retry: { budgetRatio: 0, budgetMinPerSecond: 0 } });
    const [{ endpoint, arrived }, other] = [await kit.serveHeld(0), await kit.serveName(1)];
    const answer = refusal(ask(engine, [endpoint, other]));
    await arrived(1);
    clock.advance(1_200);
    const error = await answer;
    expect(error.code).toBe("response_header_timeout");
    expect(error.message).toContain("retry budget");
  });

  it("needs no budget to leave an endpoint that is down", async () => {
    const engine = kit.start({ retry: { budgetRatio: 0, budgetMinPerSecond: 0 } });
    const [{ endpoint }, other] = [await kit.serveResets(0), await kit.serveName(1)];
    for (let round = 0; round < 20; round += 1) {
      expect(await ask(engine, [endpoint, other])).toBe("u1");
    }
  });

  it("stops after maxAttempts", async () => {
    const engine = kit.start();
    const retry = { ...EVERY_CANDIDATE, maxAttempts: 2 };
    const broken = [(await kit.serveResets(0)).endpoint, (await kit.serveResets(1)).endpoint];
    const error = await refusal(ask(engine, [...broken, await kit.serveName(2)], { retry }));
    expect(error.message).toContain("2 were tried");
    expect(kit.ended.map(({ name }) => name)).toEqual(["u0", "u1"]);
  });

  it("waits a random part of a doubling bound before each retry when told to", async () => {
    const engine = kit.start();
    const retry = { ...EVERY_CANDIDATE, backoffMs: 100 };
    const broken = [(await kit.serveResets(0)).endpoint, (await kit.serveResets(1)).endpoint];
    const { endpoint: last, arrived, held } = await kit.serveHeld(2);
    const answer = ask(engine, [...broken, last], { retry });
    await kit.endings(1);
    clock.advance(49);
    await settle();
    expect(engine.getStats().attempts).toBe(1);
    clock.advance(1);
    await kit.endings(2);
    clock.advance(99);
    await settle();
    expect(engine.getStats().attempts).toBe(2);
    clock.advance(1);
    await arrived(1);
    held[0]?.end("u2");
    expect(await answer).toBe("u2");
  });

  it("ends a wait between two attempts when the client leaves", async () => {
    const engine = kit.start();
    const retry = { ...EVERY_CANDIDATE, backoffMs: 20_000 };
    const cancellation = new CancellationSource();
    const candidates = [(await kit.serveResets(0)).endpoint, await kit.serveName(1)];
    const answer = refusal(ask(engine, candidates, { cancellation, retry }));
    await kit.endings(1);
    cancellation.abort();
    expect((await answer).code).toBe("client_aborted");
    expect(engine.getStats().attempts).toBe(1);
  });

  it("rejects a selection that is no candidate", async () => {
    const engine = kit.start();
    const { endpoint } = await kit.serveResets(0);
    const select = (): Endpoint => ({ ...endpoint });
    expect((await refusal(ask(engine, [endpoint], { select }))).code).toBe("internal");
  });
});
