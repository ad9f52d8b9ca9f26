import {
  array,
  assert,
  constant,
  constantFrom,
  dictionary,
  integer,
  nat,
  oneof,
  property,
  record,
  string,
  stringMatching,
  tuple,
  type Arbitrary,
} from "fast-check";
import { describe, expect, it } from "vitest";

import type { JsonObject } from "./conversation.ts";
import type { ChatDialect } from "./dialect.ts";
import { isJsonObject } from "./json/json-value.ts";
import { parseJson } from "./json/parse-json.ts";
import type { Reply, ReplyEvent, ReplyPart, StopReason, Usage } from "./reply.ts";
import { replyToEvents } from "./stream/reply-events.ts";
import { everyDialect } from "./testing/every-dialect.ts";
import { cut, makeContext, readAll, writeAll } from "./testing/streams.ts";

const pairs = everyDialect.flatMap((backend) =>
  everyDialect.map((client) => ({ backend, client, from: backend.name, to: client.name })),
);

const words = string({ minLength: 1, maxLength: 12, unit: "grapheme" });
const input: Arbitrary<JsonObject> = oneof(
  dictionary(words, oneof(words, integer(), array(words, { maxLength: 2 })), { maxKeys: 3 }),
  constantFrom({}, { id: parseJson("9007199254740993") }),
)
  .map((object) => parseJson(JSON.stringify(object)))
  .filter(isJsonObject);
const call = record({
  type: constant("tool-call" as const),
  id: stringMatching(/^call_[a-z0-9]{1,6}$/),
  name: stringMatching(/^[a-z_]{1,8}$/),
  arguments: input,
});
const usage = tuple(nat(500), nat(500), nat(500), nat(500)).map(
  ([cachedTokens, uncached, reasoningTokens, said]): Usage => ({
    inputTokens: cachedTokens + uncached,
    outputTokens: reasoningTokens + said,
    cachedTokens,
    reasoningTokens,
  }),
);
const parts: Arbitrary<readonly ReplyPart[]> = record({
  thinking: array(words, { maxLength: 1 }),
  texts: array(words, { maxLength: 1 }),
  calls: array(call, { maxLength: 3 }),
}).map(({ thinking, texts, calls }) => [
  ...thinking.map((text) => ({ type: "thinking" as const, text, signature: undefined })),
  ...texts.map((text) => ({ type: "text" as const, text })),
  ...calls,
]);
const reply: Arbitrary<Reply> = record({
  parts,
  reason: constantFrom<StopReason>("stop", "length", "content-filter"),
  usage,
}).map((made) => ({
  id: "c9",
  model: "pine-7b",
  parts: made.parts,
  stopReason: made.reason === "stop" && hasCalls(made.parts) ? "tool-calls" : made.reason,
  stopSequence: undefined,
  usage: made.usage,
  timings: undefined,
  logprobs: undefined,
}));

/** Some places, or every one. */
const borders = oneof(
  { arbitrary: array(nat(), { maxLength: 20 }), weight: 9 },
  { arbitrary: constant(Array.from({ length: 5_000 }, (_, place) => place)), weight: 1 },
);

function hasCalls(made: readonly ReplyPart[]): boolean {
  return made.some(({ type }) => type === "tool-call");
}

/** What a client makes of an answer, in however many events it came. */
function meaningOf(events: readonly ReplyEvent[]): unknown {
  return {
    begin: events[0]?.type,
    end: events.at(-1)?.type,
    text: joined(events, "text"),
    thinking: joined(events, "thinking"),
    calls: events
      .filter((event) => event.type === "tool-call")
      .map(({ index, id, name }) => ({ id, name, input: inputOf(events, index) })),
    reason: events.find((event) => event.type === "finish")?.reason,
    usage: events.findLast((event) => event.type === "usage")?.usage,
  };
}

function joined(events: readonly ReplyEvent[], type: "text" | "thinking"): string {
  return events.map((event) => (event.type === type ? event.text : "")).join("");
}

/** Arguments with all digits of their numbers; none at all are those of an empty object. */
function inputOf(events: readonly ReplyEvent[], index: number): string {
  const pieces = events.filter((event) => event.type === "tool-arguments");
  const json = pieces.map((piece) => (piece.index === index ? piece.json : "")).join("");
  return JSON.stringify(parseJson(json === "" ? "{}" : json));
}

/** The answer as a backend streams it: texts in pieces, and the arguments of all calls interleaved. */
function inPieces(whole: Reply, pieces: number): readonly ReplyEvent[] {
  const events = replyToEvents(whole).flatMap((event) => split(event, pieces));
  const interleaved = Array.from({ length: pieces }, (_, piece) =>
    events.filter(isArguments).filter((_event, place) => place % pieces === piece),
  ).flat();
  const usageAt = events.findIndex(({ type }) => type === "usage");
  const before = events.slice(0, usageAt).filter((event) => !isArguments(event));
  return [...before, ...interleaved, ...events.slice(usageAt)];
}

function isArguments({ type }: ReplyEvent): boolean {
  return type === "tool-arguments";
}

function split(event: ReplyEvent, pieces: number): readonly ReplyEvent[] {
  if (event.type === "text" || event.type === "thinking") {
    return piecesOf(event.text, pieces).map((text) => ({ type: event.type, text }));
  }
  if (event.type !== "tool-arguments") return [event];
  return piecesOf(event.json, pieces).map((json) => ({ ...event, json }));
}

function piecesOf(text: string, pieces: number): readonly string[] {
  const characters = Array.from(text);
  const size = Math.ceil(characters.length / pieces);
  return Array.from({ length: pieces }, (_, piece) =>
    characters.slice(piece * size, (piece + 1) * size).join(""),
  );
}

/** Ollama counts prompt and answer alone. */
function asTold(whole: Reply, between: readonly ChatDialect[]): Reply {
  if (whole.usage === undefined || !between.some(({ name }) => name.startsWith("ollama"))) {
    return whole;
  }
  return { ...whole, usage: { ...whole.usage, cachedTokens: 0, reasoningTokens: 0 } };
}

describe.each(pairs)("an answer from $from to $to", ({ backend, client }) => {
  it("keeps text, thinking, tool calls, stop reason and usage in a stream cut at any byte", () => {
    assert(
      property(reply, integer({ min: 1, max: 3 }), borders, (made, pieces, cuts) => {
        const events = inPieces(made, pieces);
        const sent = writeAll(backend.createStreamWriter(makeContext()), events);
        const read = readAll(backend.createStreamReader(), cut(Buffer.from(sent), cuts));
        const passed = writeAll(client.createStreamWriter(makeContext()), read);
        const understood = readAll(client.createStreamReader(), cut(Buffer.from(passed), cuts));
        const meant = replyToEvents(asTold(made, [backend, client]));
        expect(meaningOf(understood)).toEqual(meaningOf(meant));
      }),
      { numRuns: 50 },
    );
  });

  it("keeps them in a whole answer", () => {
    assert(
      property(reply, (made) => {
        const sent: unknown = backend.writeReply(made, makeContext());
        const read = backend.parseReply(parseJson(JSON.stringify(sent)));
        const passed: unknown = client.writeReply(read, makeContext());
        const understood = client.parseReply(parseJson(JSON.stringify(passed)));
        const meant = replyToEvents(asTold(made, [backend, client]));
        expect(meaningOf(replyToEvents(understood))).toEqual(meaningOf(meant));
      }),
      { numRuns: 50 },
    );
  });
});
