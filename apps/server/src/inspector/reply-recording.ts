import type { Inspection } from "../pipeline/inspection.ts";
import { decodeBody } from "../pipeline/read-text.ts";
import { toJsonLine } from "./entry.ts";
import { readStreamedMessage } from "./streamed-message.ts";

/** A reply as it is written down. */
export interface RecordedBody {
  readonly json: string;
  readonly isWhole: boolean;
}

/** A reply that is over, not yet looked at. */
export interface RecordedReply {
  /** Memory it holds on to. */
  readonly bytes: number;
  readonly read: () => Promise<RecordedBody>;
}

/** Keeps a copy of a reply, of a bounded length. */
export class ReplyRecording implements Inspection {
  readonly #maxBytes: number;
  readonly #done: (reply: RecordedReply) => void;
  readonly #parts: Buffer[] = [];
  #bytes = 0;
  #isCut = false;
  #coding: string | undefined;

  constructor(maxBytes: number, done: (reply: RecordedReply) => void) {
    this.#maxBytes = maxBytes;
    this.#done = done;
  }

  codedAs(coding: string | undefined): void {
    this.#coding = coding?.trim().toLowerCase();
  }

  add(part: Uint8Array | string): void {
    if (this.#isCut) return;
    const bytes = typeof part === "string" ? Buffer.from(part) : Buffer.from(part);
    const kept = bytes.subarray(0, this.#maxBytes - this.#bytes);
    this.#isCut = kept.length < bytes.length;
    this.#bytes += kept.length;
    this.#parts.push(kept);
  }

  end(isComplete: boolean): void {
    this.#done({ bytes: this.#bytes, read: () => this.#read(isComplete) });
  }

  async #read(isComplete: boolean): Promise<RecordedBody> {
    const text = await this.#text();
    if (text === undefined) return { json: "null", isWhole: false };
    const json = toJsonLine(text);
    if (json !== undefined) return { json, isWhole: !this.#isCut };
    const message = readStreamedMessage(text);
    if (message !== undefined) {
      return {
        json: JSON.stringify(message.body),
        isWhole: message.isWhole && !this.#isCut,
      };
    }
    return { json: JSON.stringify(text), isWhole: isComplete && !this.#isCut };
  }

  /** Undefined when nothing of it can be read. */
  async #text(): Promise<string | undefined> {
    if (this.#bytes === 0) return undefined;
    const bytes = Buffer.concat(this.#parts, this.#bytes);
    const coding = this.#coding;
    if (coding === undefined || coding === "" || coding === "identity") return bytes.toString();
    try {
      return (await decodeBody(bytes, coding, this.#maxBytes)).toString();
    } catch {
      return undefined;
    }
  }
}
