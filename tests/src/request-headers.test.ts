import { describe, expect, it } from "vitest";

import { send, valuesOf, type SentRequest } from "./harness/http-client.ts";
import { sendRaw } from "./harness/raw-connection.ts";
import { startWorld, traffic, type WorldOptions } from "./harness/world.ts";

/** The fields that a backend received for one request. */
interface Received {
  readonly rawHeaders: readonly string[];
  readonly get: (name: string) => string | undefined;
}

describe.each(["olla", "sherpa"])("request headers with engine %s", (engine) => {
  async function receivedFor(
    headers: SentRequest["headers"],
    options: WorldOptions = {},
    request: Partial<SentRequest> = {},
  ): Promise<Received> {
    await using world = await startWorld({ only: { models: ["m1"] } }, { engine, ...options });
    const { status, text } = await send(world.url, {
      path: "/olla/proxy/echo/x",
      ...request,
      ...(headers !== undefined && { headers }),
    });
    expect(status, `got ${text}`).toBe(200);
    const rawHeaders = traffic(world.backends.only)[0]?.rawHeaders ?? [];
    return { rawHeaders, get: (name) => valuesOf(rawHeaders, name)[0] };
  }

  it("HP-14 RT-73 never passes a client's credentials on", async () => {
    const { rawHeaders } = await receivedFor({
      Authorization: "Bearer client-secret",
      Cookie: "session=client-secret",
      "X-Api-Key": "client-secret",
      "X-Auth-Token": "client-secret",
      "Proxy-Authorization": "Basic client-secret",
    });
    expect(rawHeaders.join("\n")).not.toContain("client-secret");
  });

  it("HP-15 sends the endpoint's bearer token whatever the client sent", async () => {
    const { rawHeaders } = await receivedFor(
      { Authorization: "Bearer client" },
      { endpoints: { only: ["auth: { type: bearer, token: endpoint-token }"] } },
    );
    expect(valuesOf(rawHeaders, "authorization")).toEqual(["Bearer endpoint-token"]);
  });

  it("sends an endpoint's API key in the field that the configuration names", async () => {
    const { rawHeaders } = await receivedFor(
      { "X-Custom-Key": "client", "X-Api-Key": "client" },
      { endpoints: { only: ["auth: { type: api_key, key: secret, header: X-Custom-Key }"] } },
    );
    expect(valuesOf(rawHeaders, "x-custom-key")).toEqual(["secret"]);
    expect(valuesOf(rawHeaders, "x-api-key")).toEqual([]);
  });

  it("sends an endpoint's user name and password", async () => {
    const { get } = await receivedFor(
      {},
      { endpoints: { only: ["auth: { type: basic, username: ada, password: 'p:w' }"] } },
    );
    expect(get("authorization")).toBe(`Basic ${Buffer.from("ada:p:w").toString("base64")}`);
  });

  it("HP-16 sends the endpoint's own fields in place of the client's", async () => {
    const { rawHeaders } = await receivedFor(
      { "X-Tenant": "client", "Accept-Language": "de", Via: "1.0 client", "X-Other": "kept" },
      { endpoints: { only: ['headers: { X-Tenant: "blue", Accept-Language: "fr" }'] } },
    );
    expect(valuesOf(rawHeaders, "x-tenant")).toEqual(["blue"]);
    expect(valuesOf(rawHeaders, "accept-language")).toEqual(["fr"]);
    expect(valuesOf(rawHeaders, "x-other")).toEqual(["kept"]);
  });

  it("HP-17 HP-79 tells the backend who asked, over what, for which host", async () => {
    const { get } = await receivedFor({ Host: "models.example:8080" });
    expect(get("x-forwarded-for")).toBe("127.0.0.1");
    expect(get("x-real-ip")).toBe("127.0.0.1");
    expect(get("x-forwarded-proto")).toBe("http");
    expect(get("x-forwarded-host")).toBe("models.example:8080");
  });

  it("HP-79 D10 R19 believes no forwarding field of an untrusted peer", async () => {
    const { rawHeaders } = await receivedFor({
      "X-Forwarded-For": ["9.9.9.9, 8.8.8.8", "7.7.7.7"],
      "X-Real-IP": "9.9.9.9",
      "X-Forwarded-Proto": "https",
      "X-Forwarded-Host": "evil.example",
      Host: "good.example",
    });
    expect(valuesOf(rawHeaders, "x-forwarded-for")).toEqual(["127.0.0.1"]);
    expect(valuesOf(rawHeaders, "x-real-ip")).toEqual(["127.0.0.1"]);
    expect(valuesOf(rawHeaders, "x-forwarded-proto")).toEqual(["http"]);
    expect(valuesOf(rawHeaders, "x-forwarded-host")).toEqual(["good.example"]);
  });

  it("HP-79 appends the peer to what a trusted proxy said", async () => {
    const trusting = [
      "per_ip_requests_per_minute: 0",
      "global_requests_per_minute: 0",
      "trust_proxy_headers: true",
      "trusted_proxy_cidrs: [127.0.0.0/8]",
    ];
    const { rawHeaders } = await receivedFor(
      {
        "X-Forwarded-For": ["203.0.113.7", "198.51.100.4"],
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "public.example",
      },
      { rateLimits: `{ ${trusting.join(", ")} }` },
    );
    expect(valuesOf(rawHeaders, "x-forwarded-for")).toEqual([
      "203.0.113.7, 198.51.100.4, 127.0.0.1",
    ]);
    expect(valuesOf(rawHeaders, "x-real-ip")).toEqual(["198.51.100.4"]);
    expect(valuesOf(rawHeaders, "x-forwarded-proto")).toEqual(["https"]);
    expect(valuesOf(rawHeaders, "x-forwarded-host")).toEqual(["public.example"]);
  });

  it("HP-18 ends Via with itself and keeps what came before, of every line", async () => {
    const plain = await receivedFor({});
    expect(valuesOf(plain.rawHeaders, "via")).toEqual(["1.1 olla/0.0.0"]);
    const chained = await receivedFor({ Via: ["1.0 first", "1.1 second"] });
    expect(valuesOf(chained.rawHeaders, "via")).toEqual(["1.0 first, 1.1 second, 1.1 olla/0.0.0"]);
  });

  it("HP-19 D13 names itself and the requested model in the client's spelling", async () => {
    const { get } = await receivedFor(
      { "Content-Type": "application/json", "X-Model": "forged", "X-Proxied-By": "forged" },
      {},
      { method: "POST", body: '{"model":"M1"}' },
    );
    expect(get("x-proxied-by")).toBe("Olla/0.0.0");
    expect(get("x-model")).toBe("M1");
  });

  it("HP-20 D12 R22 passes no field that belongs to the client's connection", async () => {
    const { get } = await receivedFor({
      Connection: "close, X-Per-Hop",
      "X-Per-Hop": "1",
      "Keep-Alive": "timeout=9",
      TE: "trailers",
      Upgrade: "h2c",
      "Proxy-Connection": "keep-alive",
      "X-End-To-End": "1",
    });
    for (const name of ["x-per-hop", "keep-alive", "te", "upgrade", "proxy-connection"]) {
      expect(get(name), `for ${name}`).toBeUndefined();
    }
    expect(get("connection")?.toLowerCase() ?? "keep-alive").toBe("keep-alive");
    expect(get("x-end-to-end")).toBe("1");
  });

  it("HP-21 sends the backend's own address as Host", async () => {
    await using world = await startWorld({ only: {} }, { engine });
    await send(world.url, { path: "/olla/proxy/echo/x", headers: { Host: "gateway.example" } });
    const [request] = traffic(world.backends.only);
    expect(request?.headers.host).toBe(new URL(world.backends.only.url).host);
  });

  it("HP-78 PV-50 D11 RT-82 states the length of a body, also when the client sent chunks", async () => {
    const sized = await receivedFor({}, {}, { method: "POST", body: "12345" });
    expect(sized.get("content-length")).toBe("5");
    expect(sized.get("transfer-encoding")).toBeUndefined();
    const chunked = await receivedFor({}, {}, { method: "POST", body: "1234567", chunked: true });
    expect(chunked.get("content-length")).toBe("7");
    expect(chunked.get("transfer-encoding")).toBeUndefined();
    const empty = await receivedFor({}, {}, { method: "POST", body: "" });
    expect(empty.get("content-length")).toBe("0");
    const none = await receivedFor({});
    expect(none.get("content-length")).toBeUndefined();
    expect(none.get("transfer-encoding")).toBeUndefined();
  });

  it("passes further fields in order, repeated ones apart, names and values as spelt", async () => {
    const { rawHeaders } = await receivedFor({
      "X-CASE-Kept": "A b  C",
      "X-List": ["1", "2, 3"],
      Accept: "text/event-stream",
      "Accept-Language": "de;q=0.5",
      "Anthropic-Version": "2023-06-01",
    });
    expect(rawHeaders).toContain("X-CASE-Kept");
    expect(valuesOf(rawHeaders, "x-case-kept")).toEqual(["A b  C"]);
    expect(valuesOf(rawHeaders, "x-list")).toEqual(["1", "2, 3"]);
    expect(valuesOf(rawHeaders, "accept")).toEqual(["text/event-stream"]);
    expect(valuesOf(rawHeaders, "accept-language")).toEqual(["de;q=0.5"]);
    expect(valuesOf(rawHeaders, "anthropic-version")).toEqual(["2023-06-01"]);
  });

  it("asks for nothing that the client did not ask for", async () => {
    const { get } = await receivedFor({});
    for (const name of ["accept", "accept-encoding", "accept-language", "user-agent", "origin"]) {
      expect(get(name), `for ${name}`).toBeUndefined();
    }
  });

  it("HP-25 D9 passes the request id on, the client's or its own", async () => {
    await using world = await startWorld({ only: {} }, { engine });
    const path = "/olla/proxy/echo/x";
    const own = await send(world.url, { path });
    const given = await send(world.url, { path, headers: { "X-Request-ID": "trace-1" } });
    const [first, second] = traffic(world.backends.only);
    expect(first?.headers["x-request-id"]).toBe(own.headers["x-olla-request-id"]);
    expect(second?.headers["x-request-id"]).toBe("trace-1");
    expect(given.headers["x-olla-request-id"]).toBe("trace-1");
  });

  it("answers Expect: 100-continue itself and does not pass it on", async () => {
    await using world = await startWorld({ only: {} }, { engine });
    const answer = await sendRaw(
      world.url,
      "POST /olla/proxy/echo/x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n" +
        "Content-Length: 2\r\nConnection: close\r\n\r\nok",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    expect(traffic(world.backends.only)[0]?.headers.expect).toBeUndefined();
  });

  it("answers a WebSocket handshake as the plain GET that it forwards", async () => {
    await using world = await startWorld({ only: {} }, { engine });
    const { status } = await send(world.url, {
      path: "/olla/proxy/echo/x",
      headers: { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Key": "x" },
    });
    expect(status).toBe(200);
    expect(traffic(world.backends.only)[0]?.headers.upgrade).toBeUndefined();
  });
});
