import { once } from "node:events";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer, type AddressInfo, type Socket } from "node:net";

import type { Endpoint } from "@olla-ts/core";
import { makeEndpoint, ManualClock, settle } from "@olla-ts/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { ask, EngineKit, makeRequest, refusal } from "./testing/engine-kit.ts";

let kit: EngineKit;

beforeEach(() => {
  kit = new EngineKit(new ManualClock());
});

afterEach(() => kit[Symbol.asyncDispose]());

function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}

/** A raw server: `answer` is called with each connection whenever a whole request arrived. */
async function listen(answer: (socket: Socket, request: number) => void): Promise<RawServer> {
  let connections = 0;
  const server = createServer((socket) => {
    let requests = 0;
    connections += 1;
    socket.on("error", () => {});
    socket.on("data", (data) => {
      // Requests of these tests are short and end with their body `{}`.
      if (data.toString().endsWith("{}")) answer(socket, ++requests);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = makeEndpoint({ url: `http://127.0.0.1:${portOf(server)}` });
  return {
    endpoint,
    connections: () => connections,
    [Symbol.dispose]: () => {
      server.close();
    },
  };
}

interface RawServer extends Disposable {
  readonly endpoint: Endpoint;
  readonly connections: () => number;
}

/** As llama.cpp does: announces keep-alive and closes after the stream all the same. */
function streamAndClose(socket: Socket): void {
  socket.write(
    "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5, max=100\r\n" +
      "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n7\r\ndata: 1\r\n",
  );
  setImmediate(() => {
    socket.end("7\r\ndata: 2\r\n0\r\n\r\n");
  });
}

async function repeat(count: number, work: () => Promise<unknown>): Promise<void> {
  for (let round = 0; round < count; round += 1) await work();
}

describe("connections of the olla engine", () => {
  it("gives 16 streaming clients no failure when every stream's connection is closed unannounced", async () => {
    using server = await listen(streamAndClose);
    const engine = kit.start();
    const stream = async (): Promise<void> => {
      expect(await ask(engine, [server.endpoint])).toBe("data: 1data: 2");
    };
    await Promise.all(Array.from({ length: 16 }, () => repeat(25, stream)));
    expect(engine.getStats()).toMatchObject({ attempts: 400, failures: 0, retries: 0 });
  });

  it("sends again on a fresh connection when a kept one dies under the request, as one attempt", async () => {
    using server = await listen((socket, request) => {
      if (request === 1) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      else socket.resetAndDestroy();
    });
    const engine = kit.start();
    expect(await ask(engine, [server.endpoint])).toBe("ok");
    expect(await ask(engine, [server.endpoint])).toBe("ok");
    expect(server.connections()).toBe(2);
    expect(engine.getStats()).toMatchObject({ attempts: 2, failures: 0, staleConnections: 1 });
  });

  it.each<{ what: string; happens: (socket: Socket) => void }>([
    { what: "is reset", happens: (socket) => socket.resetAndDestroy() },
    { what: "is closed", happens: (socket) => socket.destroy() },
  ])("sends again when a kept connection $what just before the request", async ({ happens }) => {
    const kept: Socket[] = [];
    using server = await listen((socket) => {
      kept.push(socket);
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    const engine = kit.start();
    await ask(engine, [server.endpoint]);
    await settle();
    for (const socket of kept) happens(socket);
    expect(await ask(engine, [server.endpoint])).toBe("ok");
    expect(engine.getStats()).toMatchObject({ attempts: 2, failures: 0 });
  });

  it("drops a kept connection that speaks unasked", async () => {
    const kept: Socket[] = [];
    using server = await listen((socket) => {
      kept.push(socket);
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    const engine = kit.start();
    await ask(engine, [server.endpoint]);
    const dropped = Promise.all(kept.map((socket) => once(socket, "close")));
    for (const socket of kept) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad");
    await dropped;
    expect(await ask(engine, [server.endpoint])).toBe("ok");
    expect(engine.getStats()).toMatchObject({ attempts: 2, failures: 0 });
  });

  it("reads the next answer on a connection whose last piece asked for a pause", async () => {
    const body = "x".repeat(70_000);
    using server = await listen((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
    const engine = kit.start();
    for (let turn = 0; turn < 3; turn += 1) {
      const { body: answer } = await engine.processRequest(makeRequest([server.endpoint]));
      let received = 0;
      await new Promise<void>((resolve, reject) => {
        answer.pipeTo({
          write(chunk) {
            received += chunk.byteLength;
            // As a client whose socket is full: the end comes while it still is.
            setImmediate(() => answer.resume());
            return false;
          },
          end: () => resolve(),
          fail: reject,
        });
      });
      expect(received).toBe(body.length);
    }
    expect(server.connections()).toBe(1);
  });

  it("sends what must not run twice over a connection that carried nothing yet", async () => {
    const seen: string[] = [];
    using server = await listen((socket, request) => {
      seen.push(`request ${request} of its connection`);
      // Carried out, and then the connection is lost before the answer.
      if (request === 1) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      else socket.resetAndDestroy();
    });
    const engine = kit.start();
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await ask(engine, [server.endpoint], { repeatable: false })).toBe("ok");
    }
    expect(seen).toEqual(Array.from({ length: 3 }, () => "request 1 of its connection"));
    expect(engine.getStats()).toMatchObject({ attempts: 3, failures: 0 });
  });

  it("takes a reset on a fresh connection for the endpoint's own, without sending again", async () => {
    using server = await listen((socket) => socket.resetAndDestroy());
    const engine = kit.start();
    expect((await refusal(ask(engine, [server.endpoint]))).code).toBe("upstream_reset");
    expect(server.connections()).toBe(1);
    expect(engine.getStats()).toMatchObject({ failures: 1, staleConnections: 0 });
  });

  it("does not send again once a kept connection has begun to answer", async () => {
    using server = await listen((socket, request) => {
      if (request === 1) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      else socket.end("HTTP/1.1 200 O");
    });
    const engine = kit.start();
    await ask(engine, [server.endpoint]);
    expect((await refusal(ask(engine, [server.endpoint]))).code).toBe("upstream_closed");
    expect(server.connections()).toBe(1);
  });

  it("keeps the connection that was used last and lets surplus ones go", async () => {
    const engine = kit.start();
    const ports = new Set<number | undefined>();
    const endpoint = await kit.serve(0, ({ socket }, response) => {
      ports.add(socket.remotePort);
      response.end("ok");
    });
    await Promise.all(Array.from({ length: 8 }, () => ask(engine, [endpoint])));
    ports.clear();
    await repeat(8, () => ask(engine, [endpoint]));
    expect(ports.size).toBe(1);
  });

  it("loses no request that had no answer yet when one of three busy backends dies", async () => {
    const engine = kit.start();
    const servers: Server[] = [];
    const endpoints: Endpoint[] = [];
    for (let slot = 0; slot < 3; slot += 1) {
      const server = createHttpServer((_request, response) => {
        setImmediate(() => response.end("ok"));
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      servers.push(server);
      endpoints.push(
        makeEndpoint({ slot, name: `u${slot}`, url: `http://127.0.0.1:${portOf(server)}` }),
      );
    }
    let turn = 0;
    const select = (remaining: readonly Endpoint[]): Endpoint => {
      const endpoint = remaining[turn++ % remaining.length];
      if (endpoint === undefined) throw new Error("select needs candidates");
      return endpoint;
    };
    let answered = 0;
    const send = async (): Promise<void> => {
      expect(await ask(engine, endpoints, { select })).toBe("ok");
      answered += 1;
      if (answered !== 100) return;
      servers[0]?.close();
      servers[0]?.closeAllConnections();
    };
    await Promise.all(Array.from({ length: 16 }, () => repeat(60, send)));
    expect(answered).toBe(960);
    // Nothing here takes the dead endpoint out of rotation, so it goes on being tried.
    expect(engine.getStats().retries).toBeGreaterThan(100);
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });
});
