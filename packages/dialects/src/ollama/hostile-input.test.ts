import { ProxyError } from "@olla-ts/core";
import { array, assert, constantFrom, dictionary, jsonValue, property } from "fast-check";
import { describe, it } from "vitest";

import type { JsonObject, JsonValue } from "../conversation.ts";
import { parseJson } from "../json/parse-json.ts";
import { parseOllamaCompletion } from "./completion-request.ts";
import { parseOllamaLoad } from "./load-request.ts";
import { ollamaChatDialect, ollamaGenerateDialect } from "./ollama-dialect.ts";

function throughText(body: JsonObject): JsonValue {
  return parseJson(JSON.stringify(body));
}

function isUnderstoodOrRefused(read: (body: JsonValue) => unknown, body: JsonValue): boolean {
  try {
    read(body);
    return true;
  } catch (error) {
    return error instanceof ProxyError;
  }
}

describe("what Ollama's dialects are given", () => {
  const field = constantFrom(
    "model",
    "messages",
    "prompt",
    "options",
    "tools",
    "format",
    "think",
    "images",
    "stream",
    "raw",
    "suffix",
    "message",
    "response",
  );
  const anyBody = dictionary(field, jsonValue()).map((body) => throughText(body as JsonObject));
  const messageBody = array(
    dictionary(
      constantFrom("role", "content", "images", "tool_calls", "tool_name", "thinking"),
      constantFrom<JsonValue>("user", "assistant", "tool", "", 1, null, [
        { function: { name: "f" } },
      ]),
    ),
  ).map((messages): JsonValue => ({ model: "m", messages }));

  const readers: Readonly<Record<string, (body: JsonValue) => unknown>> = {
    "chat requests": (body) => ollamaChatDialect.parseRequest(body),
    "generate requests": (body) => ollamaGenerateDialect.parseRequest(body),
    "text completions": parseOllamaCompletion,
    "requests to load": (body) => parseOllamaLoad(body, "ollama-chat"),
    "chat answers": (body) => ollamaChatDialect.parseReply(body),
    "generate answers": (body) => ollamaGenerateDialect.parseReply(body),
  };

  it.each(Object.entries(readers))(
    "is understood or refused with a ProxyError: %s",
    (_name, read) => {
      assert(property(anyBody, (body) => isUnderstoodOrRefused(read, body)));
      assert(property(messageBody, (body) => isUnderstoodOrRefused(read, body)));
    },
  );
});
