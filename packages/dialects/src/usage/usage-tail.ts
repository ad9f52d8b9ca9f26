import type { JsonObject } from "../conversation.ts";
import { JsonDepth } from "../json/json-depth.ts";
import { parseObject } from "../json/parse-json.ts";
import { withoutUndefined } from "../json/without-undefined.ts";
import { readUsage as readOllamaUsage } from "../ollama/metrics.ts";
import type { Usage } from "../reply.ts";
import { endsInError } from "./ends-in-error.ts";
import { lastValues } from "./last-values.ts";
import { isAnthropicUsage, readTimedUsage, readUsage } from "./read-usage.ts";

/** Kept from the start, where Anthropic's `message_start` tells the tokens of the prompt. */
const HEAD_BYTES = 1_024;
/** Kept from the end, where every dialect tells the rest. */
const TAIL_BYTES = 4 * 1_024;

/** Memory of answers that are over, for the next ones: a stream would else cost as much as its tokens do. */
const spareMemory: Buffer[] = [];
const MAX_SPARES = 128;

/**
 * Finds the usage in an answer that is passed through, in any dialect, streamed
 * or not, at the cost of one copy of its last bytes; an answer in one piece is not even
 * copied. Nothing is parsed before `usage()` and nothing is allocated per chunk.
 *
 * It understands the `usage` objects of Chat Completions, Responses and
 * Anthropic, the counts of an Ollama answer and the `timings` of llama.cpp. It
 * finds none in a compressed body.
 */
export class UsageTail {
  /** The only piece so far, which stays its owner's. */
  #only: Uint8Array | undefined;
  /** The head, then a ring: byte n of the answer is at n modulo its size. Made for the second piece. */
  #memory: Buffer | undefined;
  #totalBytes = 0;
  /** End of the answer so far, once it was asked for. */
  #readText: string | undefined;

  /** Takes note of a chunk, whose bytes must not change as long as this is used. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#readText = undefined;
    if (this.#totalBytes === 0) this.#only = chunk;
    else {
      const memory = this.#memory ?? this.#begin();
      this.#keep(memory, chunk, this.#totalBytes);
    }
    this.#totalBytes += chunk.length;
  }

  /** Gives its memory to later answers: it has seen and will tell nothing from here on. */
  release(): void {
    const memory = this.#memory;
    this.#memory = undefined;
    this.#only = undefined;
    this.#readText = undefined;
    this.#totalBytes = 0;
    if (memory !== undefined && spareMemory.length < MAX_SPARES) spareMemory.push(memory);
  }

