import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { AssistantPart, Conversation, Message, UserPart } from "../conversation.ts";
import { isJsonObject } from "../json/json-value.ts";
import { parseJson } from "../json/parse-json.ts";
import type { Reply, ReplyEvent, ReplyPart } from "../reply.ts";
import { replyToEvents } from "../stream/reply-events.ts";
import { cut, makeContext, readAll, writeAll } from "../testing/streams.ts";
import { openaiChatDialect } from "./openai-chat-dialect.ts";

const CONTEXT = makeContext();

const name = fc.string({ minLength: 1, maxLength: 8, unit: "grapheme" });
const text = fc.string({ maxLength: 12, unit: "grapheme" });
const someText = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" });
const base64 = fc
  .uint8Array({ maxLength: 9 })
  .map((bytes) => Buffer.from(bytes).toString("base64"));
const jsonObject = fc
  .dictionary(name, fc.jsonValue({ maxDepth: 2 }))
  .map((object) => parseJson(JSON.stringify(object)))
  .filter(isJsonObject);
const count = fc.nat(1_000_000);

function orNothing<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(value, { nil: undefined });
}

const image = fc.record({
  type: fc.constant("image" as const),
  source: fc.oneof(
    fc.record({
      kind: fc.constant("base64" as const),
      mediaType: fc.constantFrom("image/png", "image/jpeg"),
      data: base64,
    }),
    fc.record({ kind: fc.constant("url" as const), url: fc.webUrl() }),
  ),
  detail: orNothing(fc.constantFrom("low", "high")),
});
const audio = fc.record({
  type: fc.constant("audio" as const),
  data: base64.filter((data) => data !== ""),
  format: fc.constantFrom("wav", "mp3"),
});
const pdf = fc.record({
  type: fc.constant("document" as const),
  title: someText,
  source: fc.record({
    kind: fc.constant("base64" as const),
    mediaType: fc.constant("application/pdf"),
    data: base64,
  }),
});
const textPart = fc.record({ type: fc.constant("text" as const), text: someText });
const callPart = fc.record({
  type: fc.constant("tool-call" as const),
  id: name,
  name,
  arguments: jsonObject,
});
const refusalPart = fc.record({ type: fc.constant("refusal" as const), text: someText });
const thinkingPart = fc.record({
  type: fc.constant("thinking" as const),
  text: someText,
  signature: fc.constant(undefined),
});

/** One text, or parts of which one at least is no text: several texts are joined. */
const userParts: fc.Arbitrary<readonly UserPart[]> = fc.oneof(
  textPart.map((part) => [part]),
  fc
    .tuple(fc.oneof(image, audio, pdf), fc.array(fc.oneof(textPart, image), { maxLength: 3 }))
    .map(([first, rest]) => [first, ...rest]),
);
/** What one message can hold, in its order. */
const assistantParts: fc.Arbitrary<readonly AssistantPart[]> = fc
  .tuple(
    fc.array(textPart, { maxLength: 1 }),
    fc.array(refusalPart, { maxLength: 1 }),
    fc.array(callPart, { maxLength: 3 }),
  )
  .map((parts) => parts.flat())
  .filter((parts) => parts.length > 0);
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ role: fc.constant("user" as const), parts: userParts }),
  fc.record({ role: fc.constant("assistant" as const), parts: assistantParts }),
  fc.record({
    role: fc.constant("tool" as const),
    callId: name,
    name: fc.constant(undefined),
    parts: fc.tuple(fc.record({ type: fc.constant("text" as const), text })),
    isError: fc.constant(false),
  }),
);
const tool = fc.record({
  name,
  description: orNothing(text),
  parameters: jsonObject,
  strict: orNothing(fc.boolean()),
});
const conversation: fc.Arbitrary<Conversation> = fc
  .record({
    model: name,
    system: fc.array(someText, { maxLength: 1 }),
    messages: fc.array(message, { minLength: 1, maxLength: 4 }),
    stream: fc.boolean(),
    maxTokens: orNothing(fc.integer({ min: 1, max: 1_000_000 })),
    temperature: orNothing(fc.double({ min: 0, max: 2, noNaN: true })),
    seed: orNothing(fc.integer()),
    stop: fc.array(someText, { maxLength: 4 }),
    tools: fc.array(tool, { minLength: 1, maxLength: 2 }),
    toolChoice: fc.constantFrom(
      { type: "auto" } as const,
      { type: "required" } as const,
      { type: "tool", name: "f" } as const,
    ),
    parallelToolCalls: orNothing(fc.boolean()),
    responseFormat: orNothing(
      fc.oneof(
        fc.constant({ type: "json" as const }),
        fc.record({
          type: fc.constant("json-schema" as const),
          name,
          schema: jsonObject,
          strict: orNothing(fc.boolean()),
        }),
      ),
    ),
    effort: orNothing(fc.constantFrom("minimal", "low", "medium", "high")),
    user: orNothing(text),
    logprobs: orNothing(fc.record({ top: orNothing(fc.nat(20)) })),
  })
  .map(({ temperature, seed, effort, ...rest }) => ({
    ...rest,
    includeUsage: rest.stream,
    sampling: { temperature, seed },
    reasoning: effort === undefined ? undefined : { effort, budgetTokens: undefined },
    dropped: [],
  }));

