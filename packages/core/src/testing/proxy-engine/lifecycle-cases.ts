import { expect } from "vitest";

import { ProxyError } from "../../domain/proxy-error.ts";
import { collect, CollectingSink } from "./collecting-sink.ts";
import type { ContractCase } from "./engine-harness.ts";
import { answer, chunk, chunkedHead, lastChunk } from "./http-text.ts";
import { refusingEndpoint } from "./retry-cases.ts";
import type { Exchange, Script } from "./scripted-upstream.ts";

/** Accounts, health checks, endpoints that leave, and the end of the engine. */
export function describeLifecycle(contractCase: ContractCase): void {
  contractCase("tells of an attempt while it runs", async (harness) => {
    let during: Exchange | undefined;
    const upstream = await harness.upstream((exchange) => {
      during = exchange;
    });
    const answered = harness.exchange(upstream.endpoint);
    await upstream.until("the request to arrive", () => during !== undefined);
    expect(harness.observer.started.map(({ name }) => name)).toEqual(["u0"]);
    expect(harness.observer.ended).toEqual([]);
    expect(harness.engine.getStats()).toMatchObject({ attempts: 1, inFlight: 1 });
    await during?.write(answer({ status: "404 Not Found", body: "gone" }));
    await answered;
    await harness.observer.settled();
    const [ended] = harness.observer.ended;
    expect(ended).toMatchObject({ status: 404, error: undefined, bytes: 4 });
    expect(ended?.headMs).toBeGreaterThanOrEqual(0);
    expect(ended?.durationMs).toBeGreaterThanOrEqual(ended?.headMs ?? Infinity);
  });

  const checks: readonly { state: string; script: Script; healthy: boolean }[] = [
    { state: "answers 200", script: (exchange) => exchange.write(answer()), healthy: true },
    {
      state: "answers 204",
      script: (exchange) => exchange.write(answer({ status: "204 No Content", length: "none" })),
      healthy: true,
    },
    {
      state: "answers with 1 MB",
      script: (exchange) => exchange.write(answer({ body: new Uint8Array(1024 * 1024) })),
      healthy: true,
    },
    {
      state: "answers 302",
      script: (exchange) =>
        exchange.write(answer({ status: "302 Found", headers: ["Location", "/"] })),
      healthy: false,
    },
    {
      state: "answers 500",
      script: (exchange) => exchange.write(answer({ status: "500 Oops", body: "sorry" })),
      healthy: false,
    },
    { state: "hangs up", script: (exchange) => exchange.close(), healthy: false },
    { state: "talks nonsense", script: (exchange) => exchange.write("?\r\n"), healthy: false },
    { state: "stays silent", script: () => {}, healthy: false },
  ];
  for (const { state, script, healthy } of checks) {
    contractCase(
      `calls an endpoint that ${state} ${healthy ? "well" : "unwell"}`,
      async (harness) => {
        const upstream = await harness.upstream(script);
        const healthUrl = `${upstream.endpoint.url}/up?deep=1`;
        const endpoint = { ...upstream.endpoint, healthUrl, checkTimeoutMs: 300 };
        expect(await harness.engine.healthCheck(endpoint)).toBe(healthy);
        expect(upstream.requests[0]).toMatchObject({ method: "GET", target: "/up?deep=1" });
        expect(harness.observer.started, "a probe is not an attempt").toEqual([]);
      },
    );
  }

  contractCase("calls an endpoint that refuses the connection unwell", async (harness) => {
    expect(await harness.engine.healthCheck(await refusingEndpoint())).toBe(false);
  });

  contractCase("closes the idle connections of an endpoint that left", async (harness) => {
    const upstream = await harness.upstream((exchange) => exchange.write(answer({ body: "ok" })));
    const staying = await harness.upstream((exchange) => exchange.write(answer({ body: "ok" })));
    await harness.exchange(upstream.endpoint);
    await harness.exchange(staying.endpoint);
    harness.engine.removeEndpoint(upstream.endpoint);
    await upstream.until("the engine to close the connection", () => upstream.open === 0);
    await harness.exchange(staying.endpoint);
    expect(staying.connections, "other endpoints keep their connections").toBe(1);
  });

  contractCase("lets the requests of an endpoint that left end first", async (harness) => {
    const removed = Promise.withResolvers<void>();
    const upstream = await harness.upstream(async (exchange) => {
      await exchange.write(chunkedHead());
      await removed.promise;
      await exchange.write(chunk("to the end"));
      await exchange.write(lastChunk());
    });
    const response = await harness.send(upstream.endpoint);
    harness.engine.removeEndpoint(upstream.endpoint);
    removed.resolve();
    const sink = await collect(response.body);
    expect(sink.error).toBeUndefined();
    expect(sink.text()).toBe("to the end");
    await upstream.until("the engine to close the connection", () => upstream.open === 0);
  });

  contractCase("serves an endpoint that left and came back", async (harness) => {
    const { endpoint } = await harness.upstream((exchange) =>
      exchange.write(answer({ body: "ok" })),
    );
    await harness.exchange(endpoint);
    harness.engine.removeEndpoint(endpoint);
    expect((await harness.exchange(endpoint)).body.text()).toBe("ok");
  });

  contractCase("rejects what waits for a head when disposed", async (harness) => {
    const silent = await harness.upstream(() => {});
    const other = await harness.upstream((exchange) => exchange.write(answer()));
    const refused = harness.refusal([silent.endpoint, other.endpoint]);
    await silent.until("the request to arrive", () => silent.requests.length > 0);
    await harness.engine[Symbol.asyncDispose]();
    expect((await refused).failure, "disposing is not held against the endpoint").toMatchObject({
      againstEndpoint: false,
    });
    await silent.until("the engine to close the connection", () => silent.open === 0);
    expect(other.connections).toBe(0);
  });

  contractCase("fails the bodies being read when disposed", async (harness) => {
    const sink = new CollectingSink();
    const upstream = await harness.upstream(async (exchange) => {
      await exchange.write(chunkedHead());
      await exchange.write(chunk("part"));
    });
    const response = await harness.send(upstream.endpoint);
    response.body.pipeTo(sink);
    await sink.has("part");
    await harness.engine[Symbol.asyncDispose]();
    await sink.done();
    expect(sink.error).toBeInstanceOf(ProxyError);
    expect(sink.error?.failure.againstEndpoint).toBe(false);
    await upstream.until("the engine to close the connection", () => upstream.open === 0);
  });

  contractCase(
    "closes idle connections when disposed, and rejects from then on",
    async (harness) => {
      const upstream = await harness.upstream((exchange) => exchange.write(answer({ body: "ok" })));
      await harness.exchange(upstream.endpoint);
      await harness.engine[Symbol.asyncDispose]();
      await upstream.until("the engine to close the connection", () => upstream.open === 0);
      const error = await harness.refusal(upstream.endpoint);
      expect(error.failure.againstEndpoint).toBe(false);
      expect(await harness.engine.healthCheck(upstream.endpoint)).toBe(false);
      expect(upstream.connections).toBe(1);
    },
  );
}