  /** Usage that the answer states, as far as it came; undefined when it states none. */
  usage(): Usage | undefined {
    const tail = this.#text();
    const last = lastObject(tail, "usage", statesTokens);
    if (last !== undefined) {
      const start = isAnthropicUsage(last) ? this.#messageStart(tail) : undefined;
      return readUsage(start === undefined ? last : { ...start, ...last });
    }
    return (
      ollamaUsage(tail) ??
      lastObject(tail, "timings", readTimedUsage) ??
      readUsage(this.#messageStart(tail))
    );
  }

  /** Last value for each of the names in the end of the answer; see `lastValues`. */
  lastValues(names: readonly string[]): JsonObject {
    return lastValues(this.#text(), names);
  }

  /** Whether the end of the answer holds one of the names in quotes, wherever. */
  mentions(names: readonly string[]): boolean {
    return names.some((name) => this.#text().includes(`"${name}"`));
  }

  /** Whether the answer, which has to be a stream, ends with an error that it reports; see `endsInError`. */
  endsInError(): boolean {
    return endsInError(this.#text());
  }

  #begin(): Buffer {
    const memory = spareMemory.pop() ?? Buffer.allocUnsafeSlow(HEAD_BYTES + TAIL_BYTES);
    this.#memory = memory;
    if (this.#only !== undefined) this.#keep(memory, this.#only, 0);
    this.#only = undefined;
    return memory;
  }

  /** @param at bytes of the answer before the chunk */
  #keep(memory: Buffer, chunk: Uint8Array, at: number): void {
    const headRoom = HEAD_BYTES - at;
    if (headRoom > 0) {
      memory.set(chunk.length <= headRoom ? chunk : chunk.subarray(0, headRoom), at);
    }
    const skipped = Math.max(0, chunk.length - TAIL_BYTES);
    const position = (at + skipped) % TAIL_BYTES;
    const room = TAIL_BYTES - position;
    if (skipped === 0 && chunk.length <= room) {
      memory.set(chunk, HEAD_BYTES + position);
      return;
    }
    memory.set(chunk.subarray(skipped, skipped + room), HEAD_BYTES + position);
    memory.set(chunk.subarray(Math.min(chunk.length, skipped + room)), HEAD_BYTES);
  }

  #text(): string {
    this.#readText ??= this.#tailText();
    return this.#readText;
  }

  #tailText(): string {
    if (this.#only !== undefined) return textOf(this.#only.subarray(-TAIL_BYTES));
    if (this.#memory === undefined) return "";
    const tail = this.#memory.subarray(HEAD_BYTES);
    if (this.#totalBytes <= TAIL_BYTES) return tail.toString("utf8", 0, this.#totalBytes);
    const oldest = this.#totalBytes % TAIL_BYTES;
    return Buffer.concat([tail.subarray(oldest), tail.subarray(0, oldest)]).toString();
  }

  #headText(): string {
    return textOf((this.#only ?? this.#memory ?? Buffer.alloc(0)).subarray(0, HEAD_BYTES));
  }

  /** Usage of Anthropic's first event; undefined in any other answer. */
  #messageStart(tail: string): JsonObject | undefined {
    const isWhole = this.#totalBytes <= TAIL_BYTES;
    const head = isWhole ? tail : this.#headText();
    const start = head.indexOf('"message_start"');
    if (start === -1) return undefined;
    const event = head.slice(start).split(/\r?\n\r?\n/, 1)[0] ?? "";
    return lastObject(event, "usage", statesTokens);
  }
}

function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString();
}

function statesTokens(object: JsonObject): JsonObject | undefined {
  return readUsage(object) === undefined ? undefined : object;
}

/** What `read` makes of the last object of that name it can read. */
function lastObject<T>(
  text: string,
  name: string,
  read: (object: JsonObject) => T | undefined,
): T | undefined {
  const key = `"${name}"`;
  for (let at = text.lastIndexOf(key); at > 0; at = text.lastIndexOf(key, at - 1)) {
    // Within a JSON text its quotes would be escaped.
    if (text[at - 1] === "\\") continue;
    const object = objectAt(text, at + key.length);
    const found = object === undefined ? undefined : read(object);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The object behind a key that ends at `from`. */
function objectAt(text: string, from: number): JsonObject | undefined {
  const opening = /\s*:\s*(?=\{)/y;
  opening.lastIndex = from;
  if (!opening.test(text)) return undefined;
  const start = opening.lastIndex;
  const depth = new JsonDepth();
  for (let at = start; at < text.length; at += 1) {
    depth.read(text.charCodeAt(at));
    if (depth.open === 0) return parseObject(text.slice(start, at + 1));
  }
  return undefined;
}

/** Ollama puts its counts beside the rest of its last line. */
function ollamaUsage(text: string): Usage | undefined {
  return readOllamaUsage(
    withoutUndefined({
      prompt_eval_count: lastCount(text, "prompt_eval_count"),
      eval_count: lastCount(text, "eval_count"),
    }),
  );
}

function lastCount(text: string, name: string): number | undefined {
  const found = text.matchAll(new RegExp(`(?<!\\\\)"${name}"\\s*:\\s*(\\d{1,15})`, "g"));
  const digits = [...found].at(-1)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
