import type {
  AssistantMessage,
  AssistantPart,
  Conversation,
  ImagePart,
  JsonObject,
  ToolMessage,
} from "../conversation.ts";
import { withoutUndefined } from "../json/without-undefined.ts";
import { OpenCalls } from "../open-calls.ts";
import type { BackendAbilities } from "./backend-abilities.ts";
import { writeCall } from "./tool-calls.ts";
import { writeImage, writeUserContent } from "./write-content.ts";

/** Messages for a backend, and what could not be said. */
export interface WrittenMessages {
  readonly messages: readonly JsonObject[];
  readonly dropped: readonly string[];
}

/** @throws ProxyError `invalid_request` for a document the backend cannot read */
export function writeMessages(
  { system, messages }: Pick<Conversation, "system" | "messages">,
  abilities: BackendAbilities,
): WrittenMessages {
  const writer = new MessageWriter(abilities);
  const instructions = system.filter((text) => text !== "").join("\n\n");
  if (instructions !== "") writer.written.push({ role: "system", content: instructions });
  for (const message of messages) writer.write(message);
  writer.finish();
  return { messages: writer.written, dropped: [...writer.dropped] };
}

class MessageWriter {
  readonly written: JsonObject[] = [];
  readonly dropped: Set<string> = new Set();
  readonly #abilities: BackendAbilities;
  /** Of tool results, which may hold text alone: they go into the user message behind. */
  #images: ImagePart[] = [];
  /** Calls without a result so far, for results that name the tool alone. */
  readonly #openCalls = new OpenCalls();

  constructor(abilities: BackendAbilities) {
    this.#abilities = abilities;
  }

  write(message: Conversation["messages"][number]): void {
    if (message.role === "tool") {
      this.#writeResult(message);
      return;
    }
    if (message.role === "user") {
      const parts = [...this.#takeImages(), ...message.parts];
      this.written.push({ role: "user", content: writeUserContent(parts, this.#abilities) });
      return;
    }
    this.finish();
    if (message.role === "system") this.written.push({ role: "system", content: message.text });
    else this.#writeAssistant(message);
  }

  /** Nothing follows the last results for now. */
  finish(): void {
    const images = this.#takeImages();
    if (images.length > 0) this.written.push({ role: "user", content: images.map(writeImage) });
  }

  #takeImages(): readonly ImagePart[] {
    const images = this.#images;
    this.#images = [];
    return images;
  }

  #writeResult({ callId, name, parts, isError }: ToolMessage): void {
    const texts = parts.flatMap((part) => (part.type === "text" ? [part.text] : []));
    this.#images.push(...parts.filter((part) => part.type === "image"));
    const text = texts.join("\n");
    const isMarked = !isError || /^\s*error/i.test(text);
    this.written.push(
      withoutUndefined({
        role: "tool",
        tool_call_id: this.#closeCall(callId, name),
        // Not in the public API; the templates of some local models want it.
        name: this.#abilities.isHosted ? undefined : name,
        content: isMarked ? text : `Error: ${text}`,
      }),
    );
  }

  #closeCall(callId: string, name: string | undefined): string {
    const named = callId === "" && name !== undefined ? this.#openCalls.take({ name }) : undefined;
    const id = named?.id ?? callId;
    this.#openCalls.close(id);
    return id;
  }

  #writeAssistant({ parts }: AssistantMessage): void {
    const { isHosted } = this.#abilities;
    const calls = parts.filter((part) => part.type === "tool-call");
    const refusal = isHosted ? textOf(parts, "refusal") : "";
    const text = isHosted ? textOf(parts, "text") : textOf(parts, "text", "refusal");
    const thinking = this.#writeThinking(textOf(parts, "thinking"));
    for (const call of calls) this.#openCalls.add(call);
    const hasContent = text !== "" || refusal !== "" || calls.length > 0;
    // An empty message has nothing to say, and several servers refuse it.
    if (!hasContent && thinking === undefined) return;
    this.written.push(
      withoutUndefined({
        role: "assistant",
        content: text === "" && hasContent ? null : text,
        refusal: refusal === "" ? undefined : refusal,
        ...thinking,
        tool_calls: calls.length === 0 ? undefined : calls.map(writeCall),
      }),
    );
  }

  #writeThinking(text: string): JsonObject | undefined {
    if (text === "") return undefined;
    const { thinkingFields } = this.#abilities;
    if (thinkingFields.length > 0) {
      return Object.fromEntries(thinkingFields.map((field) => [field, text]));
    }
    this.dropped.add("thinking");
    return undefined;
  }
}

function textOf(
  parts: readonly AssistantPart[],
  ...types: readonly ("text" | "refusal" | "thinking")[]
): string {
  const wanted: readonly string[] = types;
  return parts
    .flatMap((part) => (part.type !== "tool-call" && wanted.includes(part.type) ? [part.text] : []))
    .join("");
}
