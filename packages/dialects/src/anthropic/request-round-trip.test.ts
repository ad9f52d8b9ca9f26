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

import type { Conversation, JsonObject, Message, Reasoning } from "../conversation.ts";
import { parseJson } from "../json/parse-json.ts";
import { parseReply } from "./parse-reply.ts";
import { parseRequest } from "./parse-request.ts";
import { effortOfBudget } from "./reasoning.ts";
import { writeRequest } from "./write-request.ts";

/** Through JSON, as between two processes. */
function sent(value: unknown): ReturnType<typeof parseJson> {
  return parseJson(JSON.stringify(value));
}

const name = string({ minLength: 1 });
const id = stringMatching(/^[\w-]{1,20}$/);
const text = record({ type: constant("text" as const), text: name });
// What JSON does to a value, such as to -0, is done before it is compared.
const object = dictionary(string(), jsonValue()).map((value) => sent(value) as JsonObject);
const source = oneof(
  record({
    kind: constant("base64" as const),
    mediaType: constant("application/pdf"),
    data: constant("JVBERi0="),
  }),
  record({ kind: constant("url" as const), url: name }),
);
const image = record({
  type: constant("image" as const),
  source,
  detail: constant(undefined),
});
const document = record({
  type: constant("document" as const),
  title: option(name, { nil: undefined }),
  source,
});
const thinking = record({
  type: constant("thinking" as const),
  text: string(),
  signature: string(),
});
const call = record({ type: constant("tool-call" as const), id, name, arguments: object });
const answers = array(
  record({
    role: constant("tool" as const),
    callId: id,
    name: constant(undefined),
    parts: array(oneof(text, image)),
    isError: boolean(),
  }),
  { maxLength: 2 },
);
/** Messages in the form that they have when read: roles alternate, results come first. */
const turn: Arbitrary<readonly Message[]> = tuple(
  answers,
  array(oneof(text, image, document), { minLength: 1 }),
  array(oneof(text, thinking, call), { minLength: 1 }),
).map(([results, user, assistant]) => [
  ...results,
  { role: "user", parts: user },
  { role: "assistant", parts: assistant },
]);
const reasoning: Arbitrary<Reasoning | undefined> = oneof(
  constant(undefined),
  constant<Reasoning>({ effort: "none", budgetTokens: undefined }),
  integer({ min: 1_024, max: 40_000 }).map((budgetTokens) => ({
    effort: effortOfBudget(budgetTokens),
    budgetTokens,
  })),
);
const tool = record({
  name,
  description: option(name, { nil: undefined }),
  parameters: object.map((value) => ({ type: "object", ...value })),
  strict: option(boolean(), { nil: undefined }),
});
const toolSettings = tuple(
  array(tool, { minLength: 1 }),
  constantFrom("auto", "required", "none", "tool"),
  boolean(),
).map(([tools, type, isSingle]) => ({
  tools,
  toolChoice: type === "tool" ? { type, name: tools[0]?.name ?? "" } : { type },
  parallelToolCalls: isSingle && type !== "none" ? false : undefined,
}));

const conversation: Arbitrary<Conversation> = record({
  model: name,
  system: array(name, { maxLength: 1 }),
  messages: array(turn, { minLength: 1, maxLength: 3 }).map((turns) => turns.flat()),
  stream: boolean(),
  includeUsage: constant(true),
  maxTokens: integer({ min: 50_000, max: 60_000 }),
  sampling: record({
    temperature: option(double({ min: 0, max: 2, noNaN: true }), { nil: undefined }),
    topP: option(double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    topK: option(integer({ min: 0 }), { nil: undefined }),
  }).map((value) => sent(value) as Conversation["sampling"]),
  stop: array(string()),
  settings: oneof(
    constant({ tools: [], toolChoice: undefined, parallelToolCalls: undefined }),
    toolSettings,
  ),
  responseFormat: option(
    record({
      type: constant("json-schema" as const),
      name: constant("response"),
      schema: object,
      strict: constant(undefined),
    }),
    { nil: undefined },
  ),
  reasoning,
  user: option(name, { nil: undefined }),
  logprobs: constant(undefined),
  dropped: constant([]),
}).map(({ settings, ...rest }) => ({ ...rest, ...settings }));

describe("requests in this dialect", () => {
  it("reads the request that it writes as the same conversation", () => {
    assert(
      property(conversation, (value) => {
        const { body, dropped } = writeRequest(value, { type: "vllm" });
        expect(dropped).toEqual([]);
        expect(parseRequest(sent(body))).toEqual(value);
      }),
    );
  });

  it("throws nothing but ProxyErrors for any body", () => {
    const shuffled = tuple(conversation, jsonValue(), integer({ min: 0 })).map(
      ([value, odd, place]) =>
        replaceAt(sent(writeRequest(value, { type: "vllm" }).body), odd, place),
    );
    assert(
      property(oneof(jsonValue(), shuffled), (value) => {
        for (const parse of [parseRequest, parseReply]) {
          expect(codeOf(() => parse(sent(value)))).toMatch(/^(none|invalid_request|upstream_)/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** The value with one of the values inside it replaced. */
function replaceAt(value: unknown, odd: unknown, place: number): unknown {
  let count = 0;
  JSON.stringify(value, (_key, inner: unknown) => {
    count += 1;
    return inner;
  });
  let at = 0;
  return JSON.parse(
    JSON.stringify(value, (_key, inner: unknown) => (at++ === place % count ? odd : inner)),
  );
}

function codeOf(action: () => unknown): unknown {
  try {
    action();
    return "none";
  } catch (thrown) {
    return (thrown as { code?: unknown }).code ?? String(thrown);
  }
}
