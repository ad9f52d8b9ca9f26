import { createHash, type Hash } from "node:crypto";

import type { HeaderList } from "../../domain/header-list.ts";
import type { ProxyError } from "../../domain/proxy-error.ts";
import type { BodySink, ResponseBody } from "../../ports/proxy-engine.ts";
import { Changes } from "./changes.ts";

/** How a sink answers a write: true to go on, false to ask for a pause. */
export type Accept = (chunk: Uint8Array) => boolean;

/** A sink that remembers what it was given, and what it should not have been given. */
export class CollectingSink implements BodySink {
  bytes = 0;
  chunks = 0;
  /** Undefined until the body is complete. */
  trailers: HeaderList | undefined;
  /** Undefined unless the body broke. */
  error: ProxyError | undefined;
  /** Calls that came after `end` or `fail`; must stay empty. */
  readonly afterwards: string[] = [];
  readonly #kept: Uint8Array[] = [];
  readonly #hash: Hash = createHash("sha256");
  readonly #changes = new Changes();
  readonly #accept: Accept;
  readonly #keep: boolean;

  /** @param keep false for bodies too large to hold; then only `sha256` tells the content */
  constructor({
    accept = () => true,
    keep = true,
  }: { readonly accept?: Accept; readonly keep?: boolean } = {}) {
    this.#accept = accept;
    this.#keep = keep;
  }

  get finished(): boolean {
    return this.trailers !== undefined || this.error !== undefined;
  }

  write(chunk: Uint8Array): boolean {
    this.#note("write");
    this.bytes += chunk.byteLength;
    this.chunks += 1;
    this.#hash.update(chunk);
    // Copied: whether the engine reuses its buffer after the call is its own affair.
    if (this.#keep) this.#kept.push(Uint8Array.from(chunk));
    const accepted = this.#accept(chunk);
    this.#changes.notify();
    return accepted;
  }

  end(trailers: HeaderList): void {
    this.#note("end");
    this.trailers = trailers;
    this.#changes.notify();
  }

  fail(error: ProxyError): void {
    this.#note("fail");
    this.error = error;
    this.#changes.notify();
  }

  content(): Buffer {
    return Buffer.concat(this.#kept);
  }

  text(): string {
    return this.content().toString("latin1");
  }

  /** Hexadecimal digest of everything received; once only. */
  sha256(): string {
    return this.#hash.digest("hex");
  }

  /** Waits until the sink has this text and perhaps more. */
  has(text: string): Promise<void> {
    return this.#changes.until(`the sink to receive ${JSON.stringify(text)}`, () =>
      this.text().includes(text),
    );
  }

  /** Waits for `end` or `fail`. */
  done(): Promise<void> {
    return this.#changes.until("end or fail of the sink", () => this.finished);
  }

  /** Waits until the condition on this sink holds. */
  until(what: string, condition: () => boolean): Promise<void> {
    return this.#changes.until(what, condition);
  }

  #note(call: string): void {
    if (this.finished) this.afterwards.push(call);
  }
}

/** Reads a body to its end or failure. */
export async function collect(
  body: ResponseBody,
  sink: CollectingSink = new CollectingSink(),
): Promise<CollectingSink> {
  body.pipeTo(sink);
  await sink.done();
  return sink;
}
