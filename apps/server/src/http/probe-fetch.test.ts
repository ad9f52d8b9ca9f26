import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import { probeFetch } from "./probe-fetch.ts";

let server: Server | undefined;

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function get(url: string, signal = new AbortController().signal): ReturnType<typeof probeFetch> {
  return probeFetch(url, { method: "GET", headers: [["X-One", "1"]], signal });
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

describe("probeFetch", () => {
  it("sends the fields and tells status, fields and body", async () => {
    const url = await serve((request, response) => {
      response.writeHead(503, { "Retry-After": "7", "Set-Cookie": ["a=1", "b=2"] });
      response.end(`${request.method} ${request.url} ${String(request.headers["x-one"])}`);
    });
    const { status, headers, body } = await get(`${url}/health?x=1`);
    expect(status).toBe(503);
    expect(headers.get("RETRY-after")).toBe("7");
    expect(headers.get("set-cookie")).toBe("a=1, b=2");
    expect(headers.get("absent")).toBeNull();
    const parts: Uint8Array[] = [];
    for await (const part of body) parts.push(part);
    expect(Buffer.concat(parts).toString()).toBe("GET /health?x=1 1");
  });

  it("follows no redirect", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(302, { Location: "/elsewhere" }).end();
    });
    expect((await get(url)).status).toBe(302);
  });

  it("fails with the code of the connection", async () => {
    const url = await serve((request) => request.socket.destroy());
    await expect(get(url)).rejects.toMatchObject({ code: "ECONNRESET" });
    server?.close();
    await expect(get("http://127.0.0.1:1/")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("ends when it is told to, before the head and inside the body", async () => {
    const stop = new AbortController();
    const url = await serve((request, response) => {
      if (request.url === "/body") response.write("begun");
      else stop.abort();
    });
    await expect(get(url, stop.signal)).rejects.toMatchObject({ name: "AbortError" });
    const later = new AbortController();
    const { body } = await get(`${url}/body`, later.signal);
    const reading = (async () => {
      for await (const part of body) if (part.length > 0) later.abort();
    })();
    await expect(reading).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  it("ends the connection when the body is left", async () => {
    const url = await serve((_request, response) => {
      response.write("x".repeat(100_000));
    });
    const { body } = await get(url);
    for await (const part of body) if (part.length > 0) break;
    const connections = await new Promise<number>((resolve) => {
      const look = (): void => {
        server?.getConnections((_error, count) => {
          if (count === 0) resolve(count);
          else setImmediate(look);
        });
      };
      look();
    });
    expect(connections).toBe(0);
  });
});
