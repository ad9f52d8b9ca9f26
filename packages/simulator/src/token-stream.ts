import type { Exchange } from "./exchange.ts";
import type { Generation, Token } from "./generation.ts";

/** How one dialect puts an answer on the wire, piece by piece. */
export interface TokenWriter {
  readonly contentType: string;
  /** Sent together with the head, before the model answers. */
  readonly preface?: string;
  /** Sent when the model starts to answer; not a token. */
  readonly opening?: string;
  /** The piece that carries a token. Called in order, once per token. */
  encode(token: Token, index: number): string;
  /** What follows the last token. */
  closing(): string;
}

/** Streams an answer at the model's pace, one write per token, and stops at once when the client leaves. */
export async function streamAnswer(
  exchange: Exchange,
  generation: Generation,
  writer: TokenWriter,
): Promise<void> {
  const { model, completionTokens } = generation;
  const isHeadFirst = exchange.backend.traits.streamHead === "at-once";
  if (isHeadFirst) await openStream(exchange, writer);
  await exchange.sleep(model.firstTokenDelayMs);
  if (!isHeadFirst) await openStream(exchange, writer);
  if (writer.opening) await exchange.write(writer.opening);
  for (let index = 0; index < completionTokens; index += 1) {
    if (index > 0) await exchange.sleep(model.tokenIntervalMs);
    await exchange.writeToken(writer.encode(generation.tokenAt(index), index));
  }
  await exchange.write(writer.closing());
  countAnswer(exchange, generation);
  exchange.endStream();
}

/** Waits as long as the model takes for the whole answer. */
export async function awaitAnswer(exchange: Exchange, generation: Generation): Promise<void> {
  const { model, completionTokens } = generation;
  const intervals = Math.max(0, completionTokens - 1);
  await exchange.sleep(model.firstTokenDelayMs + intervals * model.tokenIntervalMs);
  countAnswer(exchange, generation);
}

/** One server-sent event without a name: `data: {…}`. */
export function toDataEvent(exchange: Exchange, value: unknown): string {
  return `data: ${exchange.json(value)}\n\n`;
}

/** One server-sent event named after the `type` of its data. */
export function toNamedEvent(exchange: Exchange, type: string, fields: object): string {
  return `event: ${type}\ndata: ${exchange.json({ type, ...fields })}\n\n`;
}

async function openStream(
  exchange: Exchange,
  { contentType, preface }: TokenWriter,
): Promise<void> {
  await exchange.openStream(contentType);
  if (preface) await exchange.write(preface);
}

function countAnswer({ backend }: Exchange, generation: Generation): void {
  backend.totals.promptTokens += generation.promptTokens;
  backend.totals.completionTokens += generation.completionTokens;
  backend.totals.generations += 1;
}
