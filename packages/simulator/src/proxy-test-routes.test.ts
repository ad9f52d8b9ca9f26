import { createHash } from "node:crypto";
import { once } from "node:events";
import { request as sendRequest } from "node:http";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type SimulatedBackend, startBackend } from "./backend.ts";
import { patternBytes } from "./proxy-test-routes.ts";

let backend: SimulatedBackend;

beforeAll(async () => {
  backend = await startBackend({ kind: "llamacpp", name: "a" });
});
afterAll(() => backend.kill());

describe("proxy test paths", () => {
  it("/echo tells what arrived, unchanged", async () => {
    const body = Buffer.alloc(3_000_000, "x");
    const response = await fetch(`${backend.url}/echo/a%2Fb?q=%20`, {
      method: "PATCH",
      headers: { "X-One": "1" },
      body,
    });
    expect(await response.json()).toMatchObject({
      method: "PATCH",
      url: "/echo/a%2Fb?q=%20",
      headers: expect.arrayContaining(["X-One", "1"]),
      bodyBytes: body.length,
      bodySha256: createHash("sha256").update(body).digest("hex"),
      httpVersion: "1.1",
    });
  });

  it("/bytes sends exactly so many, in a known pattern", async () => {
    const response = await fetch(`${backend.url}/bytes/200000`);
    expect(response.headers.get("content-length")).toBe("200000");
    expect(patternBytes(200_000).equals(Buffer.from(await response.arrayBuffer()))).toBe(true);
  });

  it("/chunks sends chunked, in the same pattern", async () => {
    const response = await fetch(`${backend.url}/chunks/30/7`);
    expect(response.headers.get("transfer-encoding")).toBe("chunked");
    expect(await response.text()).toBe(patternBytes(210).toString());
  });

  it("/sink answers the length of the body, also beyond what the record keeps", async () => {
    const response = await fetch(`${backend.url}/sink`, {
      method: "POST",
      body: Buffer.alloc(9_000_000),
    });
    expect(await response.json()).toEqual({ bodyBytes: 9_000_000 });
    expect(backend.requests.at(-1)?.body.length).toBeLessThan(9_000_000);
  });

  it.each([200, 204, 304, 418, 599])("/status answers %i", async (status) => {
    expect((await fetch(`${backend.url}/status/${status}`)).status).toBe(status);
  });

  it.each(["/status/99", "/status/x", "/bytes/-1", "/bytes/x", "/chunks/3", "/chunks/3/0"])(
    "refuses %s",
    async (path) => {
      expect((await fetch(`${backend.url}${path}`)).status).toBe(400);
    },
  );

  it.each([
    { path: "/redirect", location: "/echo/redirected" },
    { path: "/redirect?to=/bytes/1", location: "/bytes/1" },
  ])("$path leads to $location", async ({ path, location }) => {
    const response = await fetch(`${backend.url}${path}`, { redirect: "manual" });
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe(location);
  });

  it("/trailers sends trailers after the body", async () => {
    const request = sendRequest(`${backend.url}/trailers`).end();
    const [response] = await once(request, "response");
    response.resume();
    await once(response, "end");
    expect(response.trailers).toEqual({ "x-body-length": "20", "x-simulated-trailer": "sent" });
  });

  it.each(["/bytes/1000", "/v1/models", "/health"])(
    "answers HEAD %s without a body",
    async (path) => {
      const response = await fetch(`${backend.url}${path}`, { method: "HEAD" });
      expect(response.status).toBe(200);
      expect(Number(response.headers.get("content-length"))).toBeGreaterThan(0);
      expect(await response.text()).toBe("");
      expect(backend.requests.at(-1)?.bytesWritten).toBe(0);
    },
  );

  it("stops writing while the client does not read", async () => {
    const total = 500_000_000;
    const request = sendRequest(`${backend.url}/bytes/${total}`).end();
    const [response] = await once(request, "response"); // paused: nobody reads
    const record = backend.requests.at(-1);
    let written = -1;
    while (record?.bytesWritten !== written) {
      written = record?.bytesWritten ?? -1;
      // Ten other answers leave the writer time to go on, if it can.
      for (let turn = 0; turn < 10; turn += 1) await (await fetch(`${backend.url}/echo`)).text();
    }
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(50_000_000);
    response.destroy();
    await record?.settled;
    expect(record?.aborted).toBe(true);
  });
});
