import { LineDecoder } from "./line-decoder.ts";

/** One server-sent event. */
export interface SseEvent {
  /** Value of its `event:` line; empty when it has none. */
  readonly name: string;
  /** Its `data:` lines joined by line feeds. */
  readonly data: string;
}

/**
 * Reads server-sent events (WHATWG HTML §9.2.6) from chunks with any borders. With
 * an event that is too long it stops: the events before it are given, nothing
 * after them is.
 */
export class SseDecoder {
  readonly #lines: LineDecoder;
  #name = "";
  #data: string[] = [];
  #dataLength = 0;
  #isOverrun = false;

  /** @param lines its limit is also that of the data of one event, in characters; default 16 MiB */
  constructor(lines: LineDecoder = new LineDecoder()) {
    this.#lines = lines;
  }

  /** Whether a line or an event was longer than the limit, so that the stream cannot be read any further. */
  get isOverrun(): boolean {
    return this.#isOverrun || this.#lines.isOverrun;
  }

  /** Events that this chunk completes. */
  push(chunk: Uint8Array): SseEvent[] {
    const events: SseEvent[] = [];
    for (const line of this.#lines.push(chunk)) this.#readLine(line, events);
    return events;
  }

  /** The event that the body's end completes: real servers leave out the last empty line. */
  end(): SseEvent[] {
    const events: SseEvent[] = [];
    if (this.isOverrun) return events;
    const rest = this.#lines.end();
    if (rest !== undefined) this.#readLine(rest, events);
    this.#readLine("", events);
    return events;
  }

  #readLine(line: string, events: SseEvent[]): void {
    if (this.#isOverrun) return;
    if (line === "") {
      if (this.#data.length > 0) events.push({ name: this.#name, data: this.#data.join("\n") });
      this.#clear();
      return;
    }
    const colon = line.indexOf(":");
    // A line that starts with a colon is a comment.
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") this.#addData(value);
    else if (field === "event") this.#name = value;
  }

  #addData(value: string): void {
    this.#data.push(value);
    // The line feed that joins the lines counts, so that empty ones come to an end as well.
    this.#dataLength += value.length + 1;
    if (this.#dataLength <= this.#lines.limit + 1) return;
    this.#isOverrun = true;
    this.#clear();
  }

  #clear(): void {
    this.#name = "";
    this.#data = [];
    this.#dataLength = 0;
  }
}
