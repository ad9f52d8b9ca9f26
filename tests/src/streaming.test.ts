import type { IncomingMessage } from "node:http";
import { gzipSync } from "node:zlib";

import { patternBytes } from "@olla-ts/simulator";
import { describe, expect, it } from "vitest";

import { configFor, startGateway, until } from "./harness/gateway.ts";
import { open, send, sha256 } from "./harness/http-client.ts";
import { sendRaw } from "./harness/raw-connection.ts";
import { startScriptedBackend } from "./harness/scripted-backend.ts";
import { startWorld, traffic } from "./harness/world.ts";

const MIB = 1_048_576;

describe.each(["olla", "sherpa"])("streaming with engine %s", (engine) => {
  it.each([
    ["text/event-stream", "data: one\n\n", "data: two\n\n"],
    ["application/x-ndjson", '{"n":1}\n', '{"n":2}\n'],
    ["application/json", '{"half":', '"other"}'],
    ["text/plain", "one ", "two"],
    ["audio/mpeg", "bin1", "bin2"],
    ["application/octet-stream", "bin1", "bin2"],
    [undefined, "one", "two"],
  ])("HP-43 D4 passes each chunk of %s on before the next is written", async (type, ...pieces) => {
    await using backend = await startScriptedBackend();
    await using gateway = await startGateway({ config: configFor([backend], { engine }) });
    const gates = pieces.map(() => Promise.withResolvers<void>());
    backend.answer(async (_, response) => {
      response.writeHead(200, type === undefined ? {} : { "content-type": type });
      response.flushHeaders();
      for (const [index, piece] of pieces.entries()) {
        await gates[index]?.promise;
        response.write(piece);
      }
      response.end();
    });

    const response = await open(gateway.url, { path: "/olla/proxy/v1/stream" });
    expect(response.headers["content-type"], "the head comes before any chunk").toBe(type);
    const chunks = response[Symbol.asyncIterator]();
    for (const [index, piece] of pieces.entries()) {
      gates[index]?.resolve();
      const next = await chunks.next();
      expect(String(next.value)).toBe(piece);
    }
    expect((await chunks.next()).done).toBe(true);
    expect(response.complete).toBe(true);
  });

  it("stops the backend from writing while the client does not read, and loses nothing", async () => {
    await using world = await startWorld({ only: {} }, { engine });
    const length = 128 * MIB;
    const response = await open(world.url, { path: `/olla/proxy/bytes/${length}` });
    const written = (): number => traffic(world.backends.only)[0]?.bytesWritten ?? 0;
    await untilStill(written);
    expect(written()).toBeLessThan(32 * MIB);
    expect(await byteCount(response)).toBe(length);
  });

  it("RT-35 HP-44 reaches the backend at once when the client leaves mid-stream", async () => {
    await using world = await startWorld({ only: {} }, { engine });
    const leaving = new AbortController();
    const response = await open(world.url, {
      path: `/olla/proxy/bytes/${512 * MIB}`,
      signal: leaving.signal,
    });
    response.on("error", () => response.destroy());
    leaving.abort();
    await until(() => traffic(world.backends.only)[0]?.aborted === true);
    await until(async () => (await world.gateway.endpoint("only"))["connections"] === 0);
    expect(await world.gateway.endpoint("only")).toMatchObject({ status: "healthy" });
  });

  it("RT-35 HP-72 reaches the backend when the client leaves before the answer, and opens no breaker", async () => {
    await using world = await startWorld({ only: { faults: [{ type: "hang" }] } }, { engine });
    for (let turn = 1; turn <= 7; turn += 1) {
      const leaving = new AbortController();
      const answer = fetch(`${world.url}/olla/proxy/v1/chat/completions`, {
        method: "POST",
        body: "{}",
        signal: leaving.signal,
      });
      await until(() => traffic(world.backends.only).length === turn);
      leaving.abort();
      await expect(answer).rejects.toThrow(/abort/);
      await until(() => traffic(world.backends.only).every(({ aborted }) => aborted));
    }
    const status = await world.gateway.endpoint("only");
    expect(status).toMatchObject({ status: "healthy", success_rate: "0%" });
    expect(status["breaker"]).toBe(engine === "olla" ? "closed" : undefined);
    await world.backends.only.setFault(undefined);
    expect((await send(world.url, { path: "/olla/proxy/echo/x" })).status).toBe(200);
  });

  it.each([204, 304])("HP-12 passes a %i on without a body", async (status) => {
    await using world = await startWorld({ only: {} }, { engine });
    const answer = await send(world.url, { path: `/olla/proxy/status/${status}` });
    expect(answer).toMatchObject({ status, text: "" });
    expect(answer.headers["transfer-encoding"]).toBeUndefined();
  });

  it("HP-11 HP-45 answers HEAD with the length of the body and without the body", async () => {
    await using world = await startWorld({ only: {} }, { engine });
    const answer = await send(world.url, { method: "HEAD", path: "/olla/proxy/bytes/1000" });
    expect(answer).toMatchObject({ status: 200, text: "" });
    expect(answer.headers["content-length"]).toBe("1000");
    expect(traffic(world.backends.only)[0]).toMatchObject({ method: "HEAD" });
  });

  it("HP-45 keeps the length of an answer that has one, and chunks one that has none", async () => {
    await using world = await startWorld({ only: {} }, { engine });
    const sized = await send(world.url, { path: "/olla/proxy/bytes/70000" });
    expect(sized.headers["content-length"]).toBe("70000");
    expect(sized.headers["transfer-encoding"]).toBeUndefined();
    const chunked = await send(world.url, { path: "/olla/proxy/chunks/3/5" });
    expect(chunked.headers["content-length"]).toBeUndefined();
    expect(chunked.headers["transfer-encoding"]).toBe("chunked");
    expect(chunked.text).toBe("abcdefghijklmno");
  });

  it("gives an HTTP/1.0 client a streamed answer that ends with the connection", async () => {
    await using world = await startWorld({ only: {} }, { engine });
    const answer = await sendRaw(world.url, "GET /olla/proxy/chunks/2/4 HTTP/1.0\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.[01] 200 /);
    expect(answer).not.toMatch(/transfer-encoding/i);
    expect(answer.endsWith("\r\n\r\nabcdefgh")).toBe(true);
  });

  it("passes trailers on", async () => {
    await using world = await startWorld({ only: {} }, { engine });
    const answer = await send(world.url, { path: "/olla/proxy/trailers" });
    expect(answer.text).toBe("body before trailers");
    expect(answer.trailers).toEqual({ "x-body-length": "20", "x-simulated-trailer": "sent" });
  });

  it("HP-22 passes no trailer on that is none of the client's business or frames an answer", async () => {
    await using backend = await startScriptedBackend();
    await using gateway = await startGateway({ config: configFor([backend], { engine }) });
    backend.answer((_request, response) => {
      response.write("body");
      response.addTrailers({
        "X-Sum": "1",
        "Set-Cookie": "a=b",
        Authorization: "Bearer s",
        "X-Olla-Endpoint": "fake",
        "Content-Encoding": "gzip",
        "Cache-Control": "no-store",
      });
      response.end();
    });
    const answer = await send(gateway.url, { path: "/olla/proxy/echo/x" });
    expect(answer.text).toBe("body");
    expect(answer.trailers).toEqual({ "x-sum": "1" });
  });

  it("HP-46 passes a compressed answer on untouched when the client can read it", async () => {
    const packed = gzipSync("a body worth packing".repeat(100));
    await using backend = await startScriptedBackend();
    await using gateway = await startGateway({ config: configFor([backend], { engine }) });
    let accepted: unknown;
    backend.answer((request, response) => {
      accepted = request.headers["accept-encoding"];
      response.writeHead(200, { "content-encoding": "gzip", "content-length": packed.length });
      response.end(packed);
    });
    const answer = await send(gateway.url, {
      path: "/olla/proxy/v1/x",
      headers: { "accept-encoding": "gzip" },
    });
    expect(accepted).toBe("gzip");
    expect(answer.headers["content-encoding"]).toBe("gzip");
    expect(answer.headers["content-length"]).toBe(String(packed.length));
    expect(answer.body.equals(packed)).toBe(true);
  });

  it("keeps an answer of 64 MiB and a request of 8 MiB intact", async () => {
    await using world = await startWorld({ only: {} }, { engine });
    const length = 64 * MIB;
    const answer = await send(world.url, { path: `/olla/proxy/bytes/${length}` });
    expect(sha256(answer.body)).toBe(sha256(patternBytes(length)));
    const body = patternBytes(8 * MIB, 5);
    const echoed = await send(world.url, { method: "POST", path: "/olla/proxy/echo/x", body });
    expect(JSON.parse(echoed.text)).toMatchObject({
      bodyBytes: body.length,
      bodySha256: sha256(body),
    });
  });

  it("RT-38 never cuts a stream whose gaps are shorter than read_timeout", async () => {
    const model = { id: "m1", reply: "a b c d", tokenIntervalMs: 400 };
    await using world = await startWorld(
      { only: { models: [model] } },
      { engine, proxy: "  read_timeout: 1s" },
    );
    const answer = await send(world.url, {
      method: "POST",
      path: "/olla/proxy/v1/chat/completions",
      body: JSON.stringify({ model: "m1", stream: true, messages: [] }),
      headers: { "content-type": "application/json" },
    });
    expect(answer.text.endsWith("data: [DONE]\n\n")).toBe(true);
  });

  it("RT-41 D6 ends a stream at response_timeout, visibly", async () => {
    await using backend = await startScriptedBackend();
    const config = configFor([backend], { engine, proxy: "  response_timeout: 1s" });
    await using gateway = await startGateway({ config });
    backend.answer((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: first\n\n");
    });
    const response = await open(gateway.url, { path: "/olla/openai/v1/stream" });
    let text = "";
    response.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const outcome = await new Promise((resolve) => {
      response.on("end", () => resolve("complete")).on("error", () => resolve("cut"));
    });
    expect(outcome).toBe("cut");
    const event = text.split("\n\n").at(-2)?.slice("data: ".length) ?? "";
    expect(JSON.parse(event)).toMatchObject({ error: { code: "total_timeout" } });
  });

  it("RT-40 R7 never continues a broken GET from another backend", async () => {
    await using first = await startScriptedBackend("first");
    await using second = await startScriptedBackend("second");
    const config = configFor([first, second], {
      engine,
      balancer: "priority",
      priorities: { first: 100, second: 50 },
    });
    await using gateway = await startGateway({ config });
    first.answer((request, response) => {
      response.writeHead(200, { "content-length": 10 });
      response.write("12345", () => request.socket.resetAndDestroy());
    });
    const response = await open(gateway.url, { path: "/olla/proxy/v1/x" });
    await expect(byteCount(response)).rejects.toThrow(/aborted/);
    expect(second.requestCount).toBe(0);
  });
});

async function byteCount(response: IncomingMessage): Promise<number> {
  let count = 0;
  for await (const chunk of response) count += (chunk as Buffer).length;
  return count;
}

/** Resolves once a figure above 0 has been the same on ten looks in a row. */
async function untilStill(read: () => number): Promise<void> {
  let last = 0;
  let looks = 0;
  await until(() => {
    const figure = read();
    looks = figure === last && figure > 0 ? looks + 1 : 0;
    last = figure;
    return looks >= 10;
  });
}
