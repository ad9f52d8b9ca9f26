import { serve } from "@hono/node-server";
import {
  cancellationOf,
  EVERY_CANDIDATE,
  headerPairs,
  toProxyError,
  type Endpoint,
} from "@olla-ts/core";
import { createOllaEngine } from "@olla-ts/engine-olla";
import { Hono } from "hono";

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

const app = new Hono();

app.all("/v1/*", async ({ req }) => {
  const { pathname, search } = new URL(req.url);
  const body = new Uint8Array(await req.arrayBuffer());
  try {
    const answer = await engine.processRequest({
      candidates: [endpoint],
      select: () => endpoint,
      toUpstream: () => ({
        method: req.method,
        path: pathname + search,
        headers: ["Content-Type", req.header("content-type") ?? "application/json"],
        body: body.length > 0 ? body : undefined,
      }),
      repeatable: true,
      retry: EVERY_CANDIDATE,
      cancellation: cancellationOf(req.raw.signal), // a client that leaves stops the backend
    });
    return new Response(ReadableStream.from(answer.body), {
      status: answer.status,
      headers: headerPairs(answer.headers),
    });
  } catch (error) {
    const { code, message, status } = toProxyError(error);
    return Response.json({ error: { code, message } }, { status });
  }
});

const server = serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" }, (info) => {
  console.log(`http://127.0.0.1:${info.port}/v1/ leads to ${backendUrl}`);
});
process.once("SIGTERM", () => {
  server.close(() => void engine[Symbol.asyncDispose]());
});
