import type { JsonObject, JsonValue } from "../conversation.ts";
import type { ChatDialectName, ReplyContext } from "../dialect.ts";
import { Fields } from "../json/fields.ts";
import { isArray } from "../json/json-value.ts";
import { chatShape, generateShape, saidText } from "./answer-shape.ts";
import { toTimestamp } from "./whole-reply.ts";

/** A request that names a model and asks nothing of it. */
export interface OllamaLoadRequest {
  readonly model: string;
  /** `unload` when `keep_alive` is 0. */
  readonly action: "load" | "unload";
}

/** The two operations of Ollama. */
export type OllamaOperation = Extract<ChatDialectName, `ollama-${string}`>;

/**
 * Reads a body that only loads or unloads a model: `/api/chat` without
 * messages, `/api/generate` without a prompt. Undefined for any other body.
 *
 * @throws ProxyError `invalid_request`
 */
export function parseOllamaLoad(
  body: JsonValue,
  operation: OllamaOperation,
): OllamaLoadRequest | undefined {
  const fields = Fields.ofBody(body);
  const content = operation === "ollama-chat" ? ["messages"] : ["prompt", "images", "suffix"];
  if (!content.every((field) => isEmpty(fields.value(field)))) return undefined;
  return {
    model: fields.requiredName("model"),
    action: isZero(fields.value("keep_alive")) ? "unload" : "load",
  };
}

/** The answer to it: one object, whether the client asked for a stream or not. */
export function writeOllamaLoad(
  { action }: OllamaLoadRequest,
  operation: OllamaOperation,
  context: ReplyContext,
): JsonObject {
  const shape = operation === "ollama-chat" ? chatShape : generateShape;
  return {
    model: context.model,
    created_at: toTimestamp(context, context.elapsedMs()),
    ...shape.write(saidText("")),
    done: true,
    done_reason: action,
  };
}

function isEmpty(value: JsonValue | undefined): boolean {
  return value === undefined || value === "" || (isArray(value) && value.length === 0);
}

/** `keep_alive` as a number of seconds or as a text like `0s`. */
function isZero(keepAlive: JsonValue | undefined): boolean {
  return keepAlive === 0 || (typeof keepAlive === "string" && /^0+(?:ms|s|m|h)?$/.test(keepAlive));
}
