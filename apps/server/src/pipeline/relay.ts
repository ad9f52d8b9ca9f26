import type { ServerResponse } from "node:http";

import {
  headerValue,
  isStream,
  ProxyError,
  type HeaderList,
  type RoutedDecision,
} from "@olla-ts/core";
import type { BodySink, Clock } from "@olla-ts/core/ports";

import { dialectOfPath, errorEvent } from "../error-body.ts";
import { AnswerBody } from "./answer-body.ts";
import { DoneTail, needsDone, withoutDone } from "./done-tail.ts";
import { errorInsideAnswer } from "./error-inside-answer.ts";
import type { Exchange } from "./exchange.ts";
import type { PipedResponse } from "./hold-answer.ts";
import { startKeepAlive } from "./keep-alive.ts";
import { clientHeaders, clientTrailers } from "./response-headers.ts";
import { statesUsage, type UsageReader } from "./usage-reader.ts";

export interface RelayOptions {
  readonly version: string;
  readonly rateFields: (exchange: Exchange) => HeaderList;
  readonly clock: Clock;
  /** Longest silence inside a stream, in milliseconds; 0 keeps silent. */
  readonly keepAliveMs: number;
  /** @param type of the backend */
  readonly createUsageReader: (type: string) => UsageReader;
}

/** Largest answer that is held back to leave in one write with its head. */
const ONE_WRITE_LIMIT = 16_384;

/** How far into a stream its first content is looked for; what begins an answer is shorter. */
const CONTENT_WITHIN_BYTES = 65_536;

/**
 * Sixth step: head and body go to the client as they arrive. Resolves when the
 * client has everything, the stream broke, or the client left. Never rejects:
 * what went wrong is in `exchange.error`.
 */
export function relay(
  exchange: Exchange,
  decision: RoutedDecision,
  upstream: PipedResponse,
  options: RelayOptions,
): Promise<void> {
  const { response } = exchange;
  const fields = clientHeaders(exchange, decision, options.version, options.rateFields(exchange));
  response.writeHead(upstream.status, fields);
  return new Promise((resolve) => {
    const sink = new ClientSink(exchange, upstream, options, resolve);
    response.on("drain", () => upstream.body.resume());
    upstream.body.pipeTo(sink);
    // A stream that has not spoken yet still tells the client that it began.
    sink.flushHead();
  });
}

class ClientSink implements BodySink {
  readonly #exchange: Exchange;
  readonly #response: ServerResponse;
  readonly #body: AnswerBody;
  readonly #clock: Clock;
  readonly #done: () => void;
  readonly #upstream: PipedResponse;
  /** Length announced by the backend; NaN when it announced none. */
  readonly #length: number;
  /** The whole body, when it came in one small piece. */
  #held: Uint8Array | undefined;
  /** The last piece that was sent: tells whether a stream stopped between two events. */
  #last: Uint8Array | undefined;
  /** End of the body so far; undefined when the framing tells where the body ends. */
  #tail: DoneTail | undefined;
  /** Undefined when the answer costs no tokens. */
  readonly #usage: UsageReader | undefined;
  /** Whether the first content of a stream is still to come. */
  #awaitsContent: boolean;
  #sentAt: number;
  readonly #keepAlive: Disposable | undefined;
  #ended = false;

