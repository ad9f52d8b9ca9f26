import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { EVERY_CANDIDATE, CancellationSource, type Endpoint, type ProxyError } from "@olla-ts/core";
import type { BodySink, ProxyRequest, ProxyResponse } from "@olla-ts/core/ports";
import { makeEndpoint, realClock } from "@olla-ts/core/testing";
import { bench, run, summary } from "mitata";
import { Pool, type Dispatcher } from "undici";

import { createOllaEngine } from "./olla-engine.ts";

// What the engine adds to undici's own dispatch: `pnpm bench:micro packages/engine-olla/src/exchange.bench.ts`.
// Both talk to the same server in this process, so its cost is in both figures.

const ANSWER = Buffer.alloc(1_024, "x");
const TOKEN = Buffer.from(`data: {"choices":[{"delta":{"content":"token"}}]}\n\n`);
const TOKENS = 200;
const BODY = Buffer.from(JSON.stringify({ model: "m", prompt: "x".repeat(900) }));
const HEADERS = ["content-type", "application/json", "user-agent", "bench", "x-request-id", "1"];

const server = createServer((request, response) => {
  request.resume();
  if (request.url === "/stream") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (let token = 0; token < TOKENS; token += 1) response.write(TOKEN);
    response.end();
    return;
  }
  response.writeHead(200, { "content-type": "application/json", "content-length": ANSWER.length });
  response.end(ANSWER);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const address: AddressInfo | string | null = server.address();
if (typeof address !== "object" || address === null) throw new Error("no port");
const endpoint = makeEndpoint({ url: `http://127.0.0.1:${address.port}` });

const engine = createOllaEngine({
  clock: realClock,
  random: Math.random,
  timeouts: {
    connectMs: 60_000,
    tlsMs: 10_000,
    responseHeaderMs: 30_000,
    firstTokenMs: 60_000,
    idleMs: 60_000,
    totalMs: 900_000,
  },
});
const pool = new Pool(endpoint.origin, { pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
const candidates = [endpoint];

/** Reads and counts, as a server's response would take the chunks. */
class CountingSink implements BodySink {
  bytes = 0;
  readonly #done: () => void;
  readonly #failed: (error: Error) => void;

  constructor(done: () => void, failed: (error: Error) => void) {
    this.#done = done;
    this.#failed = failed;
  }

  write(chunk: Uint8Array): boolean {
    this.bytes += chunk.byteLength;
    return true;
  }

  end(): void {
    this.#done();
  }

  fail(error: ProxyError): void {
    this.#failed(error);
  }
}

class CountingHandler implements Dispatcher.DispatchHandler {
  bytes = 0;
  readonly #done: () => void;
  readonly #failed: (error: Error) => void;

  constructor(done: () => void, failed: (error: Error) => void) {
    this.#done = done;
    this.#failed = failed;
  }

  onRequestStart(): void {}

  onResponseStart(): void {}

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bytes += chunk.byteLength;
  }

  onResponseEnd(): void {
    this.#done();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#failed(error);
  }
}

function makeRequest(path: string): ProxyRequest {
  return {
    candidates,
    select: first,
    toUpstream: () => ({ method: "POST", path, headers: HEADERS, body: BODY }),
    repeatable: true,
    retry: EVERY_CANDIDATE,
    cancellation: new CancellationSource(),
  };
}

function first([candidate]: readonly Endpoint[]): Endpoint {
  if (candidate === undefined) throw new Error("no candidate");
  return candidate;
}

async function overEngine(path: string): Promise<void> {
  const response: ProxyResponse = await engine.processRequest(makeRequest(path));
  await new Promise<void>((resolve, reject) => {
    response.body.pipeTo(new CountingSink(resolve, reject));
  });
}

async function overDispatch(path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const handler = new CountingHandler(resolve, reject);
    pool.dispatch({ method: "POST", path, headers: HEADERS, body: BODY }, handler);
  });
}

/** Sixteen at a time, so that the event loop is never idle and the figures are processor time. */
function sixteen(send: (path: string) => Promise<void>, path: string): Promise<unknown> {
  return Promise.all(Array.from({ length: 16 }, () => send(path)));
}

summary(() => {
  bench("16 small answers, undici dispatch", () => sixteen(overDispatch, "/small")).baseline(true);
  bench("16 small answers, engine", () => sixteen(overEngine, "/small"));
});

summary(() => {
  bench("16 streams of 200 tokens, undici dispatch", () =>
    sixteen(overDispatch, "/stream")).baseline(true);
  bench("16 streams of 200 tokens, engine", () => sixteen(overEngine, "/stream"));
});

await run();
await engine[Symbol.asyncDispose]();
await pool.close();
server.close();
