import type { ReplyStreamReader } from "../dialect.ts";
import { errorText } from "../errors/backend-error.ts";
import { parseObject } from "../json/parse-json.ts";
import type { ReplyEvent } from "../reply.ts";
import { SseDecoder, type SseEvent } from "../stream/sse-decoder.ts";
import { type CompletionPiece, readCompletionPiece } from "./completion-reply.ts";

const DONE = "[DONE]";

/**
 * Reads the stream of `POST /v1/completions`. Complete with `[DONE]`, or with a
 * finish reason where the server leaves `[DONE]` out.
 */
export class CompletionStreamReader implements ReplyStreamReader {
  readonly #events: SseDecoder;
  #hasStarted = false;
  #hasFinished = false;
  #hasEnded = false;

  constructor(events: SseDecoder = new SseDecoder()) {
    this.#events = events;
  }

  push(chunk: Uint8Array): readonly ReplyEvent[] {
    return this.#hasEnded ? [] : this.#readAll(this.#events.push(chunk));
  }

  end(): readonly ReplyEvent[] {
    if (this.#hasEnded) return [];
    const read = this.#readAll(this.#events.end());
    if (this.#hasEnded) return read;
    this.#hasEnded = true;
    if (this.#hasFinished) return [...read, { type: "end" }];
    const message = "The endpoint's answer ended before it was complete.";
    return [...read, { type: "error", message, status: undefined }];
  }

  #readAll(received: readonly SseEvent[]): readonly ReplyEvent[] {
    const events: ReplyEvent[] = [];
    for (const { data } of received) this.#readEvent(data, events);
    if (this.#events.isOverrun) this.#fail("The endpoint sent a line that is too long.", events);
    return events;
  }

  #readEvent(data: string, events: ReplyEvent[]): void {
    if (this.#hasEnded) return;
    if (data.trim() === DONE) {
      if (!this.#hasFinished)
        events.push({ type: "finish", reason: "unknown", stopSequence: undefined });
      events.push({ type: "end" });
      this.#hasEnded = true;
      return;
    }
    const body = parseObject(data);
    if (body === undefined) {
      this.#fail("The endpoint sent an event that is no JSON object.", events);
      return;
    }
    const error = body["error"];
    if (error !== undefined && error !== null) {
      this.#fail(errorText(error) ?? "The endpoint reported an error.", events);
      return;
    }
    this.#readPiece(readCompletionPiece(body), events);
  }

  #readPiece(piece: CompletionPiece, events: ReplyEvent[]): void {
    const { model, text, stopReason, stopSequence, usage, timings } = piece;
    if (!this.#hasStarted) events.push({ type: "start", id: undefined, model });
    this.#hasStarted = true;
    if (text !== "") events.push({ type: "text", text });
    if (usage !== undefined) events.push({ type: "usage", usage });
    if (timings !== undefined) events.push({ type: "timings", timings });
    if (stopReason === undefined || this.#hasFinished) return;
    this.#hasFinished = true;
    events.push({ type: "finish", reason: stopReason, stopSequence });
  }

  #fail(message: string, events: ReplyEvent[]): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    events.push({ type: "error", message, status: undefined });
  }
}
