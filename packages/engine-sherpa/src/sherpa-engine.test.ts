import { createServer, type RequestListener, type Server } from "node:http";

import { CancellationSource, type Endpoint, EVERY_CANDIDATE, ProxyError } from "@olla-ts/core";
import type { ProxyRequest } from "@olla-ts/core/ports";
import {
  describeProxyEngine,
  makeEndpoint,
  ManualClock,
  realClock,
  settle,
} from "@olla-ts/core/testing";
import { describe, expect, it, onTestFinished } from "vitest";

import { createSherpaEngine, type SherpaEngineOptions } from "./sherpa-engine.ts";

const NO_LIMITS = {
  connectMs: 0,
  tlsMs: 0,
  responseHeaderMs: 0,
  firstTokenMs: 0,
  idleMs: 0,
  totalMs: 0,
};

describe("createSherpaEngine", () => {
  describeProxyEngine(
    ({ timeouts, observer }) => createSherpaEngine({ timeouts, observer, clock: realClock }),
    { "keeps the spelling of trailer names": "undici's promise API has them in lower case" },
  );

  it("sends the endpoint's fields with a health check", async () => {
    const seen: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.end("ok");
    });
    const engine = makeEngine({
      headersFor: ({ name }) => ["Authorization", `Bearer of ${name}`],
    });
    expect(await engine.healthCheck(makeEndpoint({ name: "a", url }))).toBe(true);
    expect(seen).toEqual(["Bearer of a"]);
  });

  it("checks the health of an endpoint on an address of its own", async () => {
    const url = await serve((_, response) => response.writeHead(500).end());
    const healthUrl = await serve((_, response) => response.end("ok"));
    const endpoint = makeEndpoint({ url, healthUrl });
    expect(await makeEngine().healthCheck(endpoint)).toBe(true);
  });

  it("takes a health URL that is none for unwell", async () => {
    expect(await makeEngine().healthCheck(makeEndpoint({ healthUrl: "/health" }))).toBe(false);
  });

  it("refuses a response head above its limit", async () => {
    const url = await serve((_, response) => response.setHeader("X-Pad", "p".repeat(3000)).end());
    const endpoint = makeEndpoint({ url });
    const small = makeEngine({ maxResponseHeaderBytes: 2000 });
    await expect(small.processRequest(makeRequest(endpoint))).rejects.toMatchObject({
      code: "upstream_protocol",
    });
    const large = makeEngine({ maxResponseHeaderBytes: 4000 });
    expect((await large.processRequest(makeRequest(endpoint))).status).toBe(200);
  });

  it("closes an idle connection after its time", async () => {
    const closed = Promise.withResolvers<void>();
    const url = await serve((request, response) => {
      request.socket.once("close", () => closed.resolve());
      response.end("ok");
    });
    const engine = makeEngine({ keepAliveMs: 50 });
    const response = await engine.processRequest(makeRequest(makeEndpoint({ url })));
    for await (const chunk of response.body) expect(Buffer.from(chunk).toString()).toBe("ok");
    await closed.promise;
  });

  it("leaves no timer behind an answer, a failure and a health check", async () => {
    const clock = new ManualClock();
    const url = await serve((request, response) => {
      if (request.url === "/broken") request.socket.destroy();
      else response.end("ok");
    });
    const endpoint = makeEndpoint({ url });
    const timeouts = { ...NO_LIMITS, firstTokenMs: 1000, idleMs: 1000, totalMs: 1000 };
    const engine = makeEngine({ clock, timeouts });
    const response = await engine.processRequest(makeRequest(endpoint));
    for await (const chunk of response.body) expect(chunk.byteLength).toBe(2);
    const broken = { method: "GET", path: "/broken", headers: [], body: undefined };
    const refused = engine.processRequest({
      ...makeRequest(endpoint),
      toUpstream: () => broken,
    });
    await expect(refused).rejects.toThrow(ProxyError);
    expect(await engine.healthCheck(endpoint)).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it("fails a body whose limit passes on the clock it was given", async () => {
    const clock = new ManualClock();
    const url = await serve((_, response) => response.write("part"));
    const timeouts = { ...NO_LIMITS, idleMs: 60_000 };
    const engine = makeEngine({ clock, timeouts });
    const response = await engine.processRequest(makeRequest(makeEndpoint({ url })));
    const chunks = response.body[Symbol.asyncIterator]();
    expect((await chunks.next()).done).toBe(false);
    const rest = chunks.next();
    await settle();
    clock.advance(60_000);
    await expect(rest).rejects.toMatchObject({ code: "idle_timeout" });
    expect(engine.getStats()).toMatchObject({ failures: 1, bytes: 4, inFlight: 0 });
  });

  it("keeps the failure of the last attempt and what caused it", async () => {
    const url = await serve((request) => request.socket.resetAndDestroy());
    const refused = makeEngine().processRequest(makeRequest(makeEndpoint({ name: "a", url })));
    const error = await refused.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "upstream_reset",
      endpoint: "a",
      message:
        "Tried 1 endpoint, none answered. The backend reset the connection before it answered.",
      cause: { code: "upstream_reset", cause: { code: "UPSTREAM_RESET" } },
    });
  });

  it("blames no endpoint for a request that cannot be written", async () => {
    const endpoints = [makeEndpoint({ slot: 1 }), makeEndpoint({ slot: 2 })];
    const request = makeRequest(...endpoints);
    const refused = makeEngine().processRequest({
      ...request,
      toUpstream: () => ({ method: "GET", path: "/", headers: ["Bad Name", "x"], body: undefined }),
    });
    const error = await refused.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProxyError);
    expect(error).toMatchObject({ code: "internal", failure: { againstEndpoint: false } });
  });

  it("counts no attempt when the request cannot be built", async () => {
    const engine = makeEngine();
    const refused = engine.processRequest({
      ...makeRequest(makeEndpoint()),
      toUpstream: () => {
        throw new ProxyError("internal", "no translation");
      },
    });
    await expect(refused).rejects.toThrow("no translation");
    expect(engine.getStats()).toMatchObject({ attempts: 0, inFlight: 0 });
  });
});

function makeEngine(
  over: Partial<SherpaEngineOptions> = {},
): ReturnType<typeof createSherpaEngine> {
  const engine = createSherpaEngine({ timeouts: NO_LIMITS, clock: realClock, ...over });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return engine;
}

function makeRequest(...candidates: readonly Endpoint[]): ProxyRequest {
  return {
    candidates,
    select: ([first = makeEndpoint()]) => first,
    toUpstream: () => ({ method: "GET", path: "/", headers: [], body: undefined }),
    repeatable: true,
    retry: EVERY_CANDIDATE,
    cancellation: new CancellationSource(),
  };
}

/** @returns address of a server that lives as long as the test */
async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return `http://127.0.0.1:${address.port}`;
}
