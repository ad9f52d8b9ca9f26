import { Readable } from "node:stream";

import {
  CancellationSource,
  EVERY_CANDIDATE,
  headerPairs,
  toProxyError,
  type Endpoint,
} from "@olla-ts/core";
import { createOllaEngine } from "@olla-ts/engine-olla";
import { fastify } from "fastify";

const [backendUrl = "http://127.0.0.1:11434", port = "3000"] = process.argv.slice(2);

const engine = createOllaEngine({
  random: Math.random,
  clock: {
    now: () => performance.now(),
    wallTime: () => Date.now(),
    schedule(callback, delayMs) {
      const timer = setTimeout(callback, delayMs).unref();
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
  },
  timeouts: {
    connectMs: 5_000,
    tlsMs: 5_000,
    responseHeaderMs: 120_000,
    firstTokenMs: 0,
    idleMs: 60_000,
    totalMs: 0,
  },
});

/** The one server behind this app. */
const endpoint: Endpoint = {
  slot: 0,
  name: "backend",
  url: backendUrl,
  origin: backendUrl,
  basePath: "",
  type: "openai-compatible",
  priority: 100,
  preservePath: false,
  healthUrl: `${backendUrl}/v1/models`,
  modelsUrl: `${backendUrl}/v1/models`,
  checkIntervalMs: 5_000,
  checkTimeoutMs: 2_000,
  modelFilter: { include: [], exclude: [] },
};

const app = fastify({ bodyLimit: 10 * 1024 * 1024 });

// Bodies are passed on as they are.
app.removeAllContentTypeParsers();
app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

app.all("/v1/*", async (request, reply) => {
  const { body } = request;
  const cancellation = new CancellationSource();
  reply.raw.on("close", () => cancellation.abort()); // a client that leaves stops the backend
  try {
    const answer = await engine.processRequest({
      candidates: [endpoint],
      select: () => endpoint,
      toUpstream: () => ({
        method: request.method,
        path: request.url,
        headers: ["Content-Type", request.headers["content-type"] ?? "application/json"],
        body: body instanceof Uint8Array ? body : undefined,
      }),
      repeatable: true,
      retry: EVERY_CANDIDATE,
      cancellation,
    });
    reply.code(answer.status);
    for (const [name, value] of headerPairs(answer.headers)) reply.header(name, value);
    // Ends the connection, not only the answer, when the backend breaks off.
    return await reply.send(Readable.from(answer.body, { objectMode: false }));
  } catch (error) {
    const { code, message, status } = toProxyError(error);
    return reply.code(status).send({ error: { code, message } });
  }
});

await app.listen({ port: Number(port), host: "127.0.0.1" });
console.log(`${app.listeningOrigin}/v1/ leads to ${backendUrl}`);
process.once("SIGTERM", () => {
  void app.close().then(() => engine[Symbol.asyncDispose]());
});
