import { expect } from "vitest";

import { CancellationSource } from "../../domain/cancellation.ts";
import type { ProxyResponse } from "../../ports/proxy-engine.ts";
import { makeEndpoint } from "../make.ts";
import { pass } from "./changes.ts";
import { collect, CollectingSink } from "./collecting-sink.ts";
import type { ContractCase, EngineHarness } from "./engine-harness.ts";
import { answer, chunk, chunkedHead, lastChunk } from "./http-text.ts";
import type { ScriptedUpstream } from "./scripted-upstream.ts";
import { UnacceptingListener } from "./unaccepting-listener.ts";

/** A client that leaves reaches the backend at once and is nobody's failure. */
export function describeCancellation(contractCase: ContractCase): void {
  contractCase("aborts the upstream when cancelled before the head", async (harness) => {
    const cancellation = new CancellationSource();
    const silent = await harness.upstream(() => {});
    const other = await harness.upstream((exchange) => exchange.write(answer()));
    const refused = harness.refusal([silent.endpoint, other.endpoint], { cancellation });
    await silent.until("the request to arrive", () => silent.requests.length > 0);
    cancellation.abort();
    expect((await refused).code).toBe("client_aborted");
    await silent.until("the engine to close the connection", () => silent.open === 0);
    await harness.observer.settled();
    expect(harness.observer.codes).toEqual(["client_aborted"]);
    expect(other.connections, "a cancelled request is not retried").toBe(0);
  });

  contractCase("rejects at once when cancelled before there is a connection", async (harness) => {
    await using listener = await UnacceptingListener.start();
    if (listener === undefined) return;
    const cancellation = new CancellationSource();
    const full = makeEndpoint({ url: `http://127.0.0.1:${listener.port}` });
    const refused = harness.refusal(full, { cancellation });
    await pass(20);
    cancellation.abort();
    expect((await refused).code).toBe("client_aborted");
  });

  contractCase("leaves the other requests to the endpoint alone", async (harness) => {
    const sent = Promise.withResolvers<void>();
    const upstream = await harness.upstream(async (exchange) => {
      await exchange.write(chunkedHead());
      await exchange.write(chunk("first"));
      await sent.promise;
      await exchange.write(lastChunk());
    });
    const leaving = await harness.send(upstream.endpoint);
    const staying = await harness.send(upstream.endpoint);
    leaving.body.cancel();
    await upstream.until("the engine to close one connection", () => upstream.open === 1);
    sent.resolve();
    const sink = await collect(staying.body);
    expect(sink.error).toBeUndefined();
    expect(sink.text()).toBe("first");
  });

  contractCase("sends nothing when cancelled beforehand", async (harness) => {
    const cancellation = new CancellationSource();
    cancellation.abort();
    const upstream = await harness.upstream((exchange) => exchange.write(answer()));
    const error = await harness.refusal(upstream.endpoint, { cancellation });
    expect(error.code).toBe("client_aborted");
    expect(upstream.requests).toEqual([]);
  });

  const ways: Readonly<Record<string, (cut: Cut) => void>> = {
    "body.cancel()": ({ response }) => response.body.cancel(),
    "cancellation.abort()": ({ cancellation }) => cancellation.abort(),
  };
  for (const [way, cut] of Object.entries(ways)) {
    contractCase(`HP-44 aborts the upstream on ${way} in a body being read`, async (harness) => {
      const running = await streaming(harness);
      const sink = new CollectingSink();
      running.response.body.pipeTo(sink);
      await sink.has("first");
      cut(running);
      await expectAborted(harness, running.upstream);
      expect(sink.error, "fail does not follow a cancel").toBeUndefined();
      expect(sink.trailers, "end does not follow a cancel").toBeUndefined();
    });

    contractCase(`aborts the upstream on ${way} in a paused body`, async (harness) => {
      const running = await streaming(harness);
      const sink = new CollectingSink({ accept: () => false });
      running.response.body.pipeTo(sink);
      await sink.has("first");
      cut(running);
      await expectAborted(harness, running.upstream);
      expect(sink.finished, "neither end nor fail follows a cancel").toBe(false);
    });

    contractCase(`aborts the upstream on ${way} in a body not yet read`, async (harness) => {
      const running = await streaming(harness);
      cut(running);
      await expectAborted(harness, running.upstream);
    });
  }

  contractCase("aborts the upstream when the iteration is left", async (harness) => {
    const { response, upstream } = await streaming(harness);
    for await (const part of response.body) {
      expect(Buffer.from(part).toString()).toBe("first");
      break;
    }
    await expectAborted(harness, upstream);
  });

  contractCase("takes a cancel after the end for nothing", async (harness) => {
    const cancellation = new CancellationSource();
    const { endpoint } = await harness.upstream((exchange) => exchange.write(answer()));
    const { response, body } = await harness.exchange(endpoint, { cancellation });
    response.body.cancel();
    cancellation.abort();
    await harness.observer.settled();
    expect(body.afterwards).toEqual([]);
    expect(harness.observer.codes).toEqual([undefined]);
    expect((await harness.exchange(endpoint)).response.status).toBe(200);
  });
}

interface Cut {
  readonly cancellation: CancellationSource;
  readonly response: ProxyResponse;
  readonly upstream: ScriptedUpstream;
}

/** A response whose body has begun and goes on for ever. */
async function streaming(harness: EngineHarness): Promise<Cut> {
  const cancellation = new CancellationSource();
  const upstream = await harness.upstream(async (exchange) => {
    await exchange.write(chunkedHead());
    await exchange.write(chunk("first"));
  });
  return {
    cancellation,
    upstream,
    response: await harness.send(upstream.endpoint, { cancellation }),
  };
}

async function expectAborted(harness: EngineHarness, upstream: ScriptedUpstream): Promise<void> {
  await upstream.until("the engine to close the connection", () => upstream.open === 0);
  await harness.observer.settled();
  await pass(30);
  expect(harness.observer.ended).toHaveLength(1);
  expect(harness.observer.ended[0]).toMatchObject({
    status: 200,
    error: { code: "client_aborted" },
  });
}
