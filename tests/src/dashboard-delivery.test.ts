import { brotliDecompressSync, gunzipSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { configFor, startGateway, type TestGateway } from "./harness/gateway.ts";
import { type Answer, send, type SentRequest } from "./harness/http-client.ts";

const UI = "/internal/ui/";

const HARDENING = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
};

const POLICY = {
  "default-src": "'self'",
  "script-src": "'self'",
  "style-src": "'self'",
  "font-src": "'self'",
  "connect-src": "'self'",
  "img-src": "'self' data:",
  "frame-ancestors": "'none'",
  "base-uri": "'none'",
  "form-action": "'none'",
};

function start(dashboard = "", more = ""): Promise<TestGateway> {
  const section = dashboard === "" ? "" : `dashboard: { ${dashboard} }\n`;
  return startGateway({ config: configFor([], { more: section + more }) });
}

function policyOf({ headers }: Answer): Readonly<Record<string, string>> {
  const parts = String(headers["content-security-policy"]).split("; ");
  return Object.fromEntries(
    parts.map((part) => [part.split(" ", 1)[0] ?? "", part.slice(part.indexOf(" ") + 1)]),
  );
}

async function assetPath(url: string, ending: string): Promise<string> {
  const { text } = await send(url, { path: UI });
  const found = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
  return found.find((path) => path.endsWith(ending)) ?? "";
}

describe("the dashboard", () => {
  it("HI-39 HI-44 is a page with hardening fields that is asked for anew each time", async () => {
    await using gateway = await start();
    const { port } = new URL(gateway.url);
    const answer = await send(gateway.url, { path: UI, headers: { Host: `localhost:${port}` } });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      ...HARDENING,
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
    });
    expect(policyOf(answer)).toEqual(POLICY);
    expect(answer.text).toContain('<div id="app">');
    expect(answer.headers["x-olla-request-id"]).toMatch(/^\S+$/);
  });

  const foreign = { Host: "evil.example" };
  it.each<SentRequest & { readonly why: string; readonly status: number }>([
    { why: "HI-40 a refused Host", path: UI, headers: foreign, status: 403 },
    {
      why: "HI-42 a refused Host without slash",
      path: "/internal/ui",
      headers: foreign,
      status: 403,
    },
    { why: "HI-42 a path without slash", path: "/internal/ui", status: 307 },
    { why: "HI-43 a wrong method", path: UI, method: "PUT", status: 405 },
    { why: "HI-43 an unknown file", path: `${UI}assets/none.js`, status: 404 },
    { why: "an unknown name with an extension", path: `${UI}none.png`, status: 404 },
    { why: "an unknown document", path: `${UI}api/none`, status: 404 },
    { why: "an unknown view", path: `${UI}api/report?view=constructor`, status: 404 },
    { why: "a way out of the folder", path: `${UI}%2e%2e%2fpackage.json`, status: 404 },
  ])("answers $why with $status and the hardening fields", async ({ status, why, ...request }) => {
    await using gateway = await start();
    const answer = await send(gateway.url, request);
    expect(answer.status, `for ${why}`).toBe(status);
    expect(answer.headers).toMatchObject(HARDENING);
    expect(policyOf(answer)).toEqual(POLICY);
    expect(answer.headers.allow).toBe(status === 405 ? "GET, HEAD" : undefined);
    expect(answer.headers.location).toBe(status === 307 ? UI : undefined);
  });

  it("HI-40 names what was refused, and logs it", async () => {
    await using gateway = await start();
    const { text } = await send(gateway.url, { path: UI, headers: foreign });
    expect(text).toContain("127.0.0.1");
    expect(text).toContain("evil.example");
    expect(text).toContain("dashboard.access_policy.allowed_hosts");
    expect(gateway.log.some(({ message }) => message === "Dashboard refused")).toBe(true);
  });

  it("HI-41 takes an address for a Host", async () => {
    await using gateway = await start();
    for (const host of ["127.0.0.1", "10.1.2.3:8080", "[::1]:40114"]) {
      const answer = await send(gateway.url, { path: UI, headers: { Host: host } });
      expect(answer.status, `for ${host}`).toBe(200);
    }
  });

  it("takes the address of the connection, not one that a proxy names", async () => {
    await using gateway = await start('access_policy: { allowed_cidrs: ["10.0.0.0/8"] }');
    const headers = { "X-Forwarded-For": "10.0.0.1", Forwarded: "for=10.0.0.1" };
    const answer = await send(gateway.url, { path: UI, headers });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain("allowed_cidrs");
  });

  it.each(["", "endpoints", "endpoints/", "requests", "anything/else"])(
    "HI-43 shows the page at %j",
    async (path) => {
      await using gateway = await start();
      const answer = await send(gateway.url, { path: UI + path });
      expect(answer).toMatchObject({ status: 200 });
      expect(answer.headers["content-type"]).toContain("text/html");
    },
  );

  it("HI-44 lets hashed files be kept for good, and answers 304 for what is known", async () => {
    await using gateway = await start();
    for (const path of [
      await assetPath(gateway.url, ".js"),
      await assetPath(gateway.url, ".css"),
    ]) {
      const { status, headers, text } = await send(gateway.url, { path });
      expect(status, `at ${path}`).toBe(200);
      expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
      expect(headers.etag).toMatch(/^"[0-9a-f]{32}"$/);
      expect(text.length).toBeGreaterThan(1_000);
      const again = await send(gateway.url, {
        path,
        headers: { "If-None-Match": String(headers.etag) },
      });
      expect(again).toMatchObject({ status: 304, text: "" });
      expect(again.headers.etag).toBe(headers.etag);
    }
  });

  it.each([
    { accept: "gzip, deflate, br", coding: "br", decode: brotliDecompressSync },
    { accept: "gzip", coding: "gzip", decode: gunzipSync },
  ])("HI-57 sends files compressed with $coding when asked", async ({ accept, coding, decode }) => {
    await using gateway = await start();
    const path = await assetPath(gateway.url, ".js");
    const plain = await send(gateway.url, { path });
    const coded = await send(gateway.url, { path, headers: { "Accept-Encoding": accept } });
    expect(coded.headers["content-encoding"]).toBe(coding);
    expect(coded.headers.vary).toBe("Accept-Encoding");
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(plain.headers.vary).toBe("Accept-Encoding");
    expect(coded.headers.etag).not.toBe(plain.headers.etag);
    expect(coded.body.length).toBeLessThan(plain.body.length / 2);
    expect(decode(coded.body).equals(plain.body)).toBe(true);
  });

  it("is less than 150 KB, compressed", async () => {
    await using gateway = await start();
    let sum = 0;
    for (const ending of [".js", ".css"]) {
      const path = await assetPath(gateway.url, ending);
      const headers = { "Accept-Encoding": "gzip" };
      sum += (await send(gateway.url, { path, headers })).body.length;
    }
    expect(sum).toBeLessThan(150_000);
  });

  it("answers HEAD without a body, also for events", async () => {
    await using gateway = await start();
    for (const path of [UI, `${UI}api/report`, `${UI}api/events`]) {
      const answer = await send(gateway.url, { method: "HEAD", path });
      expect(answer, `at ${path}`).toMatchObject({ status: 200, text: "" });
    }
  });

  it("HI-45 is nowhere when it is off", async () => {
    await using gateway = await start("enabled: false");
    for (const path of [UI, "/internal/ui", `${UI}api/report`]) {
      expect((await send(gateway.url, { path })).status, `at ${path}`).toBe(404);
    }
  });

  it("is read by no page of another origin, whatever CORS allows", async () => {
    const cors = "  cors: { enabled: true }";
    await using gateway = await startGateway({ config: configFor([], { server: cors }) });
    const headers = { Origin: "https://evil.example" };
    const { headers: told } = await send(gateway.url, { path: `${UI}api/report`, headers });
    expect(told["access-control-allow-origin"]).toBeUndefined();
    expect(told["cross-origin-resource-policy"]).toBe("same-origin");
  });
});

