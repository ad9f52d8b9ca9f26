import type { JsonObject, JsonValue } from "../conversation.ts";
import { listIn, objectIn, textIn } from "../json/lenient.ts";

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
    const message = objectIn(line, "message");
    return message === undefined ? undefined : readSaid(message, "content");
  },
  write: ({ text, ...said }) => ({
    message: { role: "assistant", content: text, ...writeRest(said) },
  }),
};

/** `/api/generate`: `{"response":"It is "}` */
export const generateShape: AnswerShape = {
  read: (line) => (textIn(line, "response") === undefined ? undefined : readSaid(line, "response")),
  write: ({ text, ...said }) => ({ response: text, ...writeRest(said) }),
};

/** Only text. */
export function saidText(text: string): Said {
  return { text, thinking: "", toolCalls: [] };
}

function readSaid(holder: JsonObject, textField: string): Said {
  return {
    text: textIn(holder, textField) ?? "",
    thinking: textIn(holder, "thinking") ?? "",
    toolCalls: listIn(holder, "tool_calls"),
  };
}

function writeRest({ thinking, toolCalls }: Omit<Said, "text">): JsonObject {
  return {
    ...(thinking === "" ? {} : { thinking }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  };
}
