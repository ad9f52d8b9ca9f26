import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { connectRaw, sendRaw } from "./harness/raw-connection.ts";
import { startWorld, type World } from "./harness/world.ts";

const PATHS = ["/internal/health", "/version", "/olla/openai/v1/models", "/olla/models"] as const;

let world: World<"o">;

beforeAll(async () => {
  world = await startWorld({ o: { kind: "ollama", models: ["llama3.2:3b"] } });
});

afterAll(() => world[Symbol.asyncDispose]());

describe("what the gateway answers itself", () => {
  it.each(PATHS)("needs no Host in HTTP/1.0: %s", async (path) => {
    const answer = await sendRaw(world.url, `GET ${path} HTTP/1.0\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/\r\n\r\n\{/);
  });

  it.each(
    [...PATHS, "/olla/openai/v1/chat/completions"].flatMap((path) =>
      ["a b", "a/b", "http://x", "x:port", "[::1", "u@x"].map((host) => [path, host] as const),
    ),
  )("refuses a malformed Host in JSON: %s with %s", async (path, host) => {
    const answer = await sendRaw(
      world.url,
      `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nX-Request-ID: mine\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toMatch(/\r\nX-Olla-Request-ID: mine\r\n/i);
    expect(answer).toContain('"code":"invalid_request"');
  });

  it.each([...PATHS, "/olla/openai/v1/chat/completions", "/olla/anthropic/v1/messages"])(
    "refuses an expectation that nobody knows in JSON: %s",
    async (path) => {
      const answer = await sendRaw(
        world.url,
        `GET ${path} HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nX-Request-ID: mine\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 417 Expectation Failed\r\n/);
      expect(answer).toMatch(/\r\nX-Olla-Request-ID: mine\r\n/i);
      expect(answer).toContain("100-continue");
      expect(answer).toMatch(/\r\n\r\n\{.*\}$/s);
    },
  );

  it.each(["x", "127.0.0.1:40114", "[::1]:80", "GPU_1.local", "", "xn--bcher-kva.example:443"])(
    "takes the Host %j",
    async (host) => {
      const answer = await sendRaw(
        world.url,
        `GET /internal/health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    },
  );

  it("says in JSON that no address can be made of a Host with an impossible port", async () => {
    const answer = await sendRaw(
      world.url,
      "GET /version HTTP/1.1\r\nHost: x:99999\r\nConnection: close\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toMatch(/\r\nX-Olla-Request-ID: [a-z]+-[a-z]+-[\da-f]{8}\r\n/i);
    expect(answer).toContain('"code":"invalid_request"');
  });

  it("does not keep a question about a model that is larger than 1 MiB", async () => {
    using connection = await connectRaw(world.url, false);
    await connection.write(
      "POST /olla/ollama/api/show HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    const chunk = `10000\r\n${" ".repeat(0x1_0000)}\r\n`;
    for (let sent = 0; sent <= 400; sent += 1) await connection.write(chunk);
    const answer = await connection.closed();
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('{"error":"The request body is larger than 1048576 bytes."}');
  });

  it("shows a model to a question in one piece or in chunks", async () => {
    const url = `${world.url}/olla/ollama/api/show`;
    const text = JSON.stringify({ model: "llama3.2:3b" });
    const whole = await fetch(url, { method: "POST", body: text });
    expect(whole.status).toBe(200);
    const { body } = new Response(text);
    const chunked = await fetch(url, { method: "POST", body, duplex: "half" });
    expect(await chunked.json()).toEqual(await whole.json());
  });
});