const GATED = [
  "/internal/status",
  "/internal/status/endpoints",
  "/internal/status/models",
  "/internal/stats/models",
  "/internal/stats/sticky",
  "/internal/metrics",
];

describe("the gate of the internal documents", () => {
  it.each(GATED)("HI-55 refuses a foreign Host at %s", async (path) => {
    await using gateway = await start("gate_internal_api: true");
    const refused = await send(gateway.url, { path, headers: { Host: "evil.example" } });
    expect(refused.status).toBe(403);
    expect(refused.text).toContain("evil.example");
    expect(refused.headers["x-olla-request-id"]).toMatch(/^\S+$/);
    expect((await send(gateway.url, { path })).status).toBe(200);
  });

  it("HI-55 refuses an address that is not allowed, but tells it that the process is up", async () => {
    await using gateway = await startGateway({
      config: configFor([], {
        more: 'dashboard: { gate_internal_api: true, access_policy: { allowed_cidrs: ["10.0.0.0/8"] } }',
      }),
    });
    expect((await send(gateway.url, { path: "/internal/status" })).status).toBe(403);
    expect((await send(gateway.url, { path: "/internal/%73tatus" })).status).toBe(403);
    const health = await send(gateway.url, { path: "/internal/health" });
    expect(health).toMatchObject({ status: 200, text: '{"status":"healthy"}' });
  });

  it("HI-55 works without the dashboard", async () => {
    await using gateway = await start("enabled: false, gate_internal_api: true");
    const headers = { Host: "evil.example" };
    expect((await send(gateway.url, { path: "/internal/status", headers })).status).toBe(403);
  });

  it("lets no page of another origin look through, whatever CORS allows", async () => {
    const config = configFor([], {
      server: "  cors: { enabled: true }",
      more: "dashboard: { gate_internal_api: true }",
    });
    await using gateway = await startGateway({ config });
    const headers = { Origin: "https://evil.example" };
    const answer = await send(gateway.url, { path: "/internal/status", headers });
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    const open = await send(gateway.url, { path: "/olla/models", headers });
    expect(open.headers["access-control-allow-origin"]).toBe("*");
  });

  it("is open by default", async () => {
    await using gateway = await start();
    const headers = { Host: "evil.example" };
    expect((await send(gateway.url, { path: "/internal/status", headers })).status).toBe(200);
  });
});
