import { patternBytes } from "@olla-ts/simulator";
import { describe, expect, it } from "vitest";

import { chat } from "./harness/chat.ts";
import { send, type Answer } from "./harness/http-client.ts";
import { connectRaw, sendRaw } from "./harness/raw-connection.ts";
import { startWorld, traffic, type World } from "./harness/world.ts";

const JSON_TYPE = "application/json";
const CHAT = "/olla/proxy/v1/chat/completions";

describe.each(["olla", "sherpa"])("request bodies with engine %s", (engine) => {
  /** Two backends with one model each, so that the answering one tells which model was read. */
  function startTwo(): Promise<World<"first" | "second">> {
    return startWorld(
      { first: { models: ["m1"] }, second: { models: ["m2"] } },
      { engine, balancer: "priority", priorities: { first: 100, second: 50 } },
    );
  }

  /** Sends to the echo path, which takes any body. */
  function post(url: string, body: string, type = JSON_TYPE, chunked = false): Promise<Answer> {
    const headers = { "content-type": type };
    return send(url, { method: "POST", path: "/olla/proxy/echo/x", body, headers, chunked });
  }

  it.each([
    ["HP-33 a charset", '{"model":"m2"}', "application/json; charset=utf-8"],
    ["a type in capitals", '{"model":"m2"}', "Application/JSON"],
    ["RT-13 a key in capitals", '{"Model":"m2"}', JSON_TYPE],
    [
      "RT-14 HP-35 duplicate keys, the last of which counts",
      '{"model":"m1","model":"m2"}',
      JSON_TYPE,
    ],
    ["RT-13 a truncated body", '{"model":"m2","messages":[{"role":"us', JSON_TYPE],
    ["faulty JSON behind it", '{"model":"m2", messages: nonsense', JSON_TYPE],
    ["HP-36 RT-13 the first message alone", '{"messages":[{"model":"m2"}]}', JSON_TYPE],
    ["HP-32 RT-15 RT-18 blanks and capitals", '{"model":"  M2 "}', JSON_TYPE],
    ["an escaped name", String.raw`{"mod\u0065l":"\u006d2"}`, JSON_TYPE],
    ["a nested model before it", '{"options":{"model":"m1"},"model":"m2"}', JSON_TYPE],
    ["a model in a string before it", String.raw`{"x":"\"model\":\"m1\"","model":"m2"}`, JSON_TYPE],
    ["values that are no names", '{"model":null,"model":7,"model":"","model":"m2"}', JSON_TYPE],
    ["a name before a value that is none", '{"model":"m2","model":7}', JSON_TYPE],
  ])("finds the model with %s", async (_, body, type) => {
    await using world = await startTwo();
    const answer = await post(world.url, body, type);
    expect(answer.status, `got ${answer.text}`).toBe(200);
    expect(answer.headers["x-olla-endpoint"]).toBe("second");
    const [request] = traffic(world.backends.second);
    expect(request?.body.toString(), "HP-10 RT-15 the bytes of the body").toBe(body);
  });

  it.each([
    ["RT-12 text/plain", '{"model":"m2"}', "text/plain"],
    ["D14 vendor JSON", '{"model":"m2"}', "application/vnd.api+json"],
    ["an array", '["model","m2"]', JSON_TYPE],
    ["a nested model alone", '{"options":{"model":"m2"}}', JSON_TYPE],
    ["a text that is no JSON", 'model "m2"', JSON_TYPE],
    ["an empty body", "", JSON_TYPE],
    ["RT-11 no model", '{"messages":[]}', JSON_TYPE],
    ["a list of models", '{"model":["m2"]}', JSON_TYPE],
  ])("RT-11 routes without a model: %s", async (_, body, type) => {
    await using world = await startTwo();
    const { status, headers } = await post(world.url, body, type);
    expect(status).toBe(200);
    expect(headers["x-olla-endpoint"], "the preferred one, whatever it serves").toBe("first");
    expect(headers["x-olla-routing-strategy"]).toBeUndefined();
    expect(headers["x-olla-model"]).toBeUndefined();
  });

  it.each([false, true])(
    "HP-34 RT-16 finds model at the end of 2 MB (chunked %s)",
    async (chunked) => {
      await using world = await startTwo();
      const body = JSON.stringify({ prompt: 'x"y\\'.repeat(500_000), model: "m2" });
      const { status, headers } = await post(world.url, body, JSON_TYPE, chunked);
      expect(status).toBe(200);
      expect(headers["x-olla-endpoint"]).toBe("second");
      expect(traffic(world.backends.second)[0]?.body.toString()).toBe(body);
    },
  );

  it("RT-16 looks no further than 8 MiB", async () => {
    await using world = await startTwo();
    const body = JSON.stringify({ prompt: "x".repeat(9_000_000), model: "m2" });
    const { headers } = await post(world.url, body);
    expect(headers["x-olla-endpoint"]).toBe("first");
  });

  it("HP-10 keeps every byte of a body that is no UTF-8 text", async () => {
    await using world = await startTwo();
    const body = Buffer.from(Array.from({ length: 2_048 }, (_, index) => index % 256));
    await send(world.url, {
      method: "POST",
      path: "/olla/proxy/echo/x",
      body,
      headers: { "content-type": JSON_TYPE },
    });
    expect(traffic(world.backends.first)[0]?.body.equals(body)).toBe(true);
  });
});

