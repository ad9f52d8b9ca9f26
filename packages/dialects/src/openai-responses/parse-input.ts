import type { AssistantPart, Message, ThinkingPart } from "../conversation.ts";
import type { Fields } from "../json/fields.ts";
import { parseArguments } from "../json/tool-arguments.ts";
import {
  parseAssistantContent,
  parseInstructions,
  parseToolOutput,
  parseUserContent,
} from "./parse-content.ts";

/** What `instructions` and `input` hold. */
export interface ParsedInput {
  /** The instructions and the system messages before the first other item. */
  readonly system: readonly string[];
  readonly messages: readonly Message[];
}

/** Reads `instructions` and `input`, a text or a list of items. */
export function parseInput(fields: Fields): ParsedInput {
  const reader = new InputReader();
  const instructions = fields.optionalText("instructions");
  if (instructions !== undefined && instructions !== "") reader.system.push(instructions);
  const input = fields.value("input");
  if (typeof input === "string") {
    reader.messages.push({ role: "user", parts: [{ type: "text", text: input }] });
    return reader;
  }
  if (input === undefined) fields.refuse("input", "is required");
  const items = fields.objects("input");
  if (items.length === 0) fields.refuse("input", "must have at least one item");
  for (const item of items) reader.read(item);
  return reader;
}

interface AssistantTurn {
  readonly parts: AssistantPart[];
  hasText: boolean;
  hasCall: boolean;
}

/** Gathers items into messages: what an assistant said in one turn is one message. */
class InputReader implements ParsedInput {
  readonly system: string[] = [];
  readonly messages: Message[] = [];
  /** The last message while it is the assistant's. */
  #turn: AssistantTurn | undefined;
  readonly #toolNames = new Map<string, string>();

  read(item: Fields): void {
    switch (item.optionalText("type") ?? "message") {
      case "message":
        this.#readMessage(item);
        return;
      case "function_call":
        this.#readCall(item);
        return;
      case "function_call_output":
        this.#readOutput(item);
        return;
      case "reasoning":
        this.#readReasoning(item);
        return;
      case "item_reference":
        item.refuse("type", "refers to a stored item, and none are kept here; send the item");
        return;
      default:
        item.refuse("type", "must be message, function_call, function_call_output or reasoning");
    }
  }

  #readMessage(item: Fields): void {
    const role = item.optionalChoice("role", ["user", "assistant", "system", "developer"]);
    switch (role) {
      case "user":
        this.#add({ role, parts: parseUserContent(item) });
        return;
      case "assistant":
        this.#say(parseAssistantContent(item));
        return;
      case "system":
      case "developer":
        this.#instruct(parseInstructions(item));
        return;
      case undefined:
        item.refuse("role", "is required");
    }
  }

  #readCall(item: Fields): void {
    const id = item.requiredName("call_id");
    const name = item.requiredName("name");
    const input =
      parseArguments(item.requiredText("arguments")) ??
      item.refuse("arguments", "must be the JSON text of an object");
    this.#toolNames.set(id, name);
    const turn = this.#openTurn();
    turn.parts.push({ type: "tool-call", id, name, arguments: input });
    turn.hasCall = true;
  }

  #readOutput(item: Fields): void {
    const callId = item.optionalText("call_id") ?? "";
    const name = item.optionalText("name") ?? this.#toolNames.get(callId);
    if (callId === "" && name === undefined) item.refuse("call_id", "is required");
    this.#add({ role: "tool", callId, name, parts: parseToolOutput(item), isError: false });
  }

  #readReasoning(item: Fields): void {
    const thinking = parseReasoning(item);
    if (thinking !== undefined) this.#say([thinking]);
  }

  #instruct(text: string): void {
    if (text === "") return;
    if (this.messages.length === 0) this.system.push(text);
    else this.#add({ role: "system", text });
  }

  #say(parts: readonly AssistantPart[]): void {
    if (parts.length === 0) return;
    // Two texts in a row were two answers, unless a call binds them to one turn.
    if (this.#turn?.hasText === true && !this.#turn.hasCall) this.#turn = undefined;
    const turn = this.#openTurn();
    turn.parts.push(...parts);
    turn.hasText ||= parts.some(({ type }) => type === "text" || type === "refusal");
  }

  #openTurn(): AssistantTurn {
    if (this.#turn !== undefined) return this.#turn;
    const turn: AssistantTurn = { parts: [], hasText: false, hasCall: false };
    this.#add({ role: "assistant", parts: turn.parts });
    this.#turn = turn;
    return turn;
  }

  #add(message: Message): void {
    this.#turn = undefined;
    this.messages.push(message);
  }
}

/** The thinking of a reasoning item, its summary where it holds no more; undefined when it is empty. */
function parseReasoning(item: Fields): ThinkingPart | undefined {
  const texts = item.objects("content").map((part) => part.requiredText("text"));
  const summary = item.objects("summary").map((part) => part.requiredText("text"));
  const text = texts.length > 0 ? texts.join("") : summary.join("\n\n");
  const signature = item.optionalText("encrypted_content");
  if (text === "" && (signature ?? "") === "") return undefined;
  return { type: "thinking", text, signature: signature === "" ? undefined : signature };
}
