import { ProxyError } from "@olla-ts/core";

import type { JsonObject, JsonValue } from "../conversation.ts";
import { isArray, isJsonObject } from "../json/json-value.ts";
import { listIn, textIn } from "../json/lenient.ts";
import { readArguments } from "../json/tool-arguments.ts";
import { makeCallId } from "../openai-chat/tool-calls.ts";
import type { Reply, ReplyPart } from "../reply.ts";
import { readUsage } from "../usage/read-usage.ts";
import { objectsIn } from "./objects-in.ts";
import { failureOf, stopReasonOf } from "./response-status.ts";

/**
 * Reads a complete response.
 *
 * @throws ProxyError `upstream_error` when the response says that it failed,
 *   `upstream_protocol` when it is none or has not ended
 */
export function parseReply(body: JsonValue): Reply {
  if (!isJsonObject(body)) throw noResponse();
  const failure = failureOf(body);
  if (failure !== undefined) throw new ProxyError("upstream_error", failure.message);
  const status = textIn(body, "status") ?? "completed";
  if (!isArray(body["output"]) || status === "in_progress" || status === "queued") {
    throw noResponse();
  }
  const id = textIn(body, "id");
  const items = objectsIn(body, "output");
  const parts = items.flatMap((item, index) => parseItem(item, makeCallId(id, index)));
  const hasCalls = parts.some(({ type }) => type === "tool-call");
  return {
    id: id === "" ? undefined : id,
    model: textIn(body, "model") ?? "",
    parts,
    stopReason: stopReasonOf(body, status, hasCalls),
    stopSequence: undefined,
    usage: readUsage(body["usage"]),
    timings: undefined,
    logprobs: logprobsOf(items),
  };
}

/**
 * The parts of an output item; none for an item that only its provider
 * understands.
 *
 * @param spareId for a call that has no id
 */
function parseItem(item: JsonObject, spareId: string): readonly ReplyPart[] {
  switch (textIn(item, "type") ?? "") {
    case "message":
      return objectsIn(item, "content").flatMap((part) => parseContent(part));
    case "reasoning":
      return parseReasoning(item);
    case "function_call":
      return [parseCall(item, spareId)];
    default:
      return [];
  }
}

function parseContent(part: JsonObject): readonly ReplyPart[] {
  const refusal = textIn(part, "refusal") ?? "";
  if (refusal !== "") return [{ type: "refusal", text: refusal }];
  const text = textIn(part, "text") ?? "";
  return text === "" ? [] : [{ type: "text", text }];
}

function parseReasoning(item: JsonObject): readonly ReplyPart[] {
  const text = reasoningText(item);
  const signature = textIn(item, "encrypted_content") ?? "";
  if (text === "" && signature === "") return [];
  return [{ type: "thinking", text, signature: signature === "" ? undefined : signature }];
}

function parseCall(item: JsonObject, spareId: string): ReplyPart {
  const name = textIn(item, "name") ?? "";
  if (name === "") {
    throw new ProxyError("upstream_protocol", "The backend's answer calls a tool without a name.");
  }
  const id = textIn(item, "call_id") ?? "";
  return {
    type: "tool-call",
    id: id === "" ? spareId : id,
    name,
    arguments: readArguments(item["arguments"]),
  };
}

/** What a reasoning item says: the thinking itself, else its summary. */
export function reasoningText(item: JsonObject): string {
  const content = objectsIn(item, "content").map((part) => textIn(part, "text") ?? "");
  if (content.length > 0) return content.join("");
  const summary = objectsIn(item, "summary").map((part) => textIn(part, "text") ?? "");
  return summary.join("\n\n");
}

/** The token probabilities of all texts, in the shape of a chat completion. */
function logprobsOf(items: readonly JsonObject[]): unknown {
  const content = items
    .flatMap((item) => objectsIn(item, "content"))
    .flatMap((part) => listIn(part, "logprobs"));
  return content.length === 0 ? undefined : { content };
}

function noResponse(): ProxyError {
  return new ProxyError("upstream_protocol", "The backend's answer is not a complete response.");
}
