import { ProxyError } from "@olla-ts/core";

import type { JsonObject, JsonValue } from "../conversation.ts";
import { isJsonObject } from "../json/json-value.ts";
import { listIn, numberIn, textIn } from "../json/lenient.ts";
import type { Reply, ReplyTimings, StopReason, Usage } from "../reply.ts";
import { readTimedUsage, readTimings, readUsage } from "../usage/read-usage.ts";

/** What one body, or one event, of `/v1/completions` says. */
export interface CompletionPiece {
  readonly model: string;
  readonly text: string;
  readonly stopReason: StopReason | undefined;
  /** The text that ended the answer, where the server names it (vLLM). */
  readonly stopSequence: string | undefined;
  readonly usage: Usage | undefined;
  readonly timings: ReplyTimings | undefined;
}

/**
 * Reads the answer of `POST /v1/completions`, to be written by the generate
 * dialect:
 *
 * `{"model":"pine-7b","choices":[{"index":0,"text":" mild.","finish_reason":"stop"}],"usage":{…}}`
 *
 * @throws ProxyError `upstream_protocol`
 */
export function parseCompletionReply(body: JsonValue): Reply {
  if (!isJsonObject(body) || firstChoice(body) === undefined) {
    throw new ProxyError("upstream_protocol", "The endpoint's answer is not a text completion.");
  }
  const { model, text, stopReason, stopSequence, usage, timings } = readCompletionPiece(body);
  return {
    id: textIn(body, "id"),
    model,
    parts: text === "" ? [] : [{ type: "text", text }],
    stopReason: stopReason ?? "unknown",
    stopSequence,
    usage,
    timings,
    logprobs: undefined,
  };
}

/** Reads one body or event, understanding as much as there is. */
export function readCompletionPiece(body: JsonObject): CompletionPiece {
  const choice = firstChoice(body) ?? {};
  return {
    model: textIn(body, "model") ?? "",
    text: textIn(choice, "text") ?? "",
    stopReason: toStopReason(textIn(choice, "finish_reason")),
    stopSequence: textIn(choice, "stop_reason"),
    usage: readUsage(body["usage"]) ?? readTimedUsage(body["timings"]),
    timings: readTimings(body["timings"]),
  };
}

/** Undefined when the body is none of a completion, or carries usage alone. */
function firstChoice(body: JsonObject): JsonObject | undefined {
  return listIn(body, "choices")
    .filter((choice) => isJsonObject(choice))
    .find((choice) => (numberIn(choice, "index") ?? 0) === 0);
}

function toStopReason(reason: string | undefined): StopReason | undefined {
  switch (reason) {
    case undefined:
      return undefined;
    case "stop":
    case "length":
      return reason;
    case "content_filter":
      return "content-filter";
    default:
      return "unknown";
  }
}
