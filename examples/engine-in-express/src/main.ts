import { CancellationSource, EVERY_CANDIDATE, toProxyError, type Endpoint } from "@olla-ts/core";
import { createOllaEngine } from "@olla-ts/engine-olla";
import express from "express";

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

const app = express();

app.all(
  "/v1/{*rest}",
  express.raw({ type: () => true, limit: "10mb" }),
  async (request, response) => {
    const body: unknown = request.body;
    const cancellation = new CancellationSource();
    response.on("close", () => cancellation.abort()); // a client that leaves stops the backend
    try {
      const answer = await engine.processRequest({
        candidates: [endpoint],
        select: () => endpoint,
        toUpstream: () => ({
          method: request.method,
          path: request.originalUrl,
          headers: ["Content-Type", request.get("content-type") ?? "application/json"],
          body: body instanceof Uint8Array ? body : undefined,
        }),
        repeatable: true,
        retry: EVERY_CANDIDATE,
        cancellation,
      });
      response.writeHead(answer.status, [...answer.headers]);
      response.on("drain", () => answer.body.resume());
      answer.body.pipeTo({
        write: (chunk) => response.write(chunk),
        end: () => void response.end(),
        fail: () => void response.destroy(), // what broke off must not look complete
      });
    } catch (error) {
      const { code, message, status } = toProxyError(error);
      response.status(status).json({ error: { code, message } });
    }
  },
);

const server = app.listen(Number(port), "127.0.0.1", () => {
  const address = server.address();
  const listening = typeof address === "object" ? address?.port : address;
  console.log(`http://127.0.0.1:${listening}/v1/ leads to ${backendUrl}`);
});
process.once("SIGTERM", () => {
  server.close(() => void engine[Symbol.asyncDispose]());
});
