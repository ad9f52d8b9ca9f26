import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { MessageChannel } from "node:worker_threads";

import { afterEach, describe, expect, it } from "vitest";

import type { LocalListener } from "../compose-data-plane.ts";
import { createLocalServer } from "../http/local-server.ts";
import { createMainThreadHop } from "./main-thread-hop.ts";
import { PortSocket } from "./port-socket.ts";

let stack = new AsyncDisposableStack();

afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

/** A listener that hands every request on, and `local` at the other end. */
async function start(local: (...given: Parameters<LocalListener>) => unknown): Promise<URL> {
  const main = stack.use(createLocalServer(8_192, (...given) => void local(...given)));
  const hop = createMainThreadHop({
    connect(peer) {
      const { port1, port2 } = new MessageChannel();
      main.take(new PortSocket(port2, peer));
      return new PortSocket(port1);
    },
    requestId: () => "id",
  });
  const server = createServer({ requireHostHeader: false }, hop);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stack.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/internal/x?y=%20`);
}

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

async function ask(url: URL, { method = "GET", headers = {}, body }: Sent = {}) {
  const request = httpRequest(url, { method, headers, agent: false });
  const answered = once(request, "response");
  request.end(body);
  const [response] = (await answered) as [IncomingMessage];
  return response;
}

describe("a request that the main thread answers", () => {
  it("arrives with method, target, fields, body and the client's address", async () => {
    const url = await start(async (request, response) => {
      const { method, url: target, headers, socket } = request;
      const { host, "x-one": one } = headers;
      const body = await text(request);
      response.end(JSON.stringify({ method, target, host, one, body, peer: socket.remoteAddress }));
    });
    const response = await ask(url, { method: "POST", headers: { "X-One": "1" }, body: "hello" });
    expect(JSON.parse(await text(response))).toEqual({
      method: "POST",
      target: "/internal/x?y=%20",
      host: url.host,
      one: "1",
      body: "hello",
      peer: "127.0.0.1",
    });
  });

  it("is answered with status, reason, fields and length as they were given", async () => {
    const url = await start((_, response) => {
      response.writeHead(418, "Short and stout", [
        "X-Two",
        "a",
        "X-Two",
        "b",
        "Content-Length",
        "3",
      ]);
      response.end("tea");
    });
    const response = await ask(url);
    expect([response.statusCode, response.statusMessage]).toEqual([418, "Short and stout"]);
    expect(response.headersDistinct["x-two"]).toEqual(["a", "b"]);
    expect(response.headers).toMatchObject({ "content-length": "3" });
    expect(response.headersDistinct["date"]).toHaveLength(1);
    expect(response.headers["transfer-encoding"]).toBeUndefined();
    expect(await text(response)).toBe("tea");
  });

  it("is answered to HEAD without a body and with the length", async () => {
    const url = await start((_, response) => {
      response.setHeader("Content-Length", "3").end();
    });
    const response = await ask(url, { method: "HEAD" });
    expect(response.headers["content-length"]).toBe("3");
    expect(await text(response)).toBe("");
  });

  it("is answered part by part as a stream", async () => {
    const steps: (() => void)[] = [];
    const url = await start((_, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" }).flushHeaders();
      steps.push(
        () => void response.write("data: 1\n\n"),
        () => void response.end("data: 2\n\n"),
      );
    });
    const response = await ask(url);
    const parts = response.setEncoding("utf8")[Symbol.asyncIterator]();
    steps[0]?.();
    expect(await parts.next()).toEqual({ done: false, value: "data: 1\n\n" });
    steps[1]?.();
    expect(await parts.next()).toEqual({ done: false, value: "data: 2\n\n" });
    expect((await parts.next()).done).toBe(true);
  });

  it("carries megabytes both ways unchanged", async () => {
    const url = await start((request, response) => {
      request.pipe(response);
    });
    const body = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251));
    const response = await ask(url, { method: "POST", body });
    expect((await buffer(response)).equals(body)).toBe(true);
  });

  it("holds back who writes faster than the client reads", async () => {
    let written = 0;
    const chunk = Buffer.alloc(65_536);
    const stalled = Promise.withResolvers<void>();
    const url = await start((_, response) => {
      while (response.write(chunk)) written += chunk.length;
      stalled.resolve();
    });
    const response = await ask(url);
    await stalled.promise;
    expect(written).toBeLessThan(1_048_576);
    response.destroy();
  });

  it("reaches the client when it comes before the whole request, and ends the connection", async () => {
    const url = await start((_, response) => {
      response.writeHead(413).end("too much");
    });
    const request = httpRequest(url, { method: "POST", agent: false });
    const closed = Promise.withResolvers<boolean>();
    request.on("close", () => closed.resolve(request.destroyed));
    request.on("error", () => {});
    const answered = once(request, "response");
    const chunk = Buffer.alloc(65_536);
    for (let sent = 0; sent < 400; sent += 1) request.write(chunk);
    const [response] = (await answered) as [IncomingMessage];
    expect(response.statusCode).toBe(413);
    expect(await text(response)).toBe("too much");
    request.end();
    expect(await closed.promise).toBe(true);
  });

  it("ends at once when the client leaves", async () => {
    const left = Promise.withResolvers<boolean>();
    const url = await start((_, response) => {
      response.on("close", () => left.resolve(response.writableFinished));
      response.flushHeaders();
    });
    const response = await ask(url);
    response.on("error", () => {});
    response.destroy();
    expect(await left.promise).toBe(false);
  });

  it("is cut for the client when its answer breaks off", async () => {
    const url = await start((_, response) => {
      response.write("half");
      setImmediate(() => response.destroy());
    });
    await expect(text(await ask(url))).rejects.toThrow("aborted");
  });

  it("is refused when there is no answer at all", async () => {
    const url = await start((request) => void request.socket.destroy());
    const response = await ask(url);
    expect(response.statusCode).toBe(500);
    expect(JSON.parse(await text(response))).toMatchObject({ error: { code: "internal" } });
  });
});
