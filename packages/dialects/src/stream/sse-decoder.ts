import { LineDecoder } from "./line-decoder.ts";

/** One server-sent event. */
export interface SseEvent {
  /** Value of its `event:` line; empty when it has none. */
  readonly name: string;
  /** Its `data:` lines joined by line feeds. */
  readonly data: string;
}

/** Reads server-sent events (WHATWG HTML §9.2.6) from chunks with any borders. */
export class SseDecoder {
  readonly #lines: LineDecoder;
  #name = "";
  #data: string[] = [];

  constructor(lines: LineDecoder = new LineDecoder()) {
    this.#lines = lines;
  }

  /**
   * Events that this chunk completes.
   *
   * @throws LineTooLongError
   */
  push(chunk: Uint8Array): SseEvent[] {
    const events: SseEvent[] = [];
    for (const line of this.#lines.push(chunk)) this.#readLine(line, events);
    return events;
  }

  /** The event that the body's end completes: real servers leave out the last empty line. */
  end(): SseEvent[] {
    const events: SseEvent[] = [];
    const rest = this.#lines.end();
    if (rest !== undefined) this.#readLine(rest, events);
    this.#readLine("", events);
    return events;
  }

  #readLine(line: string, events: SseEvent[]): void {
    if (line === "") {
      if (this.#data.length > 0) events.push({ name: this.#name, data: this.#data.join("\n") });
      this.#name = "";
      this.#data = [];
      return;
    }
    const colon = line.indexOf(":");
    // A line that starts with a colon is a comment.
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#name = value;
  }
}
