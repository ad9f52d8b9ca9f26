import { ProxyError } from "@olla-ts/core";

import type { JsonValue } from "../conversation.ts";
import { errorText } from "../errors/backend-error.ts";
import { isArray, isJsonObject } from "../json/json-value.ts";
import { objectIn, textIn } from "../json/lenient.ts";
import type { Reply, ReplyPart } from "../reply.ts";
import { parseStopReason } from "./stop-reason.ts";
import { UsageReader } from "./usage.ts";

/**
 * Reads a backend's whole answer. Blocks that no other dialect knows are left out.
 *
 * @throws ProxyError `upstream_protocol` when the body is no message,
 *   `upstream_error` when it is an error with status 200
 */
export function parseReply(body: JsonValue): Reply {
  if (!isJsonObject(body)) throw notAMessage();
  if (body["type"] === "error") {
    const message = errorText(body["error"]) ?? "The backend reported an error.";
    throw new ProxyError("upstream_error", message);
  }
  const { content } = body;
  if (!isArray(content)) throw notAMessage();
  const parts = content.flatMap(parseBlock);
  const hasToolCalls = parts.some(({ type }) => type === "tool-call");
  const usage = objectIn(body, "usage");
  return {
    id: textIn(body, "id"),
    model: textIn(body, "model") ?? "",
    parts,
    stopReason: parseStopReason(textIn(body, "stop_reason"), hasToolCalls),
    stopSequence: textIn(body, "stop_sequence"),
    usage: usage === undefined ? undefined : new UsageReader().read(usage),
    timings: undefined,
    logprobs: undefined,
  };
}

function parseBlock(block: JsonValue): readonly ReplyPart[] {
  if (!isJsonObject(block)) return [];
  switch (textIn(block, "type")) {
    case "text":
      return [{ type: "text", text: textIn(block, "text") ?? "" }];
    case "thinking":
      return [
        {
          type: "thinking",
          text: textIn(block, "thinking") ?? "",
          signature: textIn(block, "signature"),
        },
      ];
    case "tool_use":
      return [
        {
          type: "tool-call",
          id: textIn(block, "id") ?? "",
          name: textIn(block, "name") ?? "",
          // llama.cpp leaves it out for a tool without arguments.
          arguments: objectIn(block, "input") ?? {},
        },
      ];
    case undefined:
    default:
      return [];
  }
}

function notAMessage(): ProxyError {
  return new ProxyError("upstream_protocol", "The backend's answer is no Anthropic message.");
}
