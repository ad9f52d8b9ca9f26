import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

import { ProxyError } from "@olla-ts/core";
import type { Clock, RandomSource } from "@olla-ts/core/ports";

import { errorBody } from "../error-body.ts";
import { requestIdOf } from "../pipeline/request-id.ts";

/** How long a client that was refused may keep its connection half open. */
const LINGER_MS = 1_000;

export interface ClientErrorOptions {
  readonly random: RandomSource;
  readonly clock: Clock;
}

/**
 * Answers what the HTTP parser refused: it never became a request, so the answer
 * goes onto the bare connection, but never into the middle of another one.
 */
export class ClientErrors {
  readonly #options: ClientErrorOptions;
  /** Answers under way on each connection, in order. */
  readonly #open = new WeakMap<Duplex, Set<ServerResponse>>();
  /** Refusals that wait for the answers before them. */
  readonly #waiting = new WeakMap<Duplex, Error>();

  constructor(options: ClientErrorOptions) {
    this.#options = options;
  }

  /** Every request is told before it is handled. */
  track({ socket }: IncomingMessage, response: ServerResponse): void {
    let open = this.#open.get(socket);
    if (open === undefined) this.#open.set(socket, (open = new Set()));
    open.add(response);
    response.on("close", () => {
      open.delete(response);
      const error = open.size === 0 ? this.#waiting.get(socket) : undefined;
      if (error !== undefined) this.#refuse(error, socket);
    });
  }

  answer(error: Error, socket: Duplex): void {
    if (!socket.writable || ("code" in error && error.code === "ECONNRESET")) {
      socket.destroy();
      return;
    }
    const open = [...(this.#open.get(socket) ?? [])];
    const faulty = open.find(({ req }) => !req.complete);
    if (open.length === 0 || (faulty !== undefined && open.length === 1 && !faulty.headersSent)) {
      this.#refuse(error, socket);
    } else if (faulty === undefined) this.#waiting.set(socket, error);
    else socket.destroy();
  }

  #refuse(error: Error, socket: Duplex): void {
    const refusal = parserRefusal("code" in error ? String(error.code) : "");
    const requestId = requestIdOf(undefined, this.#options.random);
    const body = JSON.stringify(errorBody("openai", refusal, requestId));
    const head = [
      `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ""}`,
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Olla-Request-ID: ${requestId}`,
      "Connection: close",
    ];
    socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
    this.#options.clock.schedule(() => socket.destroy(), LINGER_MS);
  }
}

function parserRefusal(code: string): ProxyError {
  if (code === "HPE_HEADER_OVERFLOW") {
    return new ProxyError("headers_too_large", "The request header fields are too large.");
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new ProxyError("request_timeout", "The request took too long to arrive.");
  }
  return new ProxyError("invalid_request", "This is not a well-formed HTTP/1.1 request.");
}
