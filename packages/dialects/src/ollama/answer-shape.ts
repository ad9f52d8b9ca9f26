import type { JsonObject, JsonValue } from "../conversation.ts";
import { isArray, isJsonObject } from "../json/fields.ts";

/** What the model said, in a whole answer or in one line of a stream. */
export interface Said {
  readonly text: string;
  readonly thinking: string;
  readonly toolCalls: readonly JsonValue[];
}

/** Where an operation keeps what the model said. */
export interface AnswerShape {
  /** Undefined when the object says nothing in this shape. */
  read(line: JsonObject): Said | undefined;
  /** The fields that hold it. */
  write(said: Said): JsonObject;
}

/** `/api/chat`: `{"message":{"role":"assistant","content":"It is "}}` */
export const chatShape: AnswerShape = {
  read(line) {
    const message = line["message"];
    return isJsonObject(message) ? readSaid(message, "content") : undefined;
  },
  write: ({ text, ...said }) => ({
    message: { role: "assistant", content: text, ...writeRest(said) },
  }),
};

/** `/api/generate`: `{"response":"It is "}` */
export const generateShape: AnswerShape = {
  read: (line) => (typeof line["response"] === "string" ? readSaid(line, "response") : undefined),
  write: ({ text, ...said }) => ({ response: text, ...writeRest(said) }),
};

/** Only text. */
export function saidText(text: string): Said {
  return { text, thinking: "", toolCalls: [] };
}

function readSaid(holder: JsonObject, textField: string): Said {
  const toolCalls = holder["tool_calls"];
  return {
    text: textAt(holder, textField),
    thinking: textAt(holder, "thinking"),
    toolCalls: isArray(toolCalls) ? toolCalls : [],
  };
}

function writeRest({ thinking, toolCalls }: Omit<Said, "text">): JsonObject {
  return {
    ...(thinking === "" ? {} : { thinking }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  };
}

/** Empty when the field is absent or no text. */
export function textAt(object: JsonObject, field: string): string {
  const value = object[field];
  return typeof value === "string" ? value : "";
}
