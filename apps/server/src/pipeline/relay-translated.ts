import { headerValue, ProxyError, type HeaderList, type Operation } from "@olla-ts/core";
import type { BodySink, Clock, ProxyResponse } from "@olla-ts/core/ports";

import { AnswerBody } from "./answer-body.ts";
import { limitFields } from "./backend-fields.ts";
import { errorInsideAnswer } from "./error-inside-answer.ts";
import type { Exchange } from "./exchange.ts";
import { holdAnswer, type PipedResponse } from "./hold-answer.ts";
import { startKeepAlive } from "./keep-alive.ts";
import { readText } from "./read-text.ts";
import { sendWhole } from "./send-whole.ts";
import type { StreamTranslation, Translation } from "./translation.ts";
import type { UsageReader } from "./usage-reader.ts";

/** Largest answer that is read as a whole; servers repeat the whole request in some errors. */
const MAX_ANSWER_BYTES = 64 * 1_024 * 1_024;

/** Most that a backend may stream into one answer: some dialects repeat the whole text at its end. */
const MAX_STREAM_BYTES = 128 * 1_024 * 1_024;

export interface TranslatedRelayOptions {
  /** Fields of the gateway's own; those of the backend describe another body. */
  readonly fields: readonly string[];
  readonly clock: Clock;
  /** Longest silence inside a stream, in milliseconds; 0 keeps silent. */
  readonly keepAliveMs: number;
  /** Most of a stream that is held back to be sent at once; 0 holds nothing. */
  readonly heldBytes: number;
  /** @param type of the backend */
  readonly createUsageReader: (type: string) => UsageReader;
}

/**
 * Sixth step where client and backend speak different dialects. Resolves when the
 * client has everything, the stream broke, or the client left.
 *
 * @throws ProxyError while nothing was sent to the client
 */
export async function relayTranslated(
  exchange: Exchange,
  translation: Translation,
  upstream: ProxyResponse,
  target: Operation,
  { fields: own, ...rest }: TranslatedRelayOptions,
): Promise<void> {
  const fields = [...own, ...limitFields(upstream.headers, translation)];
  const options = { ...rest, fields };
  const type = (headerValue(upstream.headers, "content-type") ?? "").toLowerCase();
  if (upstream.status >= 400) {
    const body = await readText(upstream, MAX_ANSWER_BYTES);
    await answerError(exchange, translation, upstream, body, type, options);
    return;
  }
  if (translation.stream && isStream(type)) {
    const { heldBytes } = options;
    const source = heldBytes > 0 ? await holdAnswer(exchange, upstream, heldBytes) : upstream;
    await relayStream(exchange, translation, translation.startStream(target), source, options);
    return;
  }
  const body = await readText(upstream, MAX_ANSWER_BYTES);
  const reader = options.createUsageReader(upstream.endpoint.type);
  reader.push(Buffer.from(body));
  exchange.figures = reader.figures();
  const answer = translation.answer(target, body);
  exchange.usage = answer.usage;
  await sendWhole(exchange, 200, translation.contentType, answer.body, options);
}

function isStream(contentType: string): boolean {
  return contentType.startsWith("text/event-stream") || contentType.includes("ndjson");
}

async function answerError(
  exchange: Exchange,
  translation: Translation,
  upstream: ProxyResponse,
  body: string,
  type: string,
  options: TranslatedRelayOptions,
): Promise<void> {
  const { status } = upstream;
  const error = new ProxyError(
    status === 429 || status === 503 ? "upstream_busy" : "upstream_error",
    translation.backendMessage(status, body, type),
    { status },
  );
  if (status >= 500) exchange.error = error;
  const written = translation.error(error, exchange.requestId);
  await sendWhole(exchange, status, "application/json", written, options);
}

