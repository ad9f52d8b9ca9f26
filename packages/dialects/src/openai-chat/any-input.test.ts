import { ProxyError } from "@olla-ts/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { JsonValue } from "../conversation.ts";
import { isJsonObject } from "../json/json-value.ts";
import { parseJson } from "../json/parse-json.ts";
import type { ReplyEvent } from "../reply.ts";
import { cut, makeContext, readAll } from "../testing/streams.ts";
import { openaiChatDialect } from "./openai-chat-dialect.ts";

const CONTEXT = makeContext();

const FIELDS =
  "model messages role content type text image_url url file tool_calls function name arguments id index tools tool_choice choices message delta finish_reason usage prompt_tokens error stop reasoning response_format stream_options detail timings n".split(
    " ",
  );

/** JSON that is often almost what the dialect expects. */
const almostChat: fc.Arbitrary<JsonValue> = fc
  .letrec<{ value: unknown; object: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom("user", "system", "tool", "assistant", "function", "text", "{", "stop", ""),
      fc.oneof(fc.jsonValue(), fc.integer(), fc.boolean()),
      fc.array(tie("value"), { maxLength: 3 }),
      tie("object"),
    ),
    object: fc.dictionary(fc.constantFrom(...FIELDS), tie("value"), { maxKeys: 6 }),
  }))
  .object.map((value) => parseJson(JSON.stringify(value)));

/** The same where the dialect keeps its content. */
const almostChunk: fc.Arbitrary<JsonValue> = fc
  .tuple(almostChat, fc.constantFrom(null, "stop", "tool_calls", "abort"))
  .map(([delta, finish_reason]) => ({ choices: [{ index: 0, delta, finish_reason }] }));
const almostMessages: fc.Arbitrary<JsonValue> = fc
  .tuple(almostChat.filter(isJsonObject), fc.constantFrom("user", "system", "assistant", "tool"))
  .map(([message, role]) => [{ content: "x", tool_call_id: "a", ...message, role }]);

function readStream(chunks: readonly Uint8Array[]): readonly ReplyEvent[] {
  return readAll(openaiChatDialect.createStreamReader(), chunks);
}

function translate(request: JsonValue, type: string): unknown {
  return openaiChatDialect.writeRequest(openaiChatDialect.parseRequest(request), { type });
}

function replay(answer: JsonValue): unknown {
  return openaiChatDialect.writeReply(openaiChatDialect.parseReply(answer), CONTEXT);
}

/** What is thrown beside the one error that is allowed. */
function unexpectedFrom(act: () => unknown): unknown {
  try {
    act();
  } catch (thrown) {
    return thrown instanceof ProxyError ? undefined : thrown;
  }
  return undefined;
}

describe("openaiChatDialect, on anything", () => {
  it("gives events in order and ends once, whatever the stream holds", () => {
    const line = fc.oneof(
      fc.oneof(almostChat, almostChunk).map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`),
      fc.constantFrom("data: [DONE]\n\n", ": ping\n\n", "data: {\n\n", "\n"),
      fc.string(),
    );
    const borders = fc.array(fc.nat(), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), borders, (lines, cuts) => {
        const bytes = Buffer.from(lines.join(""));
        const events = readStream(cut(bytes, cuts));
        expect(events).toEqual(readStream([bytes]));
        const ends = events.filter(({ type }) => type === "end" || type === "error");
        expect(ends).toEqual(events.slice(-1));
        const starts = events.filter(({ type }) => type === "start");
        expect(starts).toEqual(events.filter(({ type }) => type !== "error").slice(0, 1));
      }),
    );
  });

  it("throws nothing but ProxyError, whatever it is given", () => {
    const body = almostChat.filter(isJsonObject);
    const type = fc.constantFrom("vllm", "openai");
    fc.assert(
      fc.property(body, almostMessages, type, (fields, messages, backend) => {
        const requests = [
          { model: "m", messages: [{ role: "user", content: "x" }], ...fields },
          { model: "m", messages },
        ];
        const choices = [{ message: fields }];
        const answers = [fields, { choices }, { ...fields, choices }];
        const thrown = [
          ...requests.map((request) => unexpectedFrom(() => translate(request, backend))),
          ...answers.map((answer) => unexpectedFrom(() => replay(answer))),
        ];
        expect(thrown.filter((one) => one !== undefined)).toEqual([]);
      }),
    );
  });
});
