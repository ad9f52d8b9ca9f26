import type { HeaderList } from "../../domain/header-list.ts";

/** Parts of an HTTP/1.1 answer; a body gets its `Content-Length` unless `length` says otherwise. */
export interface AnswerParts {
  /** Behind the version; default `200 OK`. */
  readonly status?: string;
  readonly headers?: HeaderList;
  readonly body?: string | Uint8Array;
  /** Announced length in bytes; `none` leaves the field out. */
  readonly length?: number | "none";
}

/** An answer as it goes over the wire, fields spelled and ordered as given. */
export function answer(parts: AnswerParts = {}): Buffer {
  const body = Buffer.from(parts.body ?? "");
  const headers = [...(parts.headers ?? [])];
  const length = parts.length ?? body.byteLength;
  if (length !== "none") headers.push("Content-Length", String(length));
  return Buffer.concat([head(parts.status ?? "200 OK", headers), body]);
}

/** A response head with nothing added. Characters up to U+00FF stand for one byte each. */
export function head(status: string, headers: HeaderList): Buffer {
  let text = `HTTP/1.1 ${status}\r\n`;
  for (let index = 0; index + 1 < headers.length; index += 2)
    text += `${headers[index]}: ${headers[index + 1]}\r\n`;
  return Buffer.from(`${text}\r\n`, "latin1");
}

/** The head of an answer whose body follows in chunks. */
export function chunkedHead(headers: HeaderList = []): Buffer {
  return head("200 OK", [...headers, "Transfer-Encoding", "chunked"]);
}

/** One chunk in the chunked transfer coding (RFC 9112 §7.1). */
export function chunk(data: string | Uint8Array): Buffer {
  const bytes = Buffer.from(data);
  return Buffer.concat([
    Buffer.from(`${bytes.byteLength.toString(16)}\r\n`),
    bytes,
    Buffer.from("\r\n"),
  ]);
}

/** The end of a chunked body, trailers included. */
export function lastChunk(trailers: HeaderList = []): string {
  let text = "0\r\n";
  for (let index = 0; index + 1 < trailers.length; index += 2)
    text += `${trailers[index]}: ${trailers[index + 1]}\r\n`;
  return `${text}\r\n`;
}
