import { ProxyError, toProxyError } from "@olla-ts/core";
import type {
  ChatDialect,
  ReplyEvent,
  ReplyFailure,
  ReplyStreamReader,
  ReplyStreamWriter,
  Usage,
} from "@olla-ts/dialects";

import type { StreamTranslation } from "./pipeline/translation.ts";

/** A streamed answer on its way from a backend's dialect to the client's. */
export class ChatStream implements StreamTranslation {
  readonly #reader: ReplyStreamReader;
  readonly #client: ChatDialect;
  readonly #writer: ReplyStreamWriter;
  #usage: Usage | undefined;
  #complete = false;
  #broken = false;

  constructor(reader: ReplyStreamReader, client: ChatDialect, writer: ReplyStreamWriter) {
    this.#reader = reader;
    this.#client = client;
    this.#writer = writer;
  }

  get broken(): boolean {
    return this.#broken;
  }

  get usage(): Usage | undefined {
    return this.#usage;
  }

  begin(): string {
    return this.#client.name === "anthropic" ? this.#start() : "";
  }

  push(chunk: Uint8Array, requestId: string): string {
    return this.#write(() => this.#reader.push(chunk), requestId);
  }

  end(requestId: string): string {
    return this.#write(() => this.#reader.end(), requestId);
  }

  /** Tells the client once, and never of an answer that it has whole. */
  fail(error: ProxyError, requestId: string): string {
    if (this.#broken || this.#complete) return "";
    this.#broken = true;
    const { message, status, code } = error;
    let text = "";
    try {
      text = this.#writer.write({ type: "error", message, status, code, requestId });
    } catch {
      // The writer may have to repeat more than a text can hold: it is told of without it.
    }
    return text === "" ? this.#client.writeStreamError(error, requestId) : text;
  }

  keepAlive(): string {
    return this.#writer.keepAlive() || this.#start();
  }

  /** The first event; nothing when the answer has begun. */
  #start(): string {
    return this.#writer.write({ type: "start", id: undefined, model: "" });
  }

  #write(read: () => readonly ReplyEvent[], requestId: string): string {
    let text = "";
    try {
      for (const event of read()) {
        if (this.#broken) return text;
        if (event.type === "error") text += this.fail(toError(event), requestId);
        else text += this.#writer.write(event);
        if (event.type === "usage") this.#usage = event.usage;
        if (event.type === "end") this.#complete = true;
      }
    } catch (thrown) {
      // The reader or the writer itself failed, so that the writer cannot be asked to tell of it.
      this.#broken = true;
      text += this.#client.writeStreamError(toProxyError(thrown), requestId);
    }
    return text;
  }
}

function toError({ message, status }: ReplyFailure): ProxyError {
  return new ProxyError("upstream_error", message, status === undefined ? {} : { status });
}
