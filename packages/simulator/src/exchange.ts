import { once } from "node:events";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";

import type { BackendContext } from "./backend-context.ts";
import type { Fault, StatusFault } from "./fault.ts";
import type { ErrorShape, Refusal } from "./refusal.ts";
import type { RequestRecord } from "./request-log.ts";

/** What an exchange is made of. */
export interface ExchangeParts {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly record: RequestRecord;
  readonly backend: BackendContext;
  /** Path without query, as received. */
  readonly path: string;
  /** Shape of this path's errors. */
  readonly errors: ErrorShape;
  readonly fault: Fault | undefined;
}

/** Thrown into a handler whose connection is gone, by whichever side. */
export class ExchangeOver extends Error {
  override readonly name = "ExchangeOver";
}

/**
 * One request and its answer. All writing goes through here, so that faults,
 * back-pressure, records and the client's leaving are dealt with in one place.
 * Every method that waits rejects once the connection is gone.
 */
export class Exchange {
  readonly request: IncomingMessage;
  readonly record: RequestRecord;
  readonly backend: BackendContext;
  readonly path: string;
  readonly fault: Fault | undefined;
  readonly #response: ServerResponse;
  readonly #errors: ErrorShape;
  readonly #over = new AbortController();
  #isSevered = false;
  #isSuspended = false;
  #isReleased = false;

  constructor({ request, response, record, backend, path, errors, fault }: ExchangeParts) {
    this.request = request;
    this.#response = response;
    this.record = record;
    this.backend = backend;
    this.path = path;
    this.fault = fault;
    this.#errors = errors;
    response.setHeader("X-Simulated-Backend", backend.name);
    response.once("close", () => {
      record.aborted = !response.writableFinished && !this.#isSevered;
      this.#over.abort(new ExchangeOver());
      record.settle();
    });
  }

  /** Whether the connection is gone, or going while the request was still arriving. */
  get isOver(): boolean {
    const isCutOff = this.request.destroyed && !this.record.isComplete;
    return this.#over.signal.aborted || isCutOff;
  }

  /** Whether the response head is out. */
  get isHeadSent(): boolean {
    return this.#response.headersSent;
  }

  /** Query parameters. */
  get query(): URLSearchParams {
    return new URLSearchParams(this.record.url.slice(this.path.length));
  }

