import type { JsonObject } from "../conversation.ts";
import { JsonDepth } from "../json/json-depth.ts";
import { parseObject } from "../json/parse-json.ts";
import { withoutUndefined } from "../json/without-undefined.ts";
import { readUsage as readOllamaUsage } from "../ollama/metrics.ts";
import type { Usage } from "../reply.ts";
import { lastValues } from "./last-values.ts";
import { isAnthropicUsage, readTimedUsage, readUsage } from "./read-usage.ts";

/** Kept from the start, where Anthropic's `message_start` tells the tokens of the prompt. */
const HEAD_BYTES = 2 * 1_024;
/** Kept from the end, where every dialect tells the rest. */
const TAIL_BYTES = 8 * 1_024;

/**
 * Finds the usage in an answer that is passed through, in any dialect, streamed
 * or not, at the cost of one copy of its last bytes. Nothing is parsed before
 * `usage()` and nothing is allocated per chunk.
 *
 * It understands the `usage` objects of Chat Completions, Responses and
 * Anthropic, the counts of an Ollama answer and the `timings` of llama.cpp. It
 * finds none in a compressed body.
 */
export class UsageTail {
  readonly #head: Buffer = Buffer.allocUnsafe(HEAD_BYTES);
  /** A ring: byte n of the answer is at n modulo its size. */
  readonly #tail: Buffer = Buffer.allocUnsafe(TAIL_BYTES);
  #totalBytes = 0;

  /** Takes note of a chunk; its memory is not kept. */
  push(chunk: Uint8Array): void {
    this.#keepHead(chunk);
    this.#keepTail(chunk);
    this.#totalBytes += chunk.length;
  }

  /** Usage that the answer states, as far as it came; undefined when it states none. */
  usage(): Usage | undefined {
    const tail = this.#tailText();
    const last = lastObject(tail, "usage", statesTokens);
    const start = this.#messageStart(tail);
    if (last === undefined) {
      return ollamaUsage(tail) ?? lastObject(tail, "timings", readTimedUsage) ?? readUsage(start);
    }
    return readUsage(start !== undefined && isAnthropicUsage(last) ? { ...start, ...last } : last);
  }

  /** Last value for each of the names in the end of the answer; see `lastValues`. */
  lastValues(names: readonly string[]): JsonObject {
    return lastValues(this.#tailText(), names);
  }

  #keepHead(chunk: Uint8Array): void {
    const room = HEAD_BYTES - this.#totalBytes;
    if (room <= 0) return;
    this.#head.set(chunk.length <= room ? chunk : chunk.subarray(0, room), this.#totalBytes);
  }

  #keepTail(chunk: Uint8Array): void {
    const skipped = Math.max(0, chunk.length - TAIL_BYTES);
    const position = (this.#totalBytes + skipped) % TAIL_BYTES;
    const room = TAIL_BYTES - position;
    if (skipped === 0 && chunk.length <= room) {
      this.#tail.set(chunk, position);
      return;
    }
    this.#tail.set(chunk.subarray(skipped, skipped + room), position);
    this.#tail.set(chunk.subarray(Math.min(chunk.length, skipped + room)), 0);
  }

  #tailText(): string {
    if (this.#totalBytes <= TAIL_BYTES) return this.#tail.toString("utf8", 0, this.#totalBytes);
    const oldest = this.#totalBytes % TAIL_BYTES;
    return Buffer.concat([this.#tail.subarray(oldest), this.#tail.subarray(0, oldest)]).toString();
  }

  /** Usage of Anthropic's first event; undefined in any other answer. */
  #messageStart(tail: string): JsonObject | undefined {
    const isWhole = this.#totalBytes <= TAIL_BYTES;
    const head = isWhole ? tail : this.#head.toString("utf8");
    const start = head.indexOf('"message_start"');
    if (start === -1) return undefined;
    const event = head.slice(start).split(/\r?\n\r?\n/, 1)[0] ?? "";
    return lastObject(event, "usage", statesTokens);
  }
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
