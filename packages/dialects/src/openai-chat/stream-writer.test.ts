import { describe, expect, it } from "vitest";

import type { ReplyContext } from "../dialect.ts";
import type { ReplyEvent } from "../reply.ts";
import { ChatStreamWriter } from "./stream-writer.ts";

const CONTEXT: ReplyContext = {
  model: "pine",
  createdAt: 1_767_000_000,
  randomId: () => "r1",
  estimatedInputTokens: 3,
  includeUsage: false,
  elapsedMs: () => 5,
};

const START: ReplyEvent = { type: "start", id: "chatcmpl-c9", model: "pine-7b" };
const FINISH: ReplyEvent = { type: "finish", reason: "stop", stopSequence: undefined };
const END: ReplyEvent = { type: "end" };
const USAGE: ReplyEvent = {
  type: "usage",
  usage: { inputTokens: 40, outputTokens: 17, cachedTokens: 8, reasoningTokens: 5 },
};

function write(events: readonly ReplyEvent[], context: Partial<ReplyContext> = {}): string {
  const writer = new ChatStreamWriter({ ...CONTEXT, ...context });
  return events.map((event) => writer.write(event)).join("");
}

/** Data of the stream's events, parsed, without the last `[DONE]`. */
function dataOf(text: string): readonly unknown[] {
  return text
    .split("\n\n")
    .filter((event) => event !== "" && event !== "data: [DONE]")
    .map((event): unknown => JSON.parse(event.replace(/^data: /, "")));
}

function choice(delta: object, finish_reason: string | null = null): object {
  return { choices: [{ index: 0, delta, logprobs: null, finish_reason }] };
}

describe("ChatStreamWriter", () => {
  it("writes the role at once, a chunk per delta, the reason and [DONE]", () => {
    const text = write([
      START,
      { type: "thinking", text: "Check." },
      { type: "signature", signature: "s" },
      { type: "text", text: "Mild." },
      { type: "refusal", text: "no" },
      { type: "timings", timings: {} },
      FINISH,
      END,
    ]);
    expect(dataOf(text)).toMatchObject([
      {
        id: "chatcmpl-c9",
        object: "chat.completion.chunk",
        created: 1_767_000_000,
        model: "pine-7b",
        ...choice({ role: "assistant", content: "" }),
      },
      choice({ reasoning_content: "Check.", reasoning: "Check." }),
      choice({ content: "Mild." }),
      choice({ refusal: "no" }),
      choice({}, "stop"),
    ]);
    expect(text.endsWith("}\n\ndata: [DONE]\n\n")).toBe(true);
  });

  it("TR-74 writes calls by index and finish tool_calls even after a stop", () => {
    const text = write([
      START,
      { type: "tool-call", index: 0, id: "call_7", name: "look_up" },
      { type: "tool-arguments", index: 0, json: '{"town":"Graz"}' },
      FINISH,
      END,
    ]);
    expect(dataOf(text).slice(1)).toMatchObject([
      choice({
        tool_calls: [
          {
            index: 0,
            id: "call_7",
            type: "function",
            function: { name: "look_up", arguments: "" },
          },
        ],
      }),
      choice({ tool_calls: [{ index: 0, function: { arguments: '{"town":"Graz"}' } }] }),
      choice({}, "tool_calls"),
    ]);
  });

  it("TR-22 gives a call without arguments an empty object", () => {
    const text = write([START, { type: "tool-call", index: 0, id: "a", name: "f" }, FINISH, END]);
    expect(dataOf(text)[2]).toMatchObject(
      choice({ tool_calls: [{ index: 0, function: { arguments: "{}" } }] }),
    );
  });

  it("writes the last usage behind the reason, only when the client wants it", () => {
    const first: ReplyEvent = { type: "usage", usage: { ...USAGE.usage, outputTokens: 1 } };
    const events = [START, first, FINISH, USAGE, END];
    expect(dataOf(write(events))).toHaveLength(2);
    expect(dataOf(write(events, { includeUsage: true }))[2]).toMatchObject({
      id: "chatcmpl-c9",
      choices: [],
      usage: { prompt_tokens: 40, completion_tokens: 17, total_tokens: 57 },
    });
  });

  it("passes logprobs on with their text", () => {
    const logprobs = { content: [{ token: "a", logprob: -0.1 }] };
    expect(dataOf(write([START, { type: "text", text: "a", logprobs }]))[1]).toMatchObject({
      choices: [{ delta: { content: "a" }, logprobs }],
    });
  });

  it("makes an id and says the requested model where the backend names none", () => {
    expect(dataOf(write([{ type: "start", id: "msg_01", model: "" }]))[0]).toMatchObject({
      id: "chatcmpl-r1",
      model: "pine",
    });
  });

  it("starts once", () => {
    expect(dataOf(write([START, START]))).toHaveLength(1);
  });

  it("ends with the error and no [DONE], so that the client does not take it for complete", () => {
    const text = write([START, { type: "error", message: "busy", status: 503 }, FINISH, END]);
    expect(dataOf(text)[1]).toEqual({
      error: { message: "busy", type: "server_error", param: null, code: "upstream_error" },
    });
    expect(text).not.toContain("[DONE]");
  });

  it("always gives a reason, which client libraries insist on", () => {
    expect(dataOf(write([START, END]))[1]).toMatchObject(choice({}, "stop"));
  });

  it("keeps a begun stream alive with a comment, and nothing else", () => {
    const writer = new ChatStreamWriter(CONTEXT);
    expect(writer.keepAlive()).toBe("");
    writer.write(START);
    expect(writer.keepAlive()).toBe(": keep-alive\n\n");
    writer.write(END);
    expect(writer.keepAlive()).toBe("");
  });
});
