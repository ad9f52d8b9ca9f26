import type { JsonObject } from "../conversation.ts";
import { parseObject } from "../json/parse-json.ts";
import { openaiResponsesDialect } from "../openai-responses/openai-responses-dialect.ts";
import type { ReplyEvent, StopReason, Usage } from "../reply.ts";
import { makeContext, writeAll } from "./streams.ts";

/** An event of a stream. */
export type Written = JsonObject & { readonly type: string };

/** The events of a written stream; each has to be named by its type. */
export function writeResponse(...events: readonly ReplyEvent[]): readonly Written[] {
  return writeAll(openaiResponsesDialect.createStreamWriter(makeContext()), events)
    .split("\n\n")
    .slice(0, -1)
    .map((frame) => {
      const [, name = "", data = ""] = /^event: (.*)\ndata: (.*)$/.exec(frame) ?? [];
      const written = parseObject(data) ?? {};
      if (written["type"] !== name) throw new Error(`not an event of its name: ${frame}`);
      return { ...written, type: name };
    });
}

/** What the parts of an answer begin with. */
export const start: ReplyEvent = { type: "start", id: "chatcmpl-1", model: "pine-7b" };
/** What they end with. */
export const end: ReplyEvent = { type: "end" };
/** Usage with all its numbers. */
export const usage: Usage = {
  inputTokens: 40,
  outputTokens: 17,
  cachedTokens: 8,
  reasoningTokens: 2,
};

/** The model stopped. */
export function finish(reason: StopReason): ReplyEvent {
  return { type: "finish", reason, stopSequence: undefined };
}

/** An answer with all that one can hold. */
export const EVERYTHING: readonly ReplyEvent[] = [
  start,
  { type: "thinking", text: "Check " },
  { type: "thinking", text: "it." },
  { type: "signature", signature: "sig" },
  {
    type: "text",
    text: "It is ",
    logprobs: { content: [{ token: "It", logprob: -0.1, bytes: null, top_logprobs: [] }] },
  },
  { type: "text", text: "mild." },
  { type: "refusal", text: "No more." },
  { type: "tool-call", index: 0, id: "call_7", name: "look_up" },
  { type: "tool-call", index: 1, id: "", name: "look_up" },
  { type: "tool-arguments", index: 1, json: '{"town":' },
  { type: "tool-arguments", index: 0, json: '{"town":"Graz"}' },
  { type: "tool-arguments", index: 1, json: '"Linz"}' },
  { type: "tool-call", index: 2, id: "call_9", name: "now" },
  { type: "text", text: "Wait." },
  finish("tool-calls"),
  { type: "usage", usage },
  end,
];