  constructor(
    exchange: Exchange,
    upstream: PipedResponse,
    { clock, keepAliveMs, createUsageReader }: RelayOptions,
    done: () => void,
  ) {
    this.#exchange = exchange;
    this.#response = exchange.response;
    this.#body = new AnswerBody(exchange.response);
    this.#upstream = upstream;
    this.#clock = clock;
    this.#sentAt = clock.now();
    this.#done = done;
    this.#length = Number(headerValue(upstream.headers, "content-length") ?? Number.NaN);
    if (statesUsage(exchange)) this.#usage = createUsageReader(upstream.endpoint.type);
    this.#awaitsContent = this.#usage !== undefined && this.#framing() !== undefined;
    if (needsDone(exchange, upstream)) this.#tail = new DoneTail();
    exchange.inspection?.codedAs(headerValue(upstream.headers, "content-encoding"));
    this.#response.on("close", () => this.#clientClosed());
    const sign = keepAliveMs > 0 ? this.#signOfLife() : undefined;
    if (sign !== undefined) {
      this.#keepAlive = startKeepAlive({
        clock,
        everyMs: keepAliveMs,
        sentAt: () => this.#sentAt,
        send: () => this.#between() && this.#body.writeText(sign),
      });
    }
  }

  write(chunk: Uint8Array): boolean {
    this.#sentAt = this.#clock.now();
    this.#exchange.firstByteAt ??= this.#sentAt;
    this.#exchange.responseBytes += chunk.length;
    this.#usage?.push(chunk);
    if (this.#awaitsContent) this.#lookForContent(chunk);
    this.#exchange.inspection?.add(chunk);
    if (chunk.length === this.#length && chunk.length <= ONE_WRITE_LIMIT) {
      this.#held = chunk;
      return true;
    }
    this.#last = chunk;
    this.#tail?.add(chunk);
    return this.#body.write(chunk);
  }

  end(trailers: HeaderList): void {
    if (this.#tail?.isDone === false) {
      this.fail(withoutDone(this.#upstream));
      return;
    }
    this.#ended = true;
    if (this.#held === undefined) this.#body.end(clientTrailers(this.#exchange, trailers));
    else this.#body.endWith(this.#held);
  }

  fail(error: ProxyError): void {
    this.#ended = true;
    this.#exchange.error = error;
    const event = this.#closingEvent(error);
    if (event === undefined) this.#response.destroy();
    else {
      this.#exchange.inspection?.add(event);
      // The terminating chunk is never sent: a client that knows no error events sees a cut.
      this.#body.cut(event, this.#clock);
    }
  }

  #lookForContent(chunk: Uint8Array): void {
    const isFound = this.#usage?.holdsContent(chunk) === true;
    if (isFound) this.#exchange.firstTokenAt = this.#sentAt;
    this.#awaitsContent = !isFound && this.#exchange.responseBytes < CONTENT_WITHIN_BYTES;
  }

  flushHead(): void {
    if (!this.#ended && this.#exchange.firstByteAt === undefined) this.#response.flushHeaders();
  }

  /** An error event, where the stream stopped between two events and can take one. */
  #closingEvent(error: ProxyError): string | undefined {
    if (this.#framing() === undefined || !this.#between()) return undefined;
    const dialect = dialectOfPath(this.#exchange.route.path);
    return errorEvent(dialect, error, this.#exchange.requestId);
  }

  /** What a stream of this kind may carry between two events without meaning anything. */
  #signOfLife(): string | undefined {
    if (this.#framing() !== "events") return undefined;
    const dialect = dialectOfPath(this.#exchange.route.path);
    return dialect === "anthropic" ? 'event: ping\ndata: {"type": "ping"}\n\n' : ": keep-alive\n\n";
  }

  /** How the stream is cut into pieces; undefined when nothing may be put between them. */
  #framing(): "events" | "lines" | undefined {
    const type = headerValue(this.#upstream.headers, "content-type") ?? "";
    if (headerValue(this.#upstream.headers, "content-encoding") !== undefined) return undefined;
    if (!Number.isNaN(this.#length)) return undefined;
    if (type.startsWith("text/event-stream")) return "events";
    return type.includes("ndjson") ? "lines" : undefined;
  }

  /** Whether the last piece sent was whole, so that something may follow it. */
  #between(): boolean {
    return this.#last === undefined || endsFrame(this.#last, this.#framing() === "events");
  }

  #clientClosed(): void {
    this.#exchange.lastPartAt = this.#sentAt;
    this.#exchange.figures = this.#usage?.figures();
    this.#exchange.usage = this.#exchange.figures?.usage;
    this.#noteErrorInside();
    this.#keepAlive?.[Symbol.dispose]();
    if (!this.#ended) {
      this.#exchange.error ??= clientLeft();
      this.#upstream.body.cancel();
    } else if (!this.#response.writableFinished) this.#exchange.error ??= clientLeft();
    this.#done();
  }

  /** The bytes went to the client as they came, and some clients leave at such an event. */
  #noteErrorInside(): void {
    if (this.#exchange.figures?.endsInError !== true || !isStream(this.#upstream.headers)) return;
    this.#exchange.error ??= errorInsideAnswer(this.#upstream);
  }
}

function clientLeft(): ProxyError {
  return new ProxyError("client_aborted", "The client left.");
}

function endsFrame(chunk: Uint8Array, isEvents: boolean): boolean {
  const { length } = chunk;
  if (chunk[length - 1] !== 0x0a) return false;
  if (!isEvents) return true;
  return chunk[length - 2] === 0x0a || (chunk[length - 2] === 0x0d && chunk[length - 3] === 0x0a);
}
