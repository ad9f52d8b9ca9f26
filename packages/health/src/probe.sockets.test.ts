import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import type { Endpoint } from "@olla-ts/core";
import { makeEndpoint, ManualClock } from "@olla-ts/core/testing";
import { afterEach, describe, expect, it } from "vitest";

import type { Verdict } from "./probe-verdict.ts";
import { createProbe } from "./probe.ts";

/** So long that only a test that moves the clock this far reaches it. */
const checkTimeoutMs = 1_000_000;
const servers: Server[] = [];

async function serve(listener: RequestListener): Promise<{ server: Server; endpoint: Endpoint }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  // A TCP server on a port has an address of this form.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { port } = server.address() as AddressInfo;
  return { server, endpoint: makeEndpoint({ url: `http://127.0.0.1:${port}`, checkTimeoutMs }) };
}

function setUp() {
  const clock = new ManualClock();
  const answered = Promise.withResolvers<void>();
  const probe = createProbe({
    clock,
    random: () => 0.5,
    async fetch(url, init) {
      const response = await globalThis.fetch(url, init);
      answered.resolve();
      return response;
    },
    headersFor: () => ["X-Api-Key", "secret"],
    version: "1",
  });
  const run = (endpoint: Endpoint): Promise<Verdict | undefined> =>
    probe(endpoint, new AbortController().signal);
  return { clock, run, answered: answered.promise };
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe("createProbe over sockets", () => {
  it("finds a server healthy and hands over the endpoint's fields", async () => {
    const { run } = setUp();
    const seen: unknown[] = [];
    const { endpoint } = await serve((request, response) => {
      seen.push(request.method, request.url, request.headers["x-api-key"]);
      response.end("{}");
    });
    expect(await run(endpoint)).toMatchObject({ status: "healthy" });
    expect(seen).toEqual(["GET", "/health", "secret"]);
  });

  it("R33 follows a redirect to the same server but never to another one", async () => {
    const { run } = setUp();
    let strangers = 0;
    const { endpoint: other } = await serve((_, response) => {
      strangers += 1;
      response.end();
    });
    let location = "/ready";
    const { endpoint } = await serve((request, response) => {
      if (request.url === "/ready") response.end();
      else response.writeHead(302, { location }).end();
    });
    expect(await run(endpoint)).toMatchObject({ status: "healthy" });
    location = other.healthUrl;
    expect(await run(endpoint)).toMatchObject({ status: "unhealthy" });
    expect(strangers).toBe(0);
  });

  it("finds a closed port offline", async () => {
    const { clock, run } = setUp();
    const { server, endpoint } = await serve(() => {});
    server.close();
    await once(server, "close");
    const verdicts: unknown[] = [];
    void run(endpoint).then((verdict) => verdicts.push(verdict));
    while (verdicts.length === 0) await clock.advanceAsync(50);
    expect(verdicts[0]).toMatchObject({ status: "offline", error: "connection refused" });
  });

  it("ends a request that hangs when the time is up", async () => {
    const { clock, run } = setUp();
    const hungUp = Promise.withResolvers<void>();
    const { server, endpoint } = await serve((_, response) => {
      response.on("close", hungUp.resolve);
    });
    const asked = once(server, "request");
    const verdict = run(endpoint);
    await asked;
    clock.advance(checkTimeoutMs);
    expect(await verdict).toMatchObject({ status: "offline", reason: "timeout" });
    await hungUp.promise;
  });

  it("lets the head decide when the body stalls", async () => {
    const { clock, run, answered } = setUp();
    const { endpoint } = await serve((_, response) => {
      response.writeHead(200).write("{");
    });
    const verdict = run(endpoint);
    await answered;
    clock.advance(checkTimeoutMs);
    expect(await verdict).toMatchObject({ status: "healthy" });
  });

  it("hangs up on a body without end", async () => {
    const { run } = setUp();
    const hungUp = Promise.withResolvers<void>();
    const { endpoint } = await serve((_, response) => {
      const more = (): void => {
        while (response.write("x".repeat(16_384)));
      };
      response.on("drain", more).on("close", hungUp.resolve).writeHead(200);
      more();
    });
    expect(await run(endpoint)).toMatchObject({ status: "healthy" });
    await hungUp.promise;
  });
});
