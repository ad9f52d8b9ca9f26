import {
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  dictionary,
  double,
  integer,
  jsonValue,
  option,
  property,
  record,
  string,
  tuple,
  type Arbitrary,
} from "fast-check";
import { describe, expect, it } from "vitest";

import type {
  Conversation,
  JsonObject,
  JsonValue,
  Message,
  ThinkingPart,
} from "../conversation.ts";
import { parseJson } from "../json/parse-json.ts";
import type { Reply, ReplyEvent } from "../reply.ts";
import { replyToEvents } from "../stream/reply-events.ts";
import { makeContext } from "../testing/streams.ts";
import { ollamaChatDialect, ollamaGenerateDialect } from "./ollama-dialect.ts";

const CONTEXT = makeContext();

const text = string({ minLength: 1 });
const settings = integer({ min: 0, max: 100 });
const some = <T>(value: Arbitrary<T>): Arbitrary<T | undefined> =>
  option(value, { nil: undefined });

/** JSON that is the same after a round trip: no −0. */
const values = dictionary(text, jsonValue()).map(
  (object) => JSON.parse(JSON.stringify(object)) as JsonObject,
);

const image = constantFrom("iVBORw0KGgoAAAANSUhEUgAA", "/9j/4AAQSkZJRgABAQEASABI").map((data) => ({
  type: "image" as const,
  source: {
    kind: "base64" as const,
    mediaType: data.startsWith("/") ? "image/jpeg" : "image/png",
    data,
  },
  detail: undefined,
}));

const userParts = tuple(array(image, { maxLength: 2 }), text).map(([images, said]) => [
  ...images,
  { type: "text" as const, text: said },
]);

/** A user's turn, and one in which the model calls tools and gets their results. */
const exchange = record({
  parts: userParts,
  thinking: some(text),
  answer: text,
  calls: array(record({ name: text, values, result: text }), { maxLength: 3 }),
});

type Exchange = typeof exchange extends Arbitrary<infer T> ? T : never;

function toMessages({ parts, thinking, answer, calls }: Exchange, turn: number): Message[] {
  const idOf = (index: number): string => `call_${turn}_${index}`;
  const called = calls.map((call, index) => ({
    type: "tool-call" as const,
    id: idOf(index),
    name: call.name,
    arguments: call.values,
  }));
  const results = calls.map((call, index) => ({
    role: "tool" as const,
    callId: idOf(index),
    name: call.name,
    parts: [{ type: "text" as const, text: call.result }],
    isError: false,
  }));
  return [
    { role: "user", parts },
    {
      role: "assistant",
      parts: [...toThinking(thinking), { type: "text", text: answer }, ...called],
    },
    ...results,
  ];
}

function toThinking(said: string | undefined): readonly ThinkingPart[] {
  return said === undefined ? [] : [{ type: "thinking", text: said, signature: undefined }];
}

const conversation: Arbitrary<Conversation> = record({
  model: text,
  system: array(text, { maxLength: 1 }),
  messages: array(exchange, { minLength: 1, maxLength: 2 }).map((turns) =>
    turns.flatMap(toMessages),
  ),
  stream: boolean(),
  includeUsage: constant(true),
  maxTokens: some(integer({ min: 1 })),
  sampling: record({
    temperature: double({ min: 0, max: 2, noNaN: true }).map((number) => number + 0),
    topP: integer({ min: 0, max: 1 }),
    topK: some(settings),
    minP: some(settings),
    typicalP: some(settings),
    repeatPenalty: some(settings),
    presencePenalty: some(settings),
    frequencyPenalty: some(settings),
    seed: some(integer()),
  }),
  stop: array(text, { maxLength: 2 }),
  tools: array(
    record({
      name: text,
      description: some(text),
      parameters: values,
      strict: constant(undefined),
    }),
    { maxLength: 2 },
  ),
  toolChoice: constant(undefined),
  parallelToolCalls: constant(undefined),
  responseFormat: some(
    constantFrom<NonNullable<Conversation["responseFormat"]>>(
      { type: "json" },
      { type: "json-schema", name: "response", schema: { type: "object" }, strict: undefined },
    ),
  ),
  reasoning: some(
    record({
      effort: constantFrom(undefined, "none", "low", "medium", "high", "max"),
      budgetTokens: constant(undefined),
    }),
  ),
  user: constant(undefined),
  logprobs: some(record({ top: some(integer({ min: 0, max: 20 })) })),
  dropped: constant([]),
});

