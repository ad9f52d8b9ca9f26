import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type {
  AssistantPart,
  Conversation,
  JsonObject,
  Message,
  ToolCallPart,
  UserPart,
} from "../conversation.ts";
import { parseJson } from "../json/parse-json.ts";
import type { Reply, ReplyEvent, ReplyPart } from "../reply.ts";
import { replyToEvents } from "../stream/reply-events.ts";
import { makeContext } from "../testing/streams.ts";
import { openaiResponsesDialect } from "./openai-responses-dialect.ts";

const text = fc.string({ minLength: 1, unit: "grapheme" });
const name = fc.stringMatching(/^[a-z_]{1,12}$/);
const object: fc.Arbitrary<JsonObject> = fc.dictionary(
  name,
  fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(text, { maxLength: 2 })),
  { noNullPrototype: true, maxKeys: 3 },
);

const image = fc.constantFrom<UserPart>(
  {
    type: "image",
    source: { kind: "base64", mediaType: "image/png", data: "iVBOR" },
    detail: "low",
  },
  { type: "image", source: { kind: "url", url: "https://a.example/a.png" }, detail: "auto" },
);
const document: fc.Arbitrary<UserPart> = fc.constant({
  type: "document",
  title: "a.pdf",
  source: { kind: "base64", mediaType: "application/pdf", data: "JVBE" },
});
const userPart = fc.oneof(
  text.map((value): UserPart => ({ type: "text", text: value })),
  image,
  document,
);

/** A question, an answer with calls perhaps, and the results of all calls. */
const turn = fc
  .record({
    question: fc.array(userPart, { minLength: 1, maxLength: 3 }),
    instruction: fc.option(text, { nil: undefined }),
    said: fc.option(text, { nil: undefined }),
    calls: fc.array(fc.record({ name, input: object, output: text }), { maxLength: 3 }),
  })
  .map((one) => one);

const messages = fc.array(turn, { minLength: 1, maxLength: 4 }).map((turns) =>
  turns.flatMap(({ question, instruction, said, calls }, at): Message[] => {
    const made = calls.map((call, index): ToolCallPart => ({
      type: "tool-call",
      id: `call_${at}_${index}`,
      name: call.name,
      arguments: call.input,
    }));
    const parts: AssistantPart[] = [
      ...(said === undefined ? [] : [{ type: "text" as const, text: said }]),
      ...made,
    ];
    return [
      { role: "user", parts: question },
      ...(instruction === undefined ? [] : [{ role: "system" as const, text: instruction }]),
      ...(parts.length === 0 ? [] : [{ role: "assistant" as const, parts }]),
      ...calls.map((call, index): Message => ({
        role: "tool",
        callId: `call_${at}_${index}`,
        name: call.name,
        parts: [{ type: "text", text: call.output }],
        isError: false,
      })),
    ];
  }),
);

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

const conversations: fc.Arbitrary<Conversation> = fc
  .record({
    messages,
    system: fc.array(text, { maxLength: 1 }),
    stream: fc.boolean(),
    maxTokens: maybe(fc.integer({ min: 1, max: 100_000 })),
    temperature: maybe(fc.double({ min: 0, max: 2, noNaN: true })),
    tools: fc.array(fc.record({ name, description: maybe(text), strict: fc.boolean() }), {
      maxLength: 2,
    }),
    effort: maybe(fc.constantFrom("low", "medium", "high")),
    user: maybe(text),
    top: maybe(fc.integer({ min: 0, max: 20 })),
  })
  .map(({ temperature, tools, effort, top, ...rest }) => ({
    ...rest,
    model: "pine",
    includeUsage: true,
    sampling: { temperature: temperature === 0 ? 0 : temperature, topP: undefined },
    stop: [],
    tools: tools.map((tool) => ({ ...tool, parameters: { type: "object", properties: {} } })),
    toolChoice: tools[0] === undefined ? undefined : { type: "tool", name: tools[0].name },
    parallelToolCalls: tools.length === 0 ? undefined : false,
    responseFormat: { type: "json" },
    reasoning: effort === undefined ? undefined : { effort, budgetTokens: undefined },
    logprobs: { top },
    dropped: [],
  }));

