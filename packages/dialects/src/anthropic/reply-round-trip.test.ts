import {
  array,
  assert,
  constant,
  constantFrom,
  dictionary,
  integer,
  jsonValue,
  oneof,
  option,
  property,
  record,
  string,
  stringMatching,
  tuple,
  type Arbitrary,
} from "fast-check";
import { describe, expect, it } from "vitest";

import type { JsonObject } from "../conversation.ts";
import { parseJson } from "../json/parse-json.ts";
import type { Reply, ReplyEvent, ReplyPart, StopReason } from "../reply.ts";
import { replyToEvents } from "../stream/reply-events.ts";
import { makeContext } from "../testing/streams.ts";
import { anthropicDialect } from "./anthropic-dialect.ts";
import { parseReply } from "./parse-reply.ts";
import { writeReply } from "./write-reply.ts";

const context = makeContext();

/** Through JSON, as between two processes. */
function sent(value: unknown): ReturnType<typeof parseJson> {
  return parseJson(JSON.stringify(value));
}

const name = string({ minLength: 1 });
const id = stringMatching(/^[\w-]{1,20}$/);
const text = record({ type: constant("text" as const), text: name });
// What JSON does to a value, such as to -0, is done before it is compared.
const object = dictionary(string(), jsonValue()).map((value) => sent(value) as JsonObject);
const thinking = record({
  type: constant("thinking" as const),
  text: string(),
  signature: string(),
});
const call = record({ type: constant("tool-call" as const), id, name, arguments: object });
const reply: Arbitrary<Reply> = record({
  id: constant("msg_1"),
  model: name,
  parts: array(oneof<Arbitrary<ReplyPart>[]>(text, thinking, call)),
  stopReason: constantFrom<StopReason>("stop-sequence", "length", "content-filter"),
  stopSequence: option(string(), { nil: undefined }),
  usage: tuple(integer({ min: 0 }), integer({ min: 0 }), integer({ min: 0 })).map(
    ([cached, more, outputTokens]) => ({
      inputTokens: cached + more,
      outputTokens,
      cachedTokens: cached,
      reasoningTokens: Math.floor(outputTokens / 2),
    }),
  ),
  timings: constant(undefined),
  logprobs: constant(undefined),
});

/** What a client makes of the events: neighbouring pieces joined, the last usage. */
function gist(events: readonly ReplyEvent[]): unknown[] {
  const steps: { type: string; content: string }[] = [];
  for (const event of events) {
    const { type } = event;
    if (type === "signature" || type === "usage") continue;
    const last = steps.at(-1);
    if (type !== "text" && type !== "thinking") {
      steps.push({ type, content: JSON.stringify(event) });
    } else if (last?.type === type) {
      last.content += event.text;
    } else if (event.text !== "") {
      steps.push({ type, content: event.text });
    }
  }
  return [...steps, events.findLast(({ type }) => type === "usage")];
}

describe("answers in this dialect", () => {
  it("reads the answer that it writes as the same answer", () => {
    assert(
      property(reply, (value) => {
        expect(parseReply(sent(writeReply(value, context)))).toEqual(value);
      }),
    );
  });

  it("TR-35 streams an answer so that it reads as the same answer", () => {
    assert(
      property(reply, (value) => {
        const events = replyToEvents(value);
        const writer = anthropicDialect.createStreamWriter(context);
        const reader = anthropicDialect.createStreamReader();
        const stream = events.map((event) => writer.write(event)).join("");
        const read = [...reader.push(Buffer.from(stream)), ...reader.end()];
        expect(gist(read)).toEqual(gist(events));
      }),
    );
  });
});