  /** Reads the body to its end, into the record. */
  async readBody(onChunk?: (chunk: Buffer) => void): Promise<void> {
    this.request.on("data", (chunk: Buffer) => {
      this.record.addBody(chunk);
      onChunk?.(chunk);
    });
    await once(this.request, "end", { signal: this.#over.signal });
    this.record.arrive(true);
  }

  /** Serialises a value; under the fault `bad-json` only its first half. */
  json(value: unknown): string {
    const text = JSON.stringify(value);
    return this.fault?.type === "bad-json" ? text.slice(0, text.length >> 1) : text;
  }

  /** Waits; not at all for 0. */
  async sleep(delayMs: number): Promise<void> {
    if (delayMs > 0) await this.backend.sleep(delayMs, this.#over.signal);
    this.#over.signal.throwIfAborted();
  }

  /** Sends the response head. */
  async sendHead(status: number, headers: OutgoingHttpHeaders): Promise<void> {
    await this.#writeHead(status, headers);
    this.#response.flushHeaders();
  }

  /** Sends a complete answer. */
  async send(status: number, contentType: string, body: string | Buffer): Promise<void> {
    const bytes = Buffer.from(body);
    // Trailers exist only in chunked bodies.
    const length = this.#trailers() ? {} : { "Content-Length": bytes.length };
    await this.#writeHead(status, { "Content-Type": contentType, ...length });
    if (status < 400 && this.#cutsAfter() !== undefined) {
      await this.write(bytes.subarray(0, bytes.length >> 1));
      await this.#cut();
    }
    if (this.request.method !== "HEAD") this.record.bytesWritten += bytes.length;
    this.#finish(bytes);
  }

  /** Sends a complete JSON answer. */
  async sendJson(value: unknown, status = 200): Promise<void> {
    await this.send(status, "application/json", this.json(value));
  }

  /** Answers with an error in the shape of this path. */
  async refuse(refusal: Refusal): Promise<void> {
    const body = this.#errors(refusal);
    if (typeof body === "string") await this.send(refusal.status, "text/plain", body);
    else await this.sendJson(body, refusal.status);
  }

  /** Answers with the status that a fault asks for. */
  async answerStatus({ status, body, headers = {} }: StatusFault): Promise<void> {
    for (const [name, value] of Object.entries(headers)) this.#response.setHeader(name, value);
    if (body !== undefined) return this.send(status, "application/json", body);
    const reason = status === 503 || status === 529 ? "unavailable" : "internal";
    return this.refuse({ status, reason, message: `Simulated status ${status}.` });
  }

  /** Starts a stream of events or lines. */
  async openStream(contentType: string): Promise<void> {
    await this.sendHead(200, { "Content-Type": contentType, "Cache-Control": "no-cache" });
    if (this.#cutsAfter() === 0) await this.#cut();
  }

  /** Writes a piece of the body and waits while the client does not read. */
  async write(chunk: string | Buffer): Promise<void> {
    this.#over.signal.throwIfAborted();
    if (chunk.length === 0 || this.request.method === "HEAD") return;
    this.record.bytesWritten += Buffer.byteLength(chunk);
    if (!this.#response.write(chunk)) {
      await once(this.#response, "drain", { signal: this.#over.signal });
    }
  }

  /** Writes the piece of a stream that carries one token. */
  async writeToken(chunk: string): Promise<void> {
    await this.write(chunk);
    this.record.tokensSent += 1;
    if (this.record.tokensSent === this.#cutsAfter()) await this.#cut();
  }

  /** Ends a stream. Trailers need to be announced in the head. */
  endStream(trailers?: Readonly<Record<string, string>>): void {
    if (this.fault?.type === "close-idle-connection") {
      const { socket } = this.request;
      this.#response.once("finish", () => socket.destroySoon());
    }
    if (trailers) this.#response.addTrailers(trailers);
    this.#finish();
  }

  /** Holds the answer back until the connection is gone or the exchange is released. */
  async suspend(): Promise<never> {
    this.#isSuspended = true;
    if (this.#isReleased) this.sever("destroy");
    if (!this.#over.signal.aborted) await once(this.#over.signal, "abort");
    throw new ExchangeOver();
  }

  /** From now on cuts the connection where a fault would hold the answer back for good. */
  release(): void {
    this.#isReleased = true;
    if (this.#isSuspended) this.sever("destroy");
  }

  /** Ends the connection from the backend's side: with RST, with FIN after what was written, or like a dead process. */
  sever(how: "reset" | "close" | "destroy"): void {
    this.#isSevered = true;
    const { socket } = this.request;
    if (how === "reset") socket.resetAndDestroy();
    else if (how === "close") socket.destroySoon();
    else socket.destroy();
  }

  /** Leaves the head to be sent together with what follows. */
  async #writeHead(status: number, headers: OutgoingHttpHeaders): Promise<void> {
    const { fault } = this;
    if (fault?.type === "slow-headers") await this.sleep(fault.delayMs);
    const trailers = this.#trailers();
    const announced = trailers ? { Trailer: Object.keys(trailers).join(", ") } : {};
    this.record.status = status;
    this.#response.writeHead(status, { ...this.backend.traits.headers, ...headers, ...announced });
    if (fault?.type !== "hang-after-headers") return;
    this.#response.flushHeaders();
    await this.suspend();
  }

  #cutsAfter(): number | undefined {
    return this.fault && "tokens" in this.fault ? this.fault.tokens : undefined;
  }

  async #cut(): Promise<never> {
    // One turn of the event loop lets the socket pass on what was written.
    await setImmediate();
    if (this.fault?.type === "reset-after-tokens") this.sever("reset");
    if (this.fault?.type === "close-after-tokens") this.sever("close");
    return this.suspend();
  }

  #trailers(): Readonly<Record<string, string>> | undefined {
    if (this.fault?.type !== "trailers") return undefined;
    return this.fault.trailers ?? { "X-Simulated-Trailer": "sent" };
  }

  #finish(last?: Buffer): void {
    const trailers = this.#trailers();
    if (trailers) this.#response.addTrailers(trailers);
    this.#response.end(last);
  }
}