describe.each(["olla", "sherpa"])("request limits with engine %s", (engine) => {
  const server = "  request_limits: { max_body_size: 10000, max_header_size: 8192 }";
  const start = (): Promise<World<"only">> =>
    startWorld({ only: { models: ["llama3.2:3b"] } }, { engine, server });

  it("HP-47 RT-72 HP-83 answers 413 to a stated length over the limit and asks no backend", async () => {
    await using world = await start();
    const answer = await send(world.url, {
      method: "POST",
      path: CHAT,
      body: patternBytes(10_001),
      headers: { "x-request-id": "big-1" },
    });
    expect(answer.status).toBe(413);
    expect(answer.headers["content-type"]).toBe(JSON_TYPE);
    expect(answer.headers["x-olla-request-id"]).toBe("big-1");
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: "body_too_large" } });
    expect(traffic(world.backends.only)).toEqual([]);
  });

  it("answers 413 before any of the body arrived", async () => {
    await using world = await start();
    using connection = await connectRaw(world.url);
    await connection.write(`POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n`);
    expect(await connection.closed()).toMatch(/^HTTP\/1\.1 413 [^]*body_too_large/);
  });

  it("HP-47 RT-72 answers 413 to chunks over the limit and asks no backend", async () => {
    await using world = await start();
    using connection = await connectRaw(world.url);
    await connection.write(
      `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const chunk = `1000\r\n${"x".repeat(0x1000)}\r\n`;
    await connection.write(chunk + chunk + chunk);
    expect(await connection.closed()).toMatch(/^HTTP\/1\.1 413 [^]*body_too_large/);
    expect(traffic(world.backends.only)).toEqual([]);
  });

  it("keeps the connection of a client whose refused body is small", async () => {
    await using world = await start();
    using connection = await connectRaw(world.url);
    const head = `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n`;
    await connection.write(head + "x".repeat(20_000));
    await connection.until("body_too_large");
    await connection.write("GET /internal/health HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(await connection.until('{"status":"healthy"}')).toMatch(/^HTTP\/1\.1 413 /);
  });

  it.each([CHAT, "/internal/status"])(
    "HP-47 gives the 413 also to a client that sends 30 MB to %s before it reads",
    async (path) => {
      await using world = await start();
      using connection = await connectRaw(world.url, false);
      await connection.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 30000000\r\n\r\n`,
      );
      await connection.write(patternBytes(30_000_000));
      expect(await connection.closed()).toMatch(/^HTTP\/1\.1 413 [^]*body_too_large/);
    },
  );

  it("takes a body of exactly the limit, stated and in chunks", async () => {
    await using world = await start();
    for (const chunked of [false, true]) {
      const body = patternBytes(10_000);
      const path = "/olla/proxy/echo/x";
      const { status } = await send(world.url, { method: "POST", path, body, chunked });
      expect(status).toBe(200);
    }
  });

  it("lets a refused body disturb nobody else's requests and streams", async () => {
    await using world = await start();
    await world.backends.only.setFault({ type: "stall-after-tokens", tokens: 2, times: 1 });
    const stream = await chat(world.url, { stream: true });
    const reader = stream.body?.getReader();
    await reader?.read();
    const refusals = Array.from({ length: 10 }, () =>
      sendRaw(
        world.url,
        `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n` +
          `Content-Length: 10001\r\n\r\n${"x".repeat(10_001)}`,
      ),
    );
    const others = Array.from({ length: 10 }, () => chat(world.url));
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual(Array(10).fill(200));
    await Promise.all(refusals);
    expect(await world.gateway.endpoint("only")).toMatchObject({ connections: 1 });
    await reader?.cancel();
  });

  it("HP-48 RT-72 HP-83 answers 431 to a head over the limit", async () => {
    await using world = await start();
    const headers = { "x-long": "x".repeat(8_192), "x-request-id": "long-1" };
    const answer = await send(world.url, { path: "/olla/proxy/echo/x", headers });
    expect(answer.status).toBe(431);
    expect(answer.headers["x-olla-request-id"]).toBe("long-1");
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: "headers_too_large" } });
    expect(traffic(world.backends.only)).toEqual([]);
  });

  it("HP-48 answers 431 to a head far over the limit, and closes", async () => {
    await using world = await start();
    const answer = await sendRaw(
      world.url,
      `GET /olla/proxy/echo/x HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(60_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 [^]*X-Olla-Request-ID: \S+\r\n/);
    expect(answer).toMatch(/"code":"headers_too_large"/);
  });

  it("counts a long request target as part of the head", async () => {
    await using world = await start();
    const answer = await send(world.url, { path: `/olla/proxy/echo/${"x".repeat(8_200)}` });
    expect(answer.status).toBe(431);
  });

  it("HI-38 limits internal routes as well", async () => {
    await using world = await start();
    const path = "/internal/status";
    const body = patternBytes(10_001);
    expect((await send(world.url, { method: "POST", path, body })).status).toBe(413);
    const headers = { "x-long": "x".repeat(8_192) };
    expect((await send(world.url, { path, headers })).status).toBe(431);
  });
});
