import type { HeaderList } from "@olla-ts/core";

import { UnsendableRequest } from "./http-errors.ts";

/** Characters of a method and of a field name (RFC 9110 section 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What no field value may hold (RFC 9110 section 5.5); above U+00FF there is no byte for it. */
const NOT_A_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
/** What no request target may hold (RFC 9112 section 3.2). */
const NOT_A_TARGET = /[^\x21-\xff]/;
/** Methods whose requests state a length even when they have no body (RFC 9110 section 8.6). */
const EXPECT_A_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** Names that were found good: the same few come again and again. */
const knownNames = new Set<string>();
const MAX_KNOWN_NAMES = 500;

/** The parts of a request head. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  /** Of the URL, with its port. */
  readonly host: string;
  readonly headers: HeaderList;
  /** Of the body in bytes; undefined when there is none. */
  readonly length: number | undefined;
}

/**
 * Everything before the body, in latin1 and with its empty line.
 *
 * @throws UnsendableRequest
 */
export function writeRequestHead({ method, path, host, headers, length }: RequestHead): string {
  if (!TOKEN.test(method)) throw new UnsendableRequest("the method is no token");
  if (path === "" || NOT_A_TARGET.test(path)) {
    throw new UnsendableRequest("the path holds a character that has to be escaped");
  }
  let head = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: keep-alive\r\n`;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? "";
    const value = headers[index + 1] ?? "";
    if (!isName(name)) throw new UnsendableRequest("a field name is no token");
    if (NOT_A_VALUE.test(value)) throw new UnsendableRequest(`the value of ${name} is not allowed`);
    head += `${name}: ${value}\r\n`;
  }
  const stated = length ?? (EXPECT_A_BODY.has(method) ? 0 : undefined);
  return stated === undefined ? `${head}\r\n` : `${head}Content-Length: ${stated}\r\n\r\n`;
}

function isName(name: string): boolean {
  if (knownNames.has(name)) return true;
  if (!TOKEN.test(name)) return false;
  if (knownNames.size < MAX_KNOWN_NAMES) knownNames.add(name);
  return true;
}
