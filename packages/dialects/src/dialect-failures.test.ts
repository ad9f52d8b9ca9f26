import { array, assert, nat, property } from "fast-check";
import { describe, expect, it } from "vitest";

import { anthropicDialect } from "./anthropic/anthropic-dialect.ts";
import { isJsonObject } from "./json/json-value.ts";
import { parseJson } from "./json/parse-json.ts";
import { ollamaChatDialect } from "./ollama/ollama-dialect.ts";
import { openaiChatDialect } from "./openai-chat/openai-chat-dialect.ts";
import { openaiResponsesDialect } from "./openai-responses/openai-responses-dialect.ts";
import type { ReplyEvent, ReplyFailure } from "./reply.ts";
import { MAX_LINE_BYTES } from "./stream/line-decoder.ts";
import { everyDialect } from "./testing/every-dialect.ts";
import { cut, makeContext, readAll, writeAll } from "./testing/streams.ts";

const start: ReplyEvent = { type: "start", id: "c9", model: "pine-7b" };
const text: ReplyEvent = { type: "text", text: "It is mild." };
const finish: ReplyEvent = { type: "finish", reason: "stop", stopSequence: undefined };
const end: ReplyEvent = { type: "end" };
const failure: ReplyFailure = {
  type: "error",
  message: "The backend fell silent.",
  status: 504,
  code: "idle_timeout",
  requestId: "req_1",
};

describe.each(everyDialect)("a stream of $name that breaks", (dialect) => {
  it.each([
    ["before anything else", []],
    ["behind the start", [start]],
    ["in the middle", [start, text]],
    ["between the reason and the end", [start, text, finish]],
  ])("TR-31 is told %s so that a client finds the message and no end", (_place, before) => {
    const sent = writeAll(dialect.createStreamWriter(makeContext()), [...before, failure]);
    const read = readAll(dialect.createStreamReader(), [Buffer.from(sent)]);
    expect(read.at(-1)).toMatchObject({ type: "error", message: failure.message });
    expect(read.filter(({ type }) => type === "end" || type === "finish")).toEqual([]);
  });

  it.each([
    ["an error", failure],
    ["the end", end],
  ])("writes nothing more behind %s, no sign of life either", (_what, last) => {
    const writer = dialect.createStreamWriter(makeContext());
    expect(writeAll(writer, [start, text, last])).not.toBe("");
    expect(writeAll(writer, [start, text, finish, end, failure])).toBe("");
    expect(writer.keepAlive()).toBe("");
  });

  it("TR-34 gives what came before a line that is too long, wherever the bytes are cut", () => {
    const whole = writeAll(dialect.createStreamWriter(makeContext()), [start, text, text]);
    const before = readAll(dialect.createStreamReader(), [Buffer.from(whole)]).slice(0, -1);
    const body = Buffer.concat([Buffer.from(whole), Buffer.alloc(MAX_LINE_BYTES + 1, "x")]);
    const expected = [...before, { type: "error", message: expect.stringMatching(/too long/) }];
    assert(
      property(array(nat({ max: whole.length }), { maxLength: 5 }), (cuts) => {
        const read = readAll(dialect.createStreamReader(), cut(body, cuts));
        expect(read).toMatchObject(expected);
      }),
      { numRuns: 5 },
    );
  });
});

function lastEvent(sent: string): unknown {
  const data = sent.trimEnd().split("\n").at(-1) ?? "";
  return parseJson(data.replace(/^data: /, ""));
}

describe("an error in a stream", () => {
  it("TR-73 has the gateway's own code for clients of Chat Completions", () => {
    const writer = openaiChatDialect.createStreamWriter(makeContext());
    expect(lastEvent(writeAll(writer, [start, failure]))).toEqual({
      error: { message: failure.message, type: "server_error", param: null, code: "idle_timeout" },
    });
  });

  it("TR-44 has the request's id for clients of Anthropic", () => {
    const writer = anthropicDialect.createStreamWriter(makeContext());
    expect(lastEvent(writeAll(writer, [start, failure]))).toEqual({
      type: "error",
      error: { type: "timeout_error", message: failure.message },
      request_id: "req_1",
    });
  });

  it("TR-66 goes on with the numbers of the events for clients of Responses", () => {
    const writer = openaiResponsesDialect.createStreamWriter(makeContext());
    const sent = writeAll(writer, [start, text, failure]);
    const events = sent
      .split("\n")
      .filter((line) => line.startsWith("data: "))
      .map((line) => parseJson(line.slice("data: ".length)))
      .filter(isJsonObject);
    expect(events.map((event) => event["sequence_number"])).toEqual([...events.keys()]);
    expect(events.slice(-2)).toMatchObject([
      { type: "error", code: "idle_timeout", message: failure.message },
      { type: "response.failed", response: { status: "failed" } },
    ]);
  });

  it("TR-70 is a text for clients of Ollama", () => {
    const writer = ollamaChatDialect.createStreamWriter(makeContext());
    expect(lastEvent(writeAll(writer, [start, failure]))).toEqual({ error: failure.message });
  });
});
