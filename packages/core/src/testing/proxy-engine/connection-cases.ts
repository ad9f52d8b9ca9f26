import { expect } from "vitest";

import { pass } from "./changes.ts";
import type { ContractCase, EngineHarness } from "./engine-harness.ts";
import { answer, chunk, chunkedHead, lastChunk } from "./http-text.ts";
import type { Exchange, Script } from "./scripted-upstream.ts";

/** Connections are reused, and a dead one among them is nobody's failure. */
export function describeConnections(contractCase: ContractCase): void {
  contractCase("reuses the connection of an answer that was read", async (harness) => {
    const upstream = await harness.upstream((exchange) => exchange.write(answer({ body: "ok" })));
    for (let round = 0; round < 5; round += 1) {
      await harness.exchange(upstream.endpoint, {
        upstream: { method: "POST", body: Buffer.from("{}") },
      });
      await pass(1);
    }
    expect(upstream.connections, "connections for 5 requests in a row").toBe(1);
  });

  contractCase(
    "does not reuse a connection that the upstream announces to close",
    async (harness) => {
      const upstream = await harness.upstream((exchange) =>
        exchange.ordinal === 1
          ? exchange.write(answer({ headers: ["Connection", "close"], body: "ok" }))
          : undefined,
      );
      for (let round = 0; round < 3; round += 1) await harness.exchange(upstream.endpoint);
      expect(upstream.connections).toBe(3);
    },
  );

  contractCase("has 70 requests to one endpoint under way at a time", async (harness) => {
    const waiting: Exchange[] = [];
    const { endpoint } = await harness.upstream(async (exchange) => {
      waiting.push(exchange);
      if (waiting.length < 70) return;
      await Promise.all(waiting.map((one) => one.write(answer({ body: one.request.target }))));
    });
    const targets = Array.from({ length: 70 }, (_, index) => `/${index}`);
    const bodies = await Promise.all(
      targets.map((path) => harness.exchange(endpoint, { upstream: { path } })),
    );
    expect(bodies.map(({ body }) => body.text())).toEqual(targets);
  });

  const closing: Readonly<Record<string, (exchange: Exchange) => void>> = {
    closes: (exchange) => exchange.close(),
    resets: (exchange) => exchange.reset(),
  };
  for (const [verb, end] of Object.entries(closing)) {
    contractCase(
      `survives an upstream that ${verb} the reused connection on a request`,
      async (harness) => {
        const upstream = await harness.upstream((exchange) =>
          exchange.ordinal === 1 ? exchange.write(answer({ body: "ok" })) : end(exchange),
        );
        await expectFlawless(harness, upstream.endpoint, 10);
        expect(harness.engine.getStats().staleConnections).toBeGreaterThan(0);
      },
    );

    contractCase(`fails over when also the fresh connection is one it ${verb}`, async (harness) => {
      let answered = false;
      const failing = await harness.upstream((exchange) => {
        if (answered) return end(exchange);
        answered = true;
        return exchange.write(answer({ body: "ok" }));
      });
      const { endpoint } = await harness.upstream((exchange) => exchange.write(answer()));
      await harness.exchange(failing.endpoint);
      await pass(5);
      const { response } = await harness.exchange([failing.endpoint, endpoint]);
      expect(response.endpoint).toBe(endpoint);
      expect(response.attempts).toHaveLength(2);
      expect(failing.requests.length, "at most once stale and once fresh").toBeLessThanOrEqual(3);
    });
  }

  contractCase(
    "survives 200 requests to an upstream that closes after every answer",
    async (harness) => {
      const { endpoint } = await harness.upstream(answerThenClose);
      await expectFlawless(harness, endpoint, 200);
    },
  );

  contractCase(
    "survives 16 clients of an upstream that closes after every stream",
    async (harness) => {
      const { endpoint } = await harness.upstream(streamThenClose);
      await Promise.all(Array.from({ length: 16 }, () => expectFlawless(harness, endpoint, 20)));
    },
  );

  for (const [what, surplus] of Object.entries({
    "stray bytes": "stray",
    "a second answer": answer({ body: "planted" }),
  })) {
    contractCase(`does not take ${what} behind an answer for the next one`, async (harness) => {
      const { endpoint } = await harness.upstream((exchange) =>
        exchange.write(Buffer.concat([answer({ body: "ok" }), Buffer.from(surplus)])),
      );
      await expectFlawless(harness, endpoint, 5);
    });
  }

  contractCase("closes the connection of an answer it gave up", async (harness) => {
    const upstream = await harness.upstream((exchange) => exchange.write(chunkedHead()));
    const response = await harness.send(upstream.endpoint);
    response.body.cancel();
    await upstream.until("the engine to close the connection", () => upstream.open === 0);
  });
}

/** That many requests in a row, each answered `ok` by its first and only attempt. */
export async function expectFlawless(
  harness: EngineHarness,
  endpoint: Parameters<EngineHarness["exchange"]>[0],
  rounds: number,
): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const { response, body } = await harness.exchange(endpoint, {
      repeatable: true,
      upstream: { method: "POST", body: Buffer.from("{}") },
    });
    expect(response.attempts, "a dead pooled connection is not an attempt").toHaveLength(1);
    expect(body.error).toBeUndefined();
    expect(body.text()).toBe("ok");
  }
  expect(
    harness.observer.codes.filter((code) => code !== undefined),
    "a dead pooled connection is not a failure",
  ).toEqual([]);
}

/** Announces keep-alive by saying nothing, and closes all the same. */
const answerThenClose: Script = async (exchange) => {
  await exchange.write(answer({ body: "ok" }));
  exchange.close();
};

const streamThenClose: Script = async (exchange) => {
  await exchange.write(
    chunkedHead(["Content-Type", "text/event-stream", "Connection", "keep-alive"]),
  );
  await exchange.write(chunk("ok"));
  await exchange.write(lastChunk());
  exchange.close();
};
