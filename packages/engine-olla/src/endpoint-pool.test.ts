import { CancellationSource, createSharedState, SharedLeases } from "@olla-ts/core";
import type { ProxyEngine } from "@olla-ts/core/ports";
import { ManualClock, settle } from "@olla-ts/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { ask, EngineKit, LIMITS, refusal } from "./testing/engine-kit.ts";

let clock: ManualClock;
let kit: EngineKit;

beforeEach(() => {
  clock = new ManualClock();
  kit = new EngineKit(clock);
});

afterEach(() => kit[Symbol.asyncDispose]());

describe("createOllaEngine with capped endpoints", () => {
  it("R30 lets requests wait in order, refuses beyond, and says when to come back", async () => {
    const engine = kit.start({ maxConnections: 1, maxQueued: 1 });
    const { endpoint, held, arrived } = await kit.serveHeld(0);
    const first = ask(engine, [endpoint]);
    await arrived(1);
    const second = ask(engine, [endpoint]);
    const error = await refusal(ask(engine, [endpoint]));
    expect(error).toMatchObject({ code: "overloaded", status: 503, retryAfterSeconds: 1 });
    held[0]?.end("first");
    await arrived(2);
    held[1]?.end("second");
    expect(await Promise.all([first, second])).toEqual(["first", "second"]);
    expect(engine.getStats()).toMatchObject({ attempts: 2, failures: 0 });
  });

  it("R30 keeps the cap of all engines that count together, and serves who waits in each", async () => {
    const shared = createSharedState();
    const [one, other] = [0, 1].map((index) =>
      kit.start({
        maxConnections: 1,
        leases: new SharedLeases(shared, "c", 1, { index, count: 2 }),
      }),
    ) as [ProxyEngine, ProxyEngine];
    const { endpoint, held, arrived } = await kit.serveHeld(0);
    const first = ask(one, [endpoint]);
    await arrived(1);
    const second = ask(other, [endpoint]);
    const third = ask(one, [endpoint]);
    await settle();
    expect(held).toHaveLength(1);
    held[0]?.end("done");
    await arrived(2);
    await settle();
    expect(held).toHaveLength(2);
    held[1]?.end("done");
    await arrived(3);
    held[2]?.end("done");
    expect(await Promise.all([first, second, third])).toEqual(["done", "done", "done"]);
  });

  it("goes to another candidate when the queue of one is full", async () => {
    const engine = kit.start({ maxConnections: 1, maxQueued: 0 });
    const [{ endpoint, held, arrived }, other] = [await kit.serveHeld(0), await kit.serveName(1)];
    const first = ask(engine, [endpoint]);
    await arrived(1);
    expect(await ask(engine, [endpoint, other])).toBe("u1");
    held[0]?.end("first");
    expect(await first).toBe("first");
  });

  it("lets a waiting client leave without a request being sent", async () => {
    const engine = kit.start({ maxConnections: 1 });
    const { endpoint, held, arrived } = await kit.serveHeld(0);
    const first = ask(engine, [endpoint]);
    await arrived(1);
    const cancellation = new CancellationSource();
    const second = refusal(ask(engine, [endpoint], { cancellation }));
    cancellation.abort();
    expect((await second).code).toBe("client_aborted");
    held[0]?.end("first");
    expect(await first).toBe("first");
    await settle();
    expect(held).toHaveLength(1);
  });

  it("ends a wait that takes longer than maxQueuedMs", async () => {
    const engine = kit.start({
      maxConnections: 1,
      maxQueuedMs: 2_000,
      timeouts: { ...LIMITS, responseHeaderMs: 0 },
    });
    const { endpoint, arrived } = await kit.serveHeld(0);
    const first = refusal(ask(engine, [endpoint]));
    await arrived(1);
    const second = refusal(ask(engine, [endpoint]));
    clock.advance(1_999);
    await settle();
    expect(kit.ended).toEqual([]);
    clock.advance(500);
    expect((await second).code).toBe("overloaded");
    await engine[Symbol.asyncDispose]();
    expect((await first).code).toBe("shutting_down");
  });

  it("probes a busy endpoint without waiting for a connection", async () => {
    const engine = kit.start({ maxConnections: 1 });
    const arrived = Promise.withResolvers<void>();
    const endpoint = await kit.serve(0, (request, response) => {
      if (request.url === "/health") response.end();
      else arrived.resolve();
    });
    const first = refusal(ask(engine, [endpoint]));
    await arrived.promise;
    expect(await engine.healthCheck(endpoint)).toBe(true);
    expect(engine.getStats()).toMatchObject({ attempts: 1, inFlight: 1 });
    await engine[Symbol.asyncDispose]();
    expect((await first).code).toBe("shutting_down");
  });
});
