import { ProxyError } from "@olla-ts/core";

import type {
  AssistantMessage,
  ImagePart,
  JsonObject,
  JsonValue,
  Message,
  ToolCallPart,
  ToolMessage,
} from "../conversation.ts";
import { OpenCalls } from "../open-calls.ts";
import type { ResponsesTraits } from "./responses-traits.ts";
import { textPart, writeOutputPart, writeUserContent } from "./write-content.ts";

/** The items of a conversation, and what had to be left out. */
export interface WrittenInput {
  readonly items: readonly JsonObject[];
  readonly dropped: readonly string[];
}

/**
 * Writes messages as input items.
 *
 * @throws ProxyError `invalid_request` for content the backend cannot take, and for a tool result
 *   that belongs to no call
 */
export function writeInput(messages: readonly Message[], traits: ResponsesTraits): WrittenInput {
  const writer = new InputWriter(traits);
  for (const message of messages) writer.write(message);
  return writer.finish();
}

class InputWriter {
  readonly #traits: ResponsesTraits;
  readonly #items: JsonObject[] = [];
  /** Images of tool results that have to follow in a message of the user. */
  #images: ImagePart[] = [];
  /** Calls of the last assistant message that still wait for their result. */
  #unanswered = new OpenCalls();
  #hasLostThinking = false;

  constructor(traits: ResponsesTraits) {
    this.#traits = traits;
  }

  write(message: Message): void {
    // Results of parallel calls stay together, so images wait for all of them.
    if (message.role !== "tool") this.#flushImages();
    switch (message.role) {
      case "system":
        this.#items.push({ type: "message", role: "system", content: message.text });
        return;
      case "user": {
        const content = writeUserContent(message.parts, this.#traits);
        this.#items.push({ type: "message", role: "user", content });
        return;
      }
      case "assistant":
        this.#writeAssistant(message);
        return;
      case "tool":
        this.#items.push({
          type: "function_call_output",
          call_id: this.#answer(message),
          output: this.#writeOutput(message),
        });
    }
  }

  finish(): WrittenInput {
    this.#flushImages();
    return { items: this.#items, dropped: this.#hasLostThinking ? ["thinking"] : [] };
  }

  #writeAssistant({ parts }: AssistantMessage): void {
    let text = "";
    for (const part of parts) {
      if (part.type === "text") {
        text += part.text;
        continue;
      }
      this.#say(text);
      text = "";
      if (part.type === "refusal") {
        const content = [{ type: "refusal", refusal: part.text }];
        this.#items.push({ type: "message", role: "assistant", content });
      } else if (part.type === "tool-call") this.#items.push(writeCall(part));
      else this.#think(part.text);
    }
    this.#say(text);
    this.#unanswered = new OpenCalls();
    for (const part of parts) if (part.type === "tool-call") this.#unanswered.add(part);
  }

  #say(text: string): void {
    if (text !== "") this.#items.push({ type: "message", role: "assistant", content: text });
  }

  #think(text: string): void {
    if (text === "") return;
    if (!this.#traits.replaysThinking) {
      this.#hasLostThinking = true;
      return;
    }
    const content = [{ type: "reasoning_text", text }];
    this.#items.push({ type: "reasoning", id: `rs_${this.#items.length}`, summary: [], content });
  }

  #writeOutput({ parts, isError }: ToolMessage): JsonValue {
    const images = parts.filter((part) => part.type === "image");
    if (images.length > 0 && this.#traits.takesOutputImages) {
      return [...(isError ? [textPart("Error:")] : []), ...parts.map(writeOutputPart)];
    }
    this.#images.push(...images);
    const text = parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
    return isError && !/^error/i.test(text) ? `Error: ${text}` : text;
  }

  #flushImages(): void {
    if (this.#images.length === 0) return;
    const content = this.#images.map(writeOutputPart);
    this.#items.push({ type: "message", role: "user", content });
    this.#images = [];
  }

  /** Id of the call that a result belongs to; some dialects name only the tool. */
  #answer({ callId, name }: ToolMessage): string {
    if (callId !== "") {
      this.#unanswered.take({ id: callId });
      return callId;
    }
    const call = name === undefined ? undefined : this.#unanswered.take({ name });
    if (call !== undefined) return call.id;
    throw new ProxyError(
      "invalid_request",
      `messages: the result of ${name ?? "a tool"} must follow a call of it`,
    );
  }
}

function writeCall({ id, name, arguments: input }: ToolCallPart): JsonObject {
  return { type: "function_call", call_id: id, name, arguments: JSON.stringify(input) };
}
