import { createHash } from "node:crypto";

import type { Exchange } from "./exchange.ts";
import { invalidRequest } from "./refusal.ts";
import { get, type Route } from "./router.ts";

const PIECE_BYTES = 64 * 1024;
const ALPHABET = Buffer.from("abcdefghijklmnopqrstuvwxyz");

/** Paths that every kind answers, for tests of whatever stands between client and backend. */
export function proxyTestRoutes(): readonly Route[] {
  return [
    { method: "ANY", path: "/echo", handle: echo, readsBody: true },
    { method: "ANY", path: "/echo/*", handle: echo, readsBody: true },
    { method: "POST", path: "/sink", handle: sink, readsBody: true },
    get("/bytes/*", sendBytes),
    get("/chunks/*", sendChunks),
    { method: "ANY", path: "/status/*", handle: sendStatus },
    { method: "ANY", path: "/redirect", handle: redirect },
    get("/trailers", sendTrailers),
  ];
}

/** `length` bytes of the alphabet, over and over, starting at position `offset` of that pattern. */
export function patternBytes(length: number, offset = 0): Buffer {
  const start = offset % ALPHABET.length;
  return Buffer.alloc(start + length, ALPHABET).subarray(start);
}

async function echo(exchange: Exchange): Promise<void> {
  const hash = createHash("sha256");
  await exchange.readBody((chunk) => hash.update(chunk));
  const { record, request } = exchange;
  await exchange.sendJson({
    method: record.method,
    url: record.url,
    headers: record.rawHeaders,
    bodyBytes: record.bodyBytes,
    bodySha256: hash.digest("hex"),
    httpVersion: request.httpVersion,
  });
}

async function sink(exchange: Exchange): Promise<void> {
  await exchange.readBody();
  await exchange.sendJson({ bodyBytes: exchange.record.bodyBytes });
}

async function sendBytes(exchange: Exchange): Promise<void> {
  const [length] = readNumbers(exchange);
  if (length === undefined) return exchange.refuse(invalidRequest("/bytes/{length}"));
  await exchange.sendHead(200, {
    "Content-Type": "application/octet-stream",
    "Content-Length": length,
  });
  for (let sent = 0; sent < length; sent += PIECE_BYTES) {
    await exchange.write(patternBytes(Math.min(PIECE_BYTES, length - sent), sent));
  }
  exchange.endStream();
}

async function sendChunks(exchange: Exchange): Promise<void> {
  const [count, size] = readNumbers(exchange);
  if (count === undefined || !size)
    return exchange.refuse(invalidRequest("/chunks/{count}/{size}"));
  await exchange.openStream("application/octet-stream");
  for (let index = 0; index < count; index += 1) {
    await exchange.write(patternBytes(size, index * size));
  }
  exchange.endStream();
}

async function sendStatus(exchange: Exchange): Promise<void> {
  const [status = 0] = readNumbers(exchange);
  if (status < 200 || status > 999) return exchange.refuse(invalidRequest("/status/{200…999}"));
  if (status === 204 || status === 304) {
    await exchange.sendHead(status, {});
    return exchange.endStream();
  }
  return exchange.sendJson({ status }, status);
}

async function redirect(exchange: Exchange): Promise<void> {
  const target = exchange.query.get("to") ?? "/echo/redirected";
  await exchange.sendHead(302, { Location: target, "Content-Length": 0 });
  exchange.endStream();
}

async function sendTrailers(exchange: Exchange): Promise<void> {
  await exchange.sendHead(200, {
    "Content-Type": "text/plain",
    Trailer: "X-Body-Length, X-Simulated-Trailer",
  });
  await exchange.write("body before trailers");
  exchange.endStream({ "X-Body-Length": "20", "X-Simulated-Trailer": "sent" });
}

/** Whole numbers after the first path segment: `/chunks/3/10` gives 3 and 10. */
function readNumbers({ path }: Exchange): readonly number[] {
  const numbers = path.split("/").slice(2).map(Number);
  return numbers.every((number) => Number.isSafeInteger(number) && number >= 0) ? numbers : [];
}
