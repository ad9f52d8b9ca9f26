import { performance } from "node:perf_hooks";

import { expect } from "vitest";

import { CancellationSource } from "../../domain/cancellation.ts";
import { makeEndpoint } from "../make.ts";
import { pass } from "./changes.ts";
import { collect, CollectingSink } from "./collecting-sink.ts";
import type { ContractCase } from "./engine-harness.ts";
import { answer, chunk, chunkedHead, lastChunk } from "./http-text.ts";
import type { Script } from "./scripted-upstream.ts";
import { UnacceptingListener } from "./unaccepting-listener.ts";

/** Timers may fire this much before the limit by rounding, in milliseconds. */
const ROUNDING_MS = 5;

/** Six limits, each of its own, none hidden in another. Only lower bounds of time are asserted. */
export function describeTimeouts(contractCase: ContractCase): void {
  contractCase(
    "HP-71 gives up a connection that nobody accepts, and tries the next candidate",
    async (harness) => {
      await using listener = await UnacceptingListener.start();
      // Where the system refuses what it cannot queue, there is nothing to wait for.
      if (listener === undefined) return;
      const full = makeEndpoint({
        slot: 9,
        name: "full",
        url: `http://127.0.0.1:${listener.port}`,
      });
      const { endpoint } = await harness.upstream((exchange) => exchange.write(answer()));
      const startedAt = performance.now();
      const { response } = await harness.exchange([full, endpoint]);
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(150 - ROUNDING_MS);
      expect(response.attempts.map(({ error }) => error?.code)).toEqual([
        "connect_timeout",
        undefined,
      ]);
    },
    { connectMs: 150 },
  );

  contractCase(
    "gives up a TLS handshake that is not answered",
    async (harness) => {
      const { endpoint } = await harness.upstream(() => {});
      const url = endpoint.url.replace("http:", "https:");
      const error = await harness.refusal(makeEndpoint({ url }));
      expect(["connect_timeout", "upstream_tls"]).toContain(error.code);
    },
    { tlsMs: 150, connectMs: 5_000 },
  );

  contractCase(
    "HP-70 gives up an upstream that sends no head",
    async (harness) => {
      const upstream = await harness.upstream(() => {});
      const startedAt = performance.now();
      const error = await harness.refusal(upstream.endpoint);
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(150 - ROUNDING_MS);
      expect(error).toMatchObject({ code: "response_header_timeout", status: 504 });
      await upstream.until("the engine to close the connection", () => upstream.open === 0);
      expect(harness.observer.ended[0]).toMatchObject({ status: undefined, headMs: undefined });
    },
    { responseHeaderMs: 150 },
  );

  for (const { what, first, next } of [
    { what: "interim answers", first: "", next: "HTTP/1.1 102 Processing\r\n\r\n" },
    { what: "a head in drips", first: "HTTP/1.1 200 OK\r\n", next: "x-a: b\r\n" },
  ]) {
    contractCase(
      `gives up an upstream that only sends ${what}`,
      async (harness) => {
        const upstream = await harness.upstream(async (exchange) => {
          await exchange.write(first);
          while (!exchange.closed) {
            await exchange.write(next);
            await pass(20);
          }
        });
        const error = await harness.refusal(upstream.endpoint);
        expect(error.code).toBe("response_header_timeout");
        await upstream.until("the engine to close the connection", () => upstream.open === 0);
      },
      { responseHeaderMs: 300, totalMs: 3_000 },
    );
  }

  contractCase(
    "fails a body whose first byte does not come",
    async (harness) => {
      const upstream = await harness.upstream((exchange) => exchange.write(chunkedHead()));
      const { body } = await harness.exchange(upstream.endpoint);
      expect(body.error?.code).toBe("first_token_timeout");
      expect(body.trailers).toBeUndefined();
      await upstream.until("the engine to close the connection", () => upstream.open === 0);
      await harness.observer.settled();
      expect(harness.observer.ended[0]).toMatchObject({ status: 200, error: body.error });
    },
    { firstTokenMs: 150 },
  );

  contractCase(
    "RT-37 HP-69 fails a body that stalls",
    async (harness) => {
      const upstream = await harness.upstream(async (exchange) => {
        await exchange.write(chunkedHead());
        await exchange.write(chunk("part"));
      });
      const startedAt = performance.now();
      const { body } = await harness.exchange(upstream.endpoint);
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(150 - ROUNDING_MS);
      expect(body.error?.code).toBe("idle_timeout");
      expect(body.text()).toBe("part");
      await upstream.until("the engine to close the connection", () => upstream.open === 0);
    },
    { idleMs: 150 },
  );

  contractCase(
    "RT-38 never cuts a body whose gaps stay below the idle limit",
    async (harness) => {
      const { endpoint } = await harness.upstream(chunksEvery(100, 12));
      const { body } = await harness.exchange(endpoint);
      expect(body.error).toBeUndefined();
      expect(body.chunks).toBe(12);
    },
    { idleMs: 800 },
  );

  contractCase(
    "PV-16 gives up a head that comes later than its request allows",
    async (harness) => {
      const silent = await harness.upstream(() => {});
      const { endpoint } = await harness.upstream((exchange) => exchange.write(answer()));
      const startedAt = performance.now();
      const upstream = { answerTimeoutMs: 150 };
      const { response } = await harness.exchange([silent.endpoint, endpoint], { upstream });
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(150 - ROUNDING_MS);
      expect(response.attempts.map(({ error }) => error?.code)).toEqual([
        "response_header_timeout",
        undefined,
      ]);
      await silent.until("the engine to close the connection", () => silent.open === 0);
    },
  );

  contractCase("PV-16 fails an answer that is not whole in time", async (harness) => {
    const { endpoint } = await harness.upstream(chunksEvery(20, 10_000));
    const { body } = await harness.exchange(endpoint, { upstream: { answerTimeoutMs: 200 } });
    expect(body.error?.code).toBe("total_timeout");
  });

  contractCase("PV-16 lets a stream go on that began in time", async (harness) => {
    const { endpoint } = await harness.upstream(async (exchange) => {
      await exchange.write(chunkedHead(["Content-Type", "text/event-stream"]));
      await exchange.write(chunk("one"));
      await pass(600);
      await exchange.write(chunk("two"));
      await exchange.write(lastChunk());
    });
    const { body } = await harness.exchange(endpoint, { upstream: { answerTimeoutMs: 200 } });
    expect(body.error).toBeUndefined();
    expect(body.text()).toBe("onetwo");
  });

  contractCase("PV-16 fails a stream whose first byte comes too late", async (harness) => {
    const { endpoint } = await harness.upstream((exchange) =>
      exchange.write(chunkedHead(["Content-Type", "text/event-stream"])),
    );
    const { body } = await harness.exchange(endpoint, { upstream: { answerTimeoutMs: 200 } });
    expect(body.error?.code).toBe("total_timeout");
  });

  contractCase(
    "keeps the limits apart: a slow head and a slow first byte are not idle",
    async (harness) => {
      const { endpoint } = await harness.upstream(async (exchange) => {
        await pass(400);
        await exchange.write(chunkedHead());
        await pass(400);
        await exchange.write(chunk("late"));
        await exchange.write(lastChunk());
      });
      const { body } = await harness.exchange(endpoint);
      expect(body.error).toBeUndefined();
      expect(body.text()).toBe("late");
    },
    { connectMs: 200, responseHeaderMs: 5_000, firstTokenMs: 5_000, idleMs: 200 },
  );

  contractCase(
    "keeps the limits apart: after the head the header limit is over, after a byte the first-token limit",
    async (harness) => {
      const { endpoint } = await harness.upstream(chunksEvery(150, 8));
      const { body } = await harness.exchange(endpoint);
      expect(body.error).toBeUndefined();
      expect(body.chunks).toBe(8);
    },
    { responseHeaderMs: 600, firstTokenMs: 600, idleMs: 5_000 },
  );

  contractCase(
    "does not take the sink's own pause for silence of the upstream",
    async (harness) => {
      const { endpoint } = await harness.upstream((exchange) =>
        exchange.write(answer({ body: new Uint8Array(4 * 1024 * 1024) })),
      );
      const response = await harness.send(endpoint);
      const sink = new CollectingSink({ accept: () => sink.chunks > 1 });
      response.body.pipeTo(sink);
      await sink.until("a first chunk", () => sink.chunks > 0);
      await pass(1_500);
      expect(sink.error).toBeUndefined();
      response.body.resume();
      await sink.done();
      expect(sink.error).toBeUndefined();
      expect(sink.bytes).toBe(4 * 1024 * 1024);
    },
    { idleMs: 300 },
  );

  contractCase(
    "RT-41 cuts a body that takes longer than the total limit",
    async (harness) => {
      const { endpoint } = await harness.upstream(chunksEvery(50, 100));
      const startedAt = performance.now();
      const { body } = await harness.exchange(endpoint);
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(300 - ROUNDING_MS);
      expect(body.error?.code).toBe("total_timeout");
      expect(body.trailers).toBeUndefined();
    },
    { totalMs: 300, idleMs: 5_000 },
  );

  contractCase(
    "cuts a body at the total limit also while the sink pauses",
    async (harness) => {
      const { endpoint } = await harness.upstream((exchange) =>
        exchange.write(answer({ body: new Uint8Array(4 * 1024 * 1024) })),
      );
      const response = await harness.send(endpoint);
      const sink = await collect(response.body, new CollectingSink({ accept: () => false }));
      expect(sink.error?.code).toBe("total_timeout");
      expect(sink.trailers).toBeUndefined();
    },
    { totalMs: 300 },
  );

  contractCase(
    "gives up a head that takes longer than the total limit, without another candidate",
    async (harness) => {
      const silent = await harness.upstream(() => {});
      const other = await harness.upstream((exchange) => exchange.write(answer()));
      const error = await harness.refusal([silent.endpoint, other.endpoint]);
      expect(error.code).toBe("total_timeout");
      expect(other.connections).toBe(0);
    },
    { totalMs: 200 },
  );

  contractCase(
    "leaves no limit running behind an answer",
    async (harness) => {
      const cancellation = new CancellationSource();
      const { endpoint } = await harness.upstream((exchange) =>
        exchange.write(answer({ body: "ok" })),
      );
      const response = await harness.send(endpoint, { cancellation });
      const sink = await collect(response.body);
      await pass(1_500);
      expect(sink.afterwards).toEqual([]);
      expect(harness.observer.codes).toEqual([undefined]);
    },
    { responseHeaderMs: 300, firstTokenMs: 300, idleMs: 300, totalMs: 300 },
  );
}

function chunksEvery(gapMs: number, count: number): Script {
  return async (exchange) => {
    await exchange.write(chunkedHead());
    for (let index = 0; index < count && !exchange.closed; index += 1) {
      await pass(gapMs);
      await exchange.write(chunk(`${index};`));
    }
    await exchange.write(lastChunk());
  };
}