const tokens = integer({ min: 0, max: 2 ** 31 });

/** An answer to whose call ids and parts nothing has to be made up. */
const reply: Arbitrary<Reply> = record({
  thinking: some(text),
  answer: some(text),
  calls: array(record({ id: text, name: text, arguments: values }), { maxLength: 3 }),
  isCut: boolean(),
  usage: record({
    inputTokens: tokens,
    outputTokens: tokens,
    cachedTokens: constant(0),
    reasoningTokens: constant(0),
  }),
  timings: record({ totalNs: tokens, loadNs: tokens, promptNs: tokens, generationNs: tokens }),
}).map(({ thinking, answer, calls, isCut, usage, timings }) => ({
  id: undefined,
  model: "pine:7b",
  parts: [
    ...toThinking(thinking),
    ...(answer === undefined ? [] : [{ type: "text" as const, text: answer }]),
    ...calls.map((call) => ({ type: "tool-call" as const, ...call })),
  ],
  stopReason: isCut ? ("length" as const) : calls.length > 0 ? "tool-calls" : "stop",
  stopSequence: undefined,
  usage,
  timings,
  logprobs: undefined,
}));

function throughText(body: JsonValue): JsonValue {
  return parseJson(JSON.stringify(body));
}

/** Arguments as values: their text may be written otherwise. */
function withArguments(events: readonly ReplyEvent[]): readonly unknown[] {
  return events.map((event) =>
    event.type === "tool-arguments" ? { ...event, json: JSON.parse(event.json) as unknown } : event,
  );
}

describe("what Ollama's dialects can say", () => {
  it("comes back the same from a chat request", () => {
    assert(
      property(conversation, (said) => {
        const { body, dropped } = ollamaChatDialect.writeRequest(said, { type: "ollama" });
        expect(dropped).toEqual([]);
        expect(ollamaChatDialect.parseRequest(throughText(body))).toEqual(said);
      }),
    );
  });

  it("comes back the same from a generate request", () => {
    assert(
      property(conversation, userParts, (any, parts) => {
        const said: Conversation = { ...any, tools: [], messages: [{ role: "user", parts }] };
        const { body, dropped } = ollamaGenerateDialect.writeRequest(said, { type: "ollama" });
        expect(dropped).toEqual([]);
        expect(ollamaGenerateDialect.parseRequest(throughText(body))).toEqual(said);
      }),
    );
  });

  it.each([ollamaChatDialect, ollamaGenerateDialect])(
    "comes back the same from a whole answer of $name",
    (dialect) => {
      assert(
        property(reply, (said) => {
          const written = throughText(dialect.writeReply(said, CONTEXT));
          expect(dialect.parseReply(written)).toEqual(said);
        }),
      );
    },
  );

  it.each([ollamaChatDialect, ollamaGenerateDialect])(
    "comes back the same from a streamed answer of $name",
    (dialect) => {
      assert(
        property(reply, (said) => {
          const writer = dialect.createStreamWriter(CONTEXT);
          const reader = dialect.createStreamReader();
          const written = replyToEvents(said).map((event) => writer.write(event));
          const read = reader.push(new TextEncoder().encode(written.join("")));
          expect(withArguments(read)).toEqual(withArguments(replyToEvents(said)));
        }),
      );
    },
  );
});
