import { ProxyError } from "@olla-ts/core";

import type { JsonObject, JsonValue } from "../conversation.ts";
import type { ReplyContext } from "../dialect.ts";
import { isJsonObject } from "../json/json-value.ts";
import { textIn } from "../json/lenient.ts";
import type { Reply, ReplyPart } from "../reply.ts";
import type { AnswerShape, Said } from "./answer-shape.ts";
import { readLogprobs, writeLogprobs } from "./logprobs.ts";
import {
  readStopReason,
  readTimings,
  readUsage,
  writeDoneReason,
  writeMetrics,
} from "./metrics.ts";
import { readToolCalls, writeToolCall } from "./tool-calls.ts";

/**
 * Reads the answer to a request with `stream: false`.
 *
 * @throws ProxyError `upstream_protocol`
 */
export function parseWholeReply(body: JsonValue, shape: AnswerShape): Reply {
  const said = isJsonObject(body) ? shape.read(body) : undefined;
  if (!isJsonObject(body) || said === undefined) {
    throw new ProxyError("upstream_protocol", "The endpoint's answer is not one of Ollama's.");
  }
  const toolCalls = readToolCalls(said.toolCalls, textIn(body, "created_at") ?? "", 0);
  const parts: ReplyPart[] = [];
  if (said.thinking !== "") {
    parts.push({ type: "thinking", text: said.thinking, signature: undefined });
  }
  if (said.text !== "") parts.push({ type: "text", text: said.text });
  return {
    id: undefined,
    model: textIn(body, "model") ?? "",
    parts: [...parts, ...toolCalls],
    stopReason: readStopReason(body, toolCalls.length > 0),
    stopSequence: undefined,
    usage: readUsage(body),
    timings: readTimings(body),
    logprobs: readLogprobs(body),
  };
}

/** Writes the answer to a request with `stream: false`. */
export function writeWholeReply(
  reply: Reply,
  context: ReplyContext,
  shape: AnswerShape,
): JsonObject {
  const totalMs = context.elapsedMs();
  return {
    model: reply.model === "" ? context.model : reply.model,
    created_at: toTimestamp(context, totalMs),
    ...shape.write(toSaid(reply.parts)),
    done: true,
    done_reason: writeDoneReason(reply.stopReason),
    ...writeMetrics(reply.usage, reply.timings, { totalMs, firstTokenMs: undefined }),
    ...writeLogprobs(reply.logprobs),
  };
}

/** RFC 3339, as `created_at` of every line and answer. */
export function toTimestamp({ createdAt }: ReplyContext, elapsedMs: number): string {
  return new Date(createdAt * 1_000 + elapsedMs).toISOString();
}

function toSaid(parts: readonly ReplyPart[]): Said {
  let text = "";
  let thinking = "";
  const toolCalls: JsonObject[] = [];
  for (const part of parts) {
    switch (part.type) {
      case "text":
      case "refusal":
        text += part.text;
        break;
      case "thinking":
        thinking += part.text;
        break;
      case "tool-call":
        toolCalls.push(writeToolCall(part, toolCalls.length));
        break;
    }
  }
  return { text, thinking, toolCalls };
}
