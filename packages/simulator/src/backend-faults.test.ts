import { connect } from "node:net";

import { describe, expect, it } from "vitest";

import { type BackendOptions, startBackend } from "./backend.ts";
import type { Fault } from "./fault.ts";

const streamed = { model: "pine", stream: true, messages: [] };

/** How a connection went, seen from a client that only listens. */
interface Outcome {
  readonly text: string;
  /** `FIN` for a clean end, else the socket's error code. */
  readonly end: string;
}

/** Sends one chat request on its own connection and listens until it ends. */
async function ask(port: number, body: object = streamed): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const json = JSON.stringify(body);
  let text = "";
  const socket = connect({ port, host: "127.0.0.1" });
  socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  socket.on("end", () => resolve({ text, end: "FIN" }));
  socket.on("error", (error: NodeJS.ErrnoException) => resolve({ text, end: error.code ?? "" }));
  const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: ${json.length}`;
  socket.write(`${head}\r\n\r\n${json}`);
  return promise;
}

function start(fault: Fault, options: Partial<BackendOptions> = {}) {
  const models = [{ id: "pine", reply: "one two three four" }];
  return startBackend({ kind: "vllm", name: "a", models, faults: [fault], ...options });
}

async function post(url: string, body: object = streamed): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, { method: "POST", body: JSON.stringify(body) });
}

describe("faults before the head", () => {
  it("refuse closes the listener until it is taken back", async () => {
    await using backend = await start({ type: "refuse" });
    expect(await ask(backend.port)).toEqual({ text: "", end: "ECONNREFUSED" });
    await backend.restart(); // a refusing backend stays closed
    expect(await ask(backend.port)).toEqual({ text: "", end: "ECONNREFUSED" });
    await backend.setFault(undefined);
    expect((await post(backend.url)).status).toBe(200);
  });

  it("refuse cuts idle connections and lets running answers end", async () => {
    await using backend = await startBackend({ kind: "vllm", name: "a" });
    const waking = Promise.withResolvers<void>();
    await using slow = await startBackend({
      kind: "vllm",
      name: "b",
      models: [{ id: "pine", firstTokenDelayMs: 1 }],
      sleep: () => waking.promise,
    });
    await (await fetch(`${backend.url}/echo`)).text();
    expect(backend.openConnections).toBe(1);
    await backend.setFault({ type: "refuse" });
    expect(await ask(backend.port)).toMatchObject({ end: "ECONNREFUSED" });
    expect(backend.openConnections).toBe(0);

    const answer = ask(slow.port);
    await slow.received(1);
    await slow.setFault({ type: "refuse" });
    waking.resolve();
    const { text, end } = await answer;
    expect(text).toMatch(/\[DONE\]\n\n\r\n0\r\n\r\n$/);
    expect(end).toBe("FIN"); // no second request on this connection
  });

  it("reset-before-headers resets without a byte", async () => {
    await using backend = await start({ type: "reset-before-headers" });
    expect(await ask(backend.port)).toEqual({ text: "", end: "ECONNRESET" });
  });

  it("close-before-headers ends cleanly without a byte", async () => {
    await using backend = await start({ type: "close-before-headers" });
    expect(await ask(backend.port)).toEqual({ text: "", end: "FIN" });
  });

  it("hang holds the request until the client leaves", async () => {
    await using backend = await start({ type: "hang" });
    const client = new AbortController();
    const { signal } = client;
    const body = JSON.stringify(streamed);
    const answer = fetch(`${backend.url}/v1/chat/completions`, { method: "POST", body, signal });
    const request = await backend.received(1);
    expect(request).toMatchObject({ isComplete: true, status: undefined });
    client.abort();
    await expect(answer).rejects.toThrow("aborted");
    await request.settled;
    expect(request.aborted).toBe(true);
  });

  it("slow-headers waits before the head", async () => {
    const asked: number[] = [];
    await using backend = await start(
      { type: "slow-headers", delayMs: 700 },
      { sleep: async (delayMs) => void asked.push(delayMs) },
    );
    expect((await post(backend.url)).status).toBe(200);
    expect(asked).toEqual([700]);
  });

  it("status answers in the kind's shape by default", async () => {
    await using backend = await start({ type: "status", status: 503 });
    const response = await post(backend.url);
    expect(response.status).toBe(503);
    expect(response.headers.get("x-simulated-backend")).toBe("a");
    expect(await response.json()).toMatchObject({ error: { type: "Service Unavailable" } });
  });

  it("status sends the body and headers it is given", async () => {
    await using backend = await start({
      type: "status",
      status: 429,
      body: '{"slow":"down"}',
      headers: { "Retry-After": "7" },
    });
    const response = await post(backend.url);
    expect(response.headers.get("retry-after")).toBe("7");
    expect(await response.text()).toBe('{"slow":"down"}');
  });

  it("strikes the test paths, too, when asked to", async () => {
    await using backend = await start({ type: "status", status: 500, on: "everything" });
    const response = await fetch(`${backend.url}/echo`, { method: "POST", body: "abc" });
    expect(response.status).toBe(500);
    expect(backend.requests[0]).toMatchObject({ isComplete: true, bodyBytes: 3 });
  });

  it("is over after the wanted number of requests", async () => {
    await using backend = await start({ type: "status", status: 500, times: 1 });
    expect([(await post(backend.url)).status, (await post(backend.url)).status]).toEqual([
      500, 200,
    ]);
  });
});

describe("faults within the answer", () => {
  it("hang-after-headers sends the head alone", async () => {
    await using backend = await start({ type: "hang-after-headers" });
    const response = await post(backend.url);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(backend.requests[0]).toMatchObject({ bytesWritten: 0, status: 200 });
    await response.body?.cancel();
  });

  it.each([
    { type: "reset-after-tokens", end: "ECONNRESET" },
    { type: "close-after-tokens", end: "FIN" },
  ] as const)("$type cuts a stream after its tokens with $end", async ({ type, end }) => {
    await using backend = await start({ type, tokens: 2 });
    const outcome = await ask(backend.port);
    expect(outcome.end).toBe(end);
    expect(outcome.text).toContain('"content":" two"');
    expect(outcome.text).not.toContain('"content":" three"');
    expect(outcome.text).not.toMatch(/\r\n0\r\n\r\n$/);
    expect(backend.requests[0]).toMatchObject({ tokensSent: 2, aborted: false });
  });

  it("reset-after-tokens 0 sends the head and resets", async () => {
    await using backend = await start({ type: "reset-after-tokens", tokens: 0 });
    const { text, end } = await ask(backend.port);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).not.toContain("data:");
    expect(end).toBe("ECONNRESET");
  });

  it("close-after-tokens cuts an unstreamed answer in half", async () => {
    await using backend = await start({ type: "close-after-tokens", tokens: 1 });
    const { text, end } = await ask(backend.port, { ...streamed, stream: false });
    const [head = "", body = ""] = text.split("\r\n\r\n");
    expect(Number(/Content-Length: (\d+)/.exec(head)?.[1]) >> 1).toBe(body.length);
    expect(end).toBe("FIN");
  });

  it("stall-after-tokens falls silent with the connection open", async () => {
    await using backend = await start({ type: "stall-after-tokens", tokens: 1 });
    const answer = ask(backend.port);
    const request = await backend.received(1);
    await backend.stop(); // graceful, but does not wait for what will never end
    const { text } = await answer;
    expect(text).toContain('"content":"one"');
    expect(text).not.toContain('"content":" two"');
    expect(request).toMatchObject({ tokensSent: 1, aborted: false });
  });

  it("close-idle-connection announces keep-alive and ends the connection all the same", async () => {
    await using backend = await start({ type: "close-idle-connection" });
    const { text, end } = await ask(backend.port);
    expect(text).toMatch(/\r\nConnection: keep-alive\r\n/);
    expect(text).toMatch(/\r\n0\r\n\r\n$/);
    expect(end).toBe("FIN");
  });

  it("bad-json breaks bodies and events", async () => {
    await using backend = await start({ type: "bad-json" });
    const whole = await post(backend.url, { ...streamed, stream: false });
    await expect(whole.json()).rejects.toThrow(SyntaxError);
    const [event = ""] = (await (await post(backend.url)).text()).split("\n\n");
    expect(() => JSON.parse(event.slice("data: ".length))).toThrow(SyntaxError);
  });

  it.each([true, false])("trailers follow the body, stream %s", async (stream) => {
    await using backend = await start({ type: "trailers", trailers: { "X-Cost": "7" }, times: 1 });
    const answer = ask(backend.port, { ...streamed, stream });
    const request = await backend.received(1);
    await request.settled;
    await backend.stop();
    const { text } = await answer;
    expect(text).toMatch(/\r\nTrailer: X-Cost\r\n/);
    expect(text).toMatch(/\r\n0\r\nX-Cost: 7\r\n\r\n$/);
  });
});
