import { randomBytes } from "node:crypto";

import type { RecordedRequest } from "@olla-ts/simulator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { chat } from "./harness/chat.ts";
import { until } from "./harness/gateway.ts";
import { connectRaw, sendRaw } from "./harness/raw-connection.ts";
import { startWorld, traffic, type World } from "./harness/world.ts";

const CHAT = "/olla/openai/v1/chat/completions";

/** One answer as it stood on the wire. */
interface WireAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

function parseAnswer(text: string): WireAnswer {
  const split = text.indexOf("\r\n\r\n");
  return {
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? Number.NaN),
    head: text.slice(0, split),
    body: text.slice(split + 4),
  };
}

/** Malformed requests that get an answer: 400 in JSON, the connection closed. */
const malformed: readonly (readonly [string, string])[] = [
  ["a request line without a version", "GET /olla/proxy/x\r\nHost: x\r\n\r\n"],
  ["a version that does not exist", "GET /olla/proxy/x HTTP/9.9\r\nHost: x\r\n\r\n"],
  ["another protocol", "GET /olla/proxy/x FTP/1.1\r\nHost: x\r\n\r\n"],
  ["an unknown method", "GRAB /olla/proxy/x HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["a method in small letters", "get /olla/proxy/x HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["a NUL byte in the target", "GET /olla/proxy/\0x HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["a NUL byte in a value", "GET /olla/proxy/x HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n"],
  ["a control character in a name", "GET /olla/proxy/x HTTP/1.1\r\nHost: x\r\nX\x01A: b\r\n\r\n"],
  ["a blank in a name", "GET /olla/proxy/x HTTP/1.1\r\nHost: x\r\nX A: b\r\n\r\n"],
  ["a blank before the colon", "GET /olla/proxy/x HTTP/1.1\r\nHost: x\r\nX-A : b\r\n\r\n"],
  ["a field without a colon", "GET /olla/proxy/x HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n"],
  ["a folded field", "GET /olla/proxy/x HTTP/1.1\r\nHost: x\r\nX-A: b\r\n folded\r\n\r\n"],
  [
    "a bare line feed in a value",
    "GET /olla/proxy/x HTTP/1.1\r\nHost: x\r\nX-A: b\nX-B: c\r\n\r\n",
  ],
  ["no Host", "GET /olla/proxy/x HTTP/1.1\r\n\r\n"],
  ["two Hosts", "GET /olla/proxy/x HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"],
  ["no Host on an internal route", "GET /internal/health HTTP/1.1\r\n\r\n"],
  ["a target that is no path", "GET * HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["the address of another protocol", "GET ftp://x/olla/proxy/ HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["a negative length", `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n`],
  ["a length that is no number", `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Length: 1e3\r\n\r\n`],
  ["a length in hexadecimal", `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Length: 0x2\r\n\r\n`],
  ["a length with a sign", `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Length: +2\r\n\r\nok`],
  [
    "an absurd length",
    `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Length: ${"9".repeat(40)}\r\n\r\n`,
  ],
  [
    "two different lengths",
    `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok`,
  ],
  [
    "a length together with chunks",
    `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  [
    "an unknown transfer coding last",
    `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`,
  ],
];

describe.each(["olla", "sherpa"])("malformed requests with engine %s", (engine) => {
  let world: World<"only">;

  beforeEach(async () => {
    world = await startWorld({ only: { models: ["llama3.2:3b"] } }, { engine });
  });

  afterEach(() => world[Symbol.asyncDispose]());

  it.each(malformed)(
    "gets a 400 in JSON with a request id, and no backend: %s",
    async (_, bytes) => {
      const { status, head, body } = parseAnswer(await sendRaw(world.url, bytes));
      expect(status).toBe(400);
      expect(head).toMatch(/\r\nContent-Type: application\/json(?:\r\n|$)/i);
      expect(head).toMatch(/\r\nX-Olla-Request-ID: [a-z]+-[a-z]+-[0-9a-f]{8}(?:\r\n|$)/i);
      expect(head).toMatch(/\r\nConnection: close(?:\r\n|$)/i);
      expect(JSON.parse(body)).toMatchObject({
        error: { type: "invalid_request_error", code: "invalid_request" },
      });
      expect(traffic(world.backends.only)).toEqual([]);
    },
  );

  it("refuses chunks whose size is no number, and asks no backend", async () => {
    const answer = await sendRaw(
      world.url,
      `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nxx\r\n0\r\n\r\n`,
    );
    expect(parseAnswer(answer).status).toBe(400);
    expect(traffic(world.backends.only)).toEqual([]);
  });

  it("opens no tunnel for a CONNECT", async () => {
    const before = world.backends.only.openConnections;
    const target = new URL(world.backends.only.url).host;
    const answer = await sendRaw(world.url, `CONNECT ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(answer === "" || /^HTTP\/1\.1 4\d\d /.test(answer), `got ${answer}`).toBe(true);
    expect(world.backends.only.openConnections).toBeLessThanOrEqual(before);
  });

  it("answers OPTIONS * itself, and an absolute-form target on an internal route", async () => {
    const end = "HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    const options = parseAnswer(await sendRaw(world.url, `OPTIONS * ${end}`));
    expect(options).toMatchObject({ status: 200, body: "" });
    const health = await sendRaw(world.url, `GET http://any.example/internal/health ${end}`);
    expect(parseAnswer(health)).toMatchObject({ status: 200, body: '{"status":"healthy"}' });
  });

  it("lets an encoded line break in the path inject no field", async () => {
    const path = "/olla/proxy/echo/a%0d%0aX-Injected:%201%0d%0a?b=%0d%0aX-Injected:%201";
    const answer = await sendRaw(
      world.url,
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(parseAnswer(answer).status).toBe(200);
    expect(parseAnswer(answer).head).not.toMatch(/x-injected/i);
    const request = traffic(world.backends.only).at(-1);
    expect(request?.headers["x-injected"]).toBeUndefined();
    expect(request?.url).toBe(path.slice("/olla/proxy".length));
  });

  it("lets a smuggled request in a body be a body", async () => {
    const inner = "GET /olla/proxy/echo/smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    const answer = await sendRaw(
      world.url,
      `POST /olla/proxy/echo/outer HTTP/1.1\r\nHost: x\r\nConnection: close\r\n` +
        `Content-Length: ${inner.length}\r\n\r\n${inner}`,
    );
    expect(parseAnswer(answer).status).toBe(200);
    const urls = traffic(world.backends.only).map(({ url }) => url);
    expect(urls).toEqual(["/echo/outer"]);
  });

  it("answers pipelined requests in order, each with its own answer", async () => {
    using connection = await connectRaw(world.url);
    const paths = ["one", "two", "three"].map((name) => `/echo/${name}`);
    const requests = paths.map((path) => `GET /olla/proxy${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await connection.write(requests.join(""));
    const text = await connection.until(/"url":"\/echo\/three"/);
    const seen = [...text.matchAll(/"url":"([^"]+)"/g)].map(([, url]) => url);
    expect(seen).toEqual(paths);
  });

  it("answers a good request and then refuses the garbage pipelined behind it", async () => {
    const text = await sendRaw(
      world.url,
      "GET /olla/proxy/echo/good HTTP/1.1\r\nHost: x\r\n\r\n\x16\x03\x01garbage\r\n\r\n",
    );
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status);
    // The garbage may end the connection before the good answer is there, but never confuse it.
    expect([["200", "400"], ["400"]]).toContainEqual(statuses);
  });

  it("closes a connection on which nothing but the client's end arrives", async () => {
    using connection = await connectRaw(world.url);
    connection.end();
    expect(await connection.closed()).toBe("");
  });

  it("asks no backend when the client leaves in the middle of its body", async () => {
    using connection = await connectRaw(world.url);
    await connection.write(`POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf`);
    const seen = world.gateway.log.length;
    connection.end();
    await connection.closed();
    await until(() =>
      world.gateway.log.slice(seen).some(({ message }) => message === "Access log"),
    );
    expect(world.gateway.log.at(-1)?.fields).toMatchObject({ error_code: "client_aborted" });
    expect(traffic(world.backends.only)).toEqual([]);
  });

  it("takes the end of the client's sending half for its leaving", async () => {
    await world.backends.only.setFault({ type: "hang" });
    using connection = await connectRaw(world.url);
    await connection.write(`POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}`);
    const last = (): RecordedRequest | undefined => traffic(world.backends.only).at(-1);
    await until(() => last()?.isComplete === true && last()?.bodyBytes === 2);
    connection.end();
    await until(() => last()?.aborted === true);
    expect(await connection.closed()).toBe("");
  });

  it("is not disturbed by a hundred connections that begin with random bytes", async () => {
    const statuses: number[] = [];
    const load = { isOver: false };
    const good = (async () => {
      do {
        const response = await chat(world.url);
        await response.arrayBuffer();
        statuses.push(response.status);
      } while (!load.isOver);
    })();
    const attacks = Array.from({ length: 100 }, async (_, index) => {
      using connection = await connectRaw(world.url);
      await connection.write(randomBytes(1 + ((index * 37) % 900)));
      await connection.write("\r\n\r\n");
      connection.end();
      return await connection.closed();
    });
    const answers = (await Promise.all(attacks)).filter((answer) => answer !== "");
    load.isOver = true;
    await good;
    expect(new Set(answers.map((answer) => parseAnswer(answer).status))).toEqual(new Set([400]));
    expect(statuses.length).toBeGreaterThan(0);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(await world.gateway.endpoint("only")).toMatchObject({ status: "healthy" });
  });
});

describe("slow clients", () => {
  it("starts with a read_timeout below the default of read_header_timeout", async () => {
    await using world = await startWorld({ only: {} }, { server: "  read_timeout: 5s" });
    expect((await chat(world.url, { model: "simulated-7b" })).status).toBe(200);
  });

  const server = "  read_header_timeout: 300ms\n  read_timeout: 600ms";

  it("ends a connection whose head does not arrive in read_header_timeout, with 408", async () => {
    await using world = await startWorld({ only: {} }, { server });
    using connection = await connectRaw(world.url);
    await connection.write("GET /olla/proxy/echo/x HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    const { status, body } = parseAnswer(await connection.closed());
    expect(status).toBe(408);
    expect(JSON.parse(body)).toMatchObject({ error: { code: "request_timeout" } });
  });

  it("ends a request whose body does not arrive in read_timeout, and asks no backend", async () => {
    await using world = await startWorld({ only: {} }, { server });
    using connection = await connectRaw(world.url);
    await connection.write(`POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab`);
    const text = await connection.closed();
    expect(text === "" || parseAnswer(text).status === 408, `got ${text}`).toBe(true);
    expect(traffic(world.backends.only)).toEqual([]);
  });

  it("does not apply read_timeout to a response that is being streamed", async () => {
    const model = { id: "m1", reply: "a b c d", tokenIntervalMs: 400 };
    await using world = await startWorld({ only: { models: [model] } }, { server });
    const response = await chat(world.url, { model: "m1", stream: true });
    expect(await response.text()).toMatch(/data: \[DONE\]\n\n$/);
  });

  it("answers a model name that is no Unicode text, and goes on", async () => {
    await using world = await startWorld({ only: { models: ["llama3.2:3b"] } });
    const body = '{"model":"\\ud800","messages":[]}';
    const headers = { "content-type": "application/json" };
    for (const path of [CHAT, "/olla/anthropic/v1/messages"]) {
      const response = await fetch(world.url + path, { method: "POST", headers, body });
      expect([path, response.status]).toEqual([path, 404]);
      expect(response.headers.get("x-olla-request-id")).not.toBeNull();
    }
    expect((await chat(world.url)).status).toBe(200);
  });

  it("refuses a model name longer than any, instead of repeating it in its head", async () => {
    await using world = await startWorld({ only: {} });
    const response = await chat(world.url, { model: "m".repeat(513) });
    expect(response.status).toBe(400);
    expect(JSON.stringify(await response.json())).toContain("512");
  });

  it("writes no refusal into the middle of another answer", async () => {
    const paced = { id: "paced", tokens: 20, tokenIntervalMs: 20 };
    await using world = await startWorld({ only: { models: [paced] } });
    using connection = await connectRaw(world.url);
    const question = JSON.stringify({ model: "paced", stream: true, messages: [] });
    const head = `POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;
    await connection.write(`${head}Content-Length: ${question.length}\r\n\r\n${question}`);
    await connection.until("data: ");
    await connection.write("this is not HTTP\r\n\r\n");
    const text = await connection.closed();
    expect(text).toContain("[DONE]");
    const end = text.indexOf("\r\n0\r\n\r\n");
    expect(end).toBeGreaterThan(0);
    expect(text.slice(0, end).match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(text.slice(end)).toContain("HTTP/1.1 400 Bad Request");
  });
});