describe("a request of the Responses dialect, written and read again", () => {
  it("means the same", () => {
    fc.assert(
      fc.property(conversations, (conversation) => {
        const written = openaiResponsesDialect.writeRequest(conversation, { type: "openai" });
        const body = parseJson(JSON.stringify(written.body));
        expect(written.dropped).toEqual([]);
        expect(openaiResponsesDialect.parseRequest(body)).toEqual(conversation);
      }),
    );
  });
});

const replyPart: fc.Arbitrary<ReplyPart> = fc.oneof(
  text.map((value): ReplyPart => ({ type: "text", text: value })),
  text.map((value): ReplyPart => ({ type: "refusal", text: value })),
  fc
    .record({ value: text, signature: text })
    .map(({ value, signature }): ReplyPart => ({ type: "thinking", text: value, signature })),
  fc.record({ id: fc.uuid(), name, input: object }).map(({ id, name: tool, input }): ReplyPart => ({
    type: "tool-call",
    id,
    name: tool,
    arguments: input,
  })),
);

const count = fc.nat({ max: 1_000_000 });
const replies: fc.Arbitrary<Reply> = fc
  .record({
    parts: fc.array(replyPart, { maxLength: 6 }),
    stopReason: fc.constantFrom("stop", "length", "content-filter"),
    usage: maybe(
      fc.record({
        inputTokens: count,
        outputTokens: count,
        cachedTokens: count,
        reasoningTokens: count,
      }),
    ),
  })
  .map(({ parts, stopReason, usage }) => ({
    id: "resp_1",
    model: "pine",
    parts,
    stopReason:
      stopReason === "stop" && parts.some(({ type }) => type === "tool-call")
        ? "tool-calls"
        : stopReason,
    stopSequence: undefined,
    usage,
    timings: undefined,
    logprobs: undefined,
  }));

/** What the events say, borders between pieces of the same kind aside. */
function meaningOf(events: readonly ReplyEvent[]): unknown {
  const said: string[] = [];
  const calls = new Map<number, { name: string; id: string; json: string }>();
  const rest: ReplyEvent[] = [];
  let kind = "";
  for (const event of events) {
    if (event.type === "tool-call") calls.set(event.index, { ...event, json: "" });
    else if (event.type === "tool-arguments") {
      const call = calls.get(event.index);
      if (call !== undefined) call.json += event.json;
    } else if (event.type === "text" || event.type === "thinking" || event.type === "refusal") {
      if (event.type === kind) said.push(`${said.pop() ?? ""}${event.text}`);
      else said.push(`${event.type}:${event.text}`);
    } else rest.push(event);
    kind = event.type;
  }
  return { said, calls: [...calls.values()], rest };
}

describe("a reply of the Responses dialect, written and read again", () => {
  it("means the same as a whole", () => {
    fc.assert(
      fc.property(replies, (reply) => {
        const body = openaiResponsesDialect.writeReply(reply, makeContext());
        expect(openaiResponsesDialect.parseReply(parseJson(JSON.stringify(body)))).toEqual(reply);
      }),
    );
  });

  it("means the same as a stream, however it is cut", () => {
    fc.assert(
      fc.property(replies, fc.integer({ min: 1, max: 40 }), (reply, size) => {
        const events = replyToEvents(reply);
        const writer = openaiResponsesDialect.createStreamWriter(makeContext());
        const bytes = Buffer.from(events.map((event) => writer.write(event)).join(""));
        const reader = openaiResponsesDialect.createStreamReader();
        const read: ReplyEvent[] = [];
        for (let at = 0; at < bytes.length; at += size) {
          read.push(...reader.push(bytes.subarray(at, at + size)));
        }
        read.push(...reader.end());
        expect(meaningOf(read)).toEqual(meaningOf(events));
      }),
    );
  });
});
