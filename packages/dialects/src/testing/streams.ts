import type { ReplyContext, ReplyStreamReader, ReplyStreamWriter } from "../dialect.ts";
import type { ReplyEvent } from "../reply.ts";

/**
 * The bytes in pieces, some of them empty.
 *
 * @param borders where to cut, in any order; taken modulo the length
 */
export function cut(bytes: Uint8Array, borders: readonly number[]): readonly Uint8Array[] {
  const sorted = borders.map((border) => border % (bytes.length + 1)).toSorted((a, b) => a - b);
  return [0, ...sorted].map((from, index) => bytes.subarray(from, sorted[index] ?? bytes.length));
}

/** All events of a body that comes in these chunks. */
export function readAll(
  reader: ReplyStreamReader,
  chunks: readonly Uint8Array[],
): readonly ReplyEvent[] {
  return [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()];
}

/** All text of a written stream. */
export function writeAll(writer: ReplyStreamWriter, events: readonly ReplyEvent[]): string {
  return events.map((event) => writer.write(event)).join("");
}

/** What a writer of answers knows in tests; ids are r1, r2 and so on, and no time passes. */
export function makeContext(known: Partial<ReplyContext> = {}): ReplyContext {
  let made = 0;
  return {
    model: "asked-for",
    createdAt: 1_767_000_000,
    randomId: () => `r${(made += 1)}`,
    estimatedInputTokens: 1,
    includeUsage: true,
    elapsedMs: () => 0,
    ...known,
  };
}
