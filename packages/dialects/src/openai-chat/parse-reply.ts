import { ProxyError } from "@olla-ts/core";

import type { JsonObject, JsonValue, ToolCallPart } from "../conversation.ts";
import { isJsonObject } from "../json/json-value.ts";
import { readArguments } from "../json/tool-arguments.ts";
import type { Reply, ReplyPart } from "../reply.ts";
import { readTimings, readUsage } from "../usage/read-usage.ts";
import { readReportedError } from "./chat-errors.ts";
import { isCutOff, readFinish } from "./finish-reason.ts";
import { firstChoice, readCalls, readText, readThinking } from "./read-choice.ts";
import { callWithoutName, makeCallId } from "./tool-calls.ts";

/**
 * Reads a Chat Completions answer of any server. Of several choices the one
 * with index 0 counts.
 *
 * @throws ProxyError `upstream_protocol` when it is none, `upstream_error` when it reports an
 *   error, `upstream_truncated` when the backend says that it was cut off
 */
export function parseReply(body: JsonValue): Reply {
  if (!isJsonObject(body)) throw notAnAnswer();
  const failure = readReportedError(body);
  if (failure !== undefined) throw new ProxyError("upstream_error", failure.message);
  const choice = firstChoice(body);
  const message = choice?.["message"];
  if (choice === undefined || !isJsonObject(message)) throw notAnAnswer();
  const finishReason = choice["finish_reason"];
  if (typeof finishReason === "string" && isCutOff(finishReason)) {
    throw new ProxyError("upstream_truncated", "The backend aborted the answer.");
  }
  const id = nonEmpty(body["id"]);
  const calls = parseCalls(message, id);
  const { reason, stopSequence } = readFinish(choice, calls.length > 0);
  return {
    id,
    model: nonEmpty(body["model"]) ?? "",
    parts: [...parseTexts(message), ...calls],
    stopReason: reason,
    stopSequence,
    usage: readUsage(body["usage"]),
    timings: readTimings(body["timings"]),
    logprobs: choice["logprobs"] ?? undefined,
  };
}

function notAnAnswer(): ProxyError {
  return new ProxyError("upstream_protocol", "The backend's answer is not a chat completion.");
}

function parseTexts(message: JsonObject): readonly ReplyPart[] {
  const parts: ReplyPart[] = [];
  const thinking = readThinking(message);
  if (thinking !== "") parts.push({ type: "thinking", text: thinking, signature: undefined });
  const text = readText(message["content"]);
  if (text !== "") parts.push({ type: "text", text });
  const refusal = nonEmpty(message["refusal"]);
  if (refusal !== undefined) parts.push({ type: "refusal", text: refusal });
  return parts;
}

function parseCalls(message: JsonObject, replyId: string | undefined): readonly ToolCallPart[] {
  return readCalls(message).map((call, index) => {
    const stated = isJsonObject(call["function"]) ? call["function"] : {};
    const name = nonEmpty(stated["name"]);
    if (name === undefined) throw callWithoutName();
    return {
      type: "tool-call",
      id: nonEmpty(call["id"]) ?? makeCallId(replyId, index),
      name,
      arguments: readArguments(stated["arguments"]),
    };
  });
}

function nonEmpty(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
