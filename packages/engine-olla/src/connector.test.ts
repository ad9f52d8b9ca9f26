import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer as createTcpServer, type AddressInfo, type Server } from "node:net";
import tls from "node:tls";

import { makeEndpoint, ManualClock } from "@olla-ts/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { ask, EngineKit, LIMITS, refusal } from "./testing/engine-kit.ts";

/** A self-signed certificate for `localhost`, made for this test, and its key. */
const KEY =
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJoIaydCYTQT17aRlrete+tIbXmst5xfLiQXNHCMM" +
  "O/ehRANCAAQOlBiYprxPjlUYe3xoBsXcWpTdRACsJ9vxjlPb71by+aKXNqFPoxU7nSqC91+3rhH9Kg7ZZSHLbH5k" +
  "w/X7hlzt";
const CERTIFICATE =
  "MIIBmzCCAUGgAwIBAgIUd3T/pYXMzoWH/D8Um2nxlNxn3DIwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJbG9jYWxo" +
  "b3N0MCAXDTI2MTEyNDIwNTI1NFoYDzIxMjYxMDMxMjA1MjU0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcq" +
  "hkjOPQIBBggqhkjOPQMBBwNCAAQOlBiYprxPjlUYe3xoBsXcWpTdRACsJ9vxjlPb71by+aKXNqFPoxU7nSqC91+3" +
  "rhH9Kg7ZZSHLbH5kw/X7hlzto28wbTAdBgNVHQ4EFgQUaxz2B2Q+3YHm4n79LQqAqiCr6FswHwYDVR0jBBgwFoAU" +
  "axz2B2Q+3YHm4n79LQqAqiCr6FswDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEw" +
  "CgYIKoZIzj0EAwIDSAAwRQIgWxUmHGXXxxT5EUw5xC9qkhnjhY5lSJXbVE38qivFZykCIQC47/3mE5srDrgx8oMc" +
  "gmMLSwpB9gr/Mty7YFJHkjWK/g==";

const key = createPrivateKey({ key: Buffer.from(KEY, "base64"), format: "der", type: "pkcs8" });
const certificate = new X509Certificate(Buffer.from(CERTIFICATE, "base64")).toString();
const trusted = tls.getCACertificates("default");

let clock: ManualClock;
let kit: EngineKit;

beforeEach(() => {
  clock = new ManualClock();
  kit = new EngineKit(clock);
});

afterEach(async () => {
  tls.setDefaultCACertificates(trusted);
  await kit[Symbol.asyncDispose]();
});

async function portOf(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address: AddressInfo | string | null = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}

/** Answers for example `full http/1.1`: how the session came about, and what was negotiated. */
function startTls(): tls.Server {
  const server = tls.createServer({
    key: key.export({ format: "pem", type: "pkcs8" }),
    cert: certificate,
    ALPNProtocols: ["h2", "http/1.1"],
  });
  return server.on("secureConnection", (socket) => {
    const session = socket.isSessionReused() ? "resumed" : "full";
    const body = `${session} ${String(socket.alpnProtocol)}`;
    socket.on("error", () => {});
    socket.on("data", (data) => {
      if (!data.toString().endsWith("{}")) return;
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
  });
}

describe("Connector", () => {
  it("speaks HTTP/1.1 over TLS to a host it can verify, and resumes the session", async () => {
    tls.setDefaultCACertificates([certificate]);
    const server = startTls();
    const endpoint = makeEndpoint({ url: `https://localhost:${await portOf(server)}` });
    const engine = kit.start();
    expect(await ask(engine, [endpoint])).toBe("full http/1.1");
    const both = await Promise.all([ask(engine, [endpoint]), ask(engine, [endpoint])]);
    expect(both.toSorted()).toEqual(["full http/1.1", "resumed http/1.1"]);
    server.close();
  });

  it("refuses a certificate that nobody vouches for, before anything is sent", async () => {
    const server = startTls();
    const endpoint = makeEndpoint({ url: `https://localhost:${await portOf(server)}` });
    const error = await refusal(ask(kit.start(), [endpoint]));
    expect(error).toMatchObject({ code: "upstream_tls", status: 502 });
    expect(error.message).not.toContain("localhost");
    server.close();
  });

  it("ends a handshake that takes longer than its limit, and closes the connection", async () => {
    const closed = Promise.withResolvers<void>();
    const accepted = Promise.withResolvers<void>();
    const server = createTcpServer((socket) => {
      socket.on("close", () => closed.resolve());
      socket.once("data", () => accepted.resolve());
    });
    const endpoint = makeEndpoint({ url: `https://localhost:${await portOf(server)}` });
    const engine = kit.start({ timeouts: { ...LIMITS, connectMs: 60_000, tlsMs: 2_000 } });
    const answer = refusal(ask(engine, [endpoint]));
    await accepted.promise;
    clock.advance(2_300);
    const error = await answer;
    expect(error).toMatchObject({ code: "connect_timeout", status: 504 });
    expect(error.message).toContain("TLS handshake");
    await closed.promise;
    server.close();
  });

  it("calls a host that has no address upstream_dns", async () => {
    const endpoint = makeEndpoint({ url: "http://nowhere.invalid:80" });
    expect((await refusal(ask(kit.start(), [endpoint]))).code).toBe("upstream_dns");
  });
});
