import type { HeaderList } from "@olla-ts/core";

import { MalformedResponse } from "./http-errors.ts";

/** How the end of a body is found (RFC 9112 section 6.3). */
export type BodyFraming = "none" | "length" | "chunked" | "close";

/** A response head, read. */
export interface ResponseHead {
  readonly status: number;
  /** Fields as received, hop-by-hop ones included. */
  readonly headers: HeaderList;
  readonly framing: BodyFraming;
  /** Bytes of the body, for the framing `length`. */
  readonly length: number;
  /** Whether the connection can carry another request. */
  readonly keepsAlive: boolean;
  /** Seconds that the server keeps an idle connection, when it says so. */
  readonly idleSeconds: number | undefined;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([0-9]{3})(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Control characters, and line ends that are not both characters of one. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/;
const DIGITS = /^[0-9]{1,15}$/;

const knownNames = new Set<string>();
const MAX_KNOWN_NAMES = 500;

/**
 * Reads the head of a response to a request with `method`.
 *
 * @param text in latin1, without the empty line at its end
 * @throws MalformedResponse
 */
export function readResponseHead(text: string, method: string): ResponseHead {
  if (FORBIDDEN.test(text)) throw new MalformedResponse("the head holds control characters");
  const lineEnd = text.indexOf("\r\n");
  const statusLine = STATUS_LINE.exec(lineEnd === -1 ? text : text.slice(0, lineEnd));
  if (statusLine === null) throw new MalformedResponse("the status line is none");
  const status = Number(statusLine[2]);
  if (status < 100) throw new MalformedResponse("the status is below 100");
  const headers = lineEnd === -1 ? [] : readFields(text, lineEnd + 2);

  const facts = new Facts();
  for (let index = 0; index < headers.length; index += 2) {
    facts.note(headers[index] ?? "", headers[index + 1] ?? "");
  }
  if (facts.isCoded && facts.length !== undefined) {
    throw new MalformedResponse("the body has two lengths");
  }
  const framing = framingOf(facts, method, status);
  const isPersistent = statusLine[1] === "1" ? !facts.closes : facts.keepsAlive && !facts.closes;
  return {
    status,
    headers,
    framing,
    length: facts.length ?? 0,
    keepsAlive: isPersistent && framing !== "close",
    idleSeconds: facts.idleSeconds,
  };
}

/**
 * Reads lines of fields.
 *
 * @throws MalformedResponse
 */
export function readFields(text: string, start: number): string[] {
  const fields: string[] = [];
  for (let at = start; at < text.length;) {
    const found = text.indexOf("\r\n", at);
    const end = found === -1 ? text.length : found;
    const colon = text.indexOf(":", at);
    // A line that begins with a blank would go on with the field before it (obsolete).
    if (colon === -1 || colon >= end) throw new MalformedResponse("a field has no name");
    const name = text.slice(at, colon);
    if (!isName(name)) throw new MalformedResponse("a field name is no token");
    fields.push(name, text.slice(colon + 1, end).trim());
    at = end + 2;
  }
  return fields;
}

/** @throws MalformedResponse when text of trailer lines holds what no field may */
export function checkFieldText(text: string): void {
  if (FORBIDDEN.test(text)) throw new MalformedResponse("the trailers hold control characters");
}

function isName(name: string): boolean {
  if (knownNames.has(name)) return true;
  if (!TOKEN.test(name)) return false;
  if (knownNames.size < MAX_KNOWN_NAMES) knownNames.add(name);
  return true;
}

function framingOf(facts: Facts, method: string, status: number): BodyFraming {
  if (status === 101) throw new MalformedResponse("the server switched protocols unasked");
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return "none";
  if (facts.isCoded) return "chunked";
  return facts.length === undefined ? "close" : "length";
}

/** What the fields say about the body and the connection. */
class Facts {
  isCoded = false;
  length: number | undefined;
  closes = false;
  keepsAlive = false;
  idleSeconds: number | undefined;

  note(name: string, value: string): void {
    // Few other names have one of these lengths, so lower-casing is rare.
    if (name.length === 14) {
      if (name.toLowerCase() === "content-length") this.#noteLength(value);
    } else if (name.length === 17) {
      if (name.toLowerCase() === "transfer-encoding") this.#noteCoding(value);
    } else if (name.length === 10) {
      const lowerName = name.toLowerCase();
      if (lowerName === "connection") this.#noteConnection(value);
      else if (lowerName === "keep-alive") this.#noteIdleTime(value);
    }
  }

  #noteLength(value: string): void {
    if (this.length !== undefined || !DIGITS.test(value)) {
      throw new MalformedResponse("the length of the body is no number, or stated twice");
    }
    this.length = Number(value);
  }

  /** Nothing but `chunked` was offered, so nothing else can be undone. */
  #noteCoding(value: string): void {
    if (this.isCoded || value.toLowerCase() !== "chunked") {
      throw new MalformedResponse("the body has a transfer coding that was not asked for");
    }
    this.isCoded = true;
  }

  #noteConnection(value: string): void {
    for (const option of value.toLowerCase().split(",")) {
      if (option.trim() === "close") this.closes = true;
      else if (option.trim() === "keep-alive") this.keepsAlive = true;
    }
  }

  #noteIdleTime(value: string): void {
    const seconds = /(?:^|[\s,;])timeout\s*=\s*(\d{1,9})/i.exec(value)?.[1];
    if (seconds !== undefined) this.idleSeconds = Number(seconds);
  }
}
