import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

import { Pool, type Dispatcher } from "undici";

// The least a gateway on node:http and undici can cost: it passes requests on to the
// endpoint with the fewest, and does nothing else. Arguments: port, addresses of endpoints.

const [port = "0", ...urls] = process.argv.slice(2);

interface Upstream {
  readonly pool: Pool;
  active: number;
}

const upstreams: readonly Upstream[] = urls.map((url) => ({
  pool: new Pool(url, { connections: null, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 }),
  active: 0,
}));

const NOT_PASSED_ON = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "keep-alive",
]);

function passedOn(fields: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at] ?? "";
    if (!NOT_PASSED_ON.has(name.toLowerCase())) kept.push(name, fields[at + 1] ?? "");
  }
  return kept;
}

class PassThrough implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  readonly #upstream: Upstream;
  #controller: Dispatcher.DispatchController | undefined;
  #ended = false;

  constructor(response: ServerResponse, upstream: Upstream) {
    this.#response = response;
    this.#upstream = upstream;
    upstream.active += 1;
    response.on("close", () => {
      if (!this.#ended) this.#controller?.abort(new Error("the client left"));
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#response.on("drain", () => controller.resume());
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    const { "transfer-encoding": _te, connection: _connection, ...kept } = headers;
    this.#response.writeHead(status, kept);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#response.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#end();
    this.#response.end();
  }

  onResponseError(): void {
    this.#end();
    if (this.#response.headersSent) this.#response.destroy();
    else this.#response.writeHead(502).end();
  }

  #end(): void {
    this.#ended = true;
    this.#upstream.active -= 1;
  }
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const [first] = upstreams;
    if (first === undefined) return;
    const upstream = upstreams.reduce(
      (best, one) => (one.active < best.active ? one : best),
      first,
    );
    upstream.pool.dispatch(
      {
        path: request.url ?? "/",
        method: request.method === "GET" ? "GET" : "POST",
        headers: passedOn(request.rawHeaders),
        body: chunks.length === 1 ? (chunks[0] ?? null) : Buffer.concat(chunks),
      },
      new PassThrough(response, upstream),
    );
  });
}

createServer({ keepAliveTimeout: 60_000, requestTimeout: 0, noDelay: true }, serve).listen({
  port: Number(port),
  host: "127.0.0.1",
  backlog: 4_096,
});