const replyParts: fc.Arbitrary<readonly ReplyPart[]> = fc
  .tuple(
    fc.array(thinkingPart, { maxLength: 1 }),
    fc.array(textPart, { maxLength: 1 }),
    fc.array(refusalPart, { maxLength: 1 }),
    fc.array(callPart, { maxLength: 3 }),
  )
  .map((parts) => parts.flat());
const usage = fc.record({
  inputTokens: count,
  outputTokens: count,
  cachedTokens: count,
  reasoningTokens: count,
});
const reply: fc.Arbitrary<Reply> = fc
  .record({
    id: fc.constant("chatcmpl-c9"),
    model: name,
    parts: replyParts,
    stopReason: fc.constantFrom("stop" as const, "length" as const, "content-filter" as const),
    stopSequence: fc.constant(undefined),
    usage,
    timings: fc.constant(undefined),
    logprobs: fc.constant(undefined),
  })
  .map((made) =>
    made.stopReason === "stop" && made.parts.some(({ type }) => type === "tool-call")
      ? { ...made, stopReason: "tool-calls" }
      : made,
  );

function meaningOf(written: unknown): unknown {
  return JSON.parse(JSON.stringify(written));
}

function readStream(chunks: readonly Uint8Array[]): readonly ReplyEvent[] {
  return readAll(openaiChatDialect.createStreamReader(), chunks);
}

function writeStream(events: readonly ReplyEvent[]): string {
  return writeAll(openaiChatDialect.createStreamWriter(CONTEXT), events);
}

describe("openaiChatDialect", () => {
  it("reads back what it wrote of a request", () => {
    fc.assert(
      fc.property(conversation, (made) => {
        const { body, dropped } = openaiChatDialect.writeRequest(made, { type: "openai" });
        const read = openaiChatDialect.parseRequest(parseJson(JSON.stringify(body)));
        expect(meaningOf(read)).toEqual(meaningOf(made));
        expect(dropped).toEqual([]);
      }),
    );
  });

  it("reads back what it wrote of an answer", () => {
    fc.assert(
      fc.property(reply, (made) => {
        const body: unknown = openaiChatDialect.writeReply(made, CONTEXT);
        const read = openaiChatDialect.parseReply(parseJson(JSON.stringify(body)));
        expect(meaningOf(read)).toEqual(meaningOf(made));
      }),
    );
  });

  it("reads the same events from a stream it wrote, wherever the chunks are cut", () => {
    const borders = fc.array(fc.nat(), { maxLength: 8 });
    fc.assert(
      fc.property(reply, borders, (made, cuts) => {
        const events = replyToEvents(made);
        const read = readStream(cut(Buffer.from(writeStream(events)), cuts));
        expect(meaningOf(read)).toEqual(meaningOf(events));
      }),
    );
  });
});