function relayStream(
  exchange: Exchange,
  translation: Translation,
  stream: StreamTranslation,
  upstream: PipedResponse,
  { fields, clock, keepAliveMs, createUsageReader }: TranslatedRelayOptions,
): Promise<void> {
  const { response } = exchange;
  response.writeHead(200, [
    ...fields,
    "Content-Type",
    translation.contentType,
    "Cache-Control",
    "no-cache",
    "X-Accel-Buffering",
    "no",
  ]);
  response.flushHeaders();
  return new Promise((resolve) => {
    const reader = createUsageReader(upstream.endpoint.type);
    const sink = new TranslatingSink(exchange, stream, upstream, { clock, reader });
    const keepAlive =
      keepAliveMs > 0
        ? startKeepAlive({
            clock,
            everyMs: keepAliveMs,
            sentAt: () => sink.sentAt,
            send: () => sink.keepAlive(),
          })
        : undefined;
    sink.begin();
    response.on("drain", () => upstream.body.resume());
    response.on("close", () => {
      keepAlive?.[Symbol.dispose]();
      sink.clientClosed();
      resolve();
    });
    upstream.body.pipeTo(sink);
  });
}

class TranslatingSink implements BodySink {
  readonly #exchange: Exchange;
  readonly #stream: StreamTranslation;
  readonly #upstream: PipedResponse;
  readonly #body: AnswerBody;
  readonly #clock: Clock;
  readonly #reader: UsageReader;
  #ended = false;
  #receivedBytes = 0;
  sentAt: number;

  constructor(
    exchange: Exchange,
    stream: StreamTranslation,
    upstream: PipedResponse,
    { clock, reader }: { readonly clock: Clock; readonly reader: UsageReader },
  ) {
    this.#exchange = exchange;
    this.#body = new AnswerBody(exchange.response);
    this.#reader = reader;
    this.#stream = stream;
    this.#upstream = upstream;
    this.#clock = clock;
    this.sentAt = clock.now();
  }

  begin(): void {
    this.#send(this.#stream.begin());
  }

  write(chunk: Uint8Array): boolean {
    if (this.#ended) return true;
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes > MAX_STREAM_BYTES) {
      this.fail(
        new ProxyError("upstream_protocol", "The backend's answer is too long to be translated."),
      );
      return true;
    }
    this.#reader.push(chunk);
    const text = this.#stream.push(chunk, this.#exchange.requestId);
    const flowing = this.#send(text);
    if (text !== "") {
      this.#exchange.firstTokenAt ??= this.sentAt;
      this.#exchange.lastPartAt = this.sentAt;
    }
    if (this.#stream.broken) this.#breakOff(errorInsideAnswer(this.#upstream));
    return flowing;
  }

  end(_trailers: HeaderList): void {
    if (this.#ended) return;
    this.#send(this.#stream.end(this.#exchange.requestId));
    if (this.#stream.broken) {
      this.#breakOff(
        new ProxyError("upstream_truncated", "The backend's answer ended before it was complete."),
      );
      return;
    }
    this.#ended = true;
    this.#exchange.usage = this.#stream.usage;
    this.#exchange.figures = this.#reader.figures();
    this.#body.end([]);
  }

  fail(error: ProxyError): void {
    if (this.#ended) return;
    this.#send(this.#stream.fail(error, this.#exchange.requestId));
    this.#breakOff(error);
  }

  keepAlive(): void {
    if (!this.#ended) this.#send(this.#stream.keepAlive());
  }

  clientClosed(): void {
    if (!this.#ended) {
      this.#ended = true;
      this.#exchange.error ??= new ProxyError("client_aborted", "The client left.");
      this.#upstream.body.cancel();
    }
  }

  #send(text: string): boolean {
    if (text === "") return true;
    this.sentAt = this.#clock.now();
    this.#exchange.firstByteAt ??= this.sentAt;
    this.#exchange.responseBytes += Buffer.byteLength(text);
    this.#exchange.inspection?.add(text);
    return this.#body.writeText(text);
  }

  /** The client was told in its own dialect; the connection ends without the last chunk. */
  #breakOff(error: ProxyError): void {
    this.#ended = true;
    this.#exchange.error = error;
    this.#exchange.usage = this.#stream.usage;
    this.#upstream.body.cancel();
    this.#body.cut("", this.#clock);
  }
}
