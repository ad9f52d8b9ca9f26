import type { JsonObject } from "../conversation.ts";
import { JsonProgress } from "./json-progress.ts";

/** A block that waits until the call before it is complete. */
type WaitingBlock =
  | { readonly kind: "text" | "thinking"; text: string; signature: string }
  | WaitingCall;

interface WaitingCall extends CallStart {
  readonly kind: "call";
  json: string;
}

interface CallStart {
  /** Of the calls, not of the blocks. */
  readonly index: number;
  readonly id: string;
  readonly name: string;
}

interface OpenCall {
  readonly index: number;
  readonly progress: JsonProgress;
}

/**
 * Writes content blocks one after the other: never two open at once, their
 * indexes 0, 1, 2, … What interleaves with a call whose arguments are not
 * complete waits for it, in order.
 */
export class BlockWriter {
  #open: "text" | "thinking" | OpenCall | undefined;
  #waiting: WaitingBlock[] = [];
  readonly #waitingCalls = new Map<number, WaitingCall>();
  #begun = 0;

  text(kind: "text" | "thinking", text: string): string {
    if (text === "") return "";
    if (!this.#isHeld()) return this.#switchTo(kind) + this.#textDelta(kind, text);
    const last = this.#waiting.at(-1);
    if (last?.kind === kind) last.text += text;
    else this.#waiting.push({ kind, text, signature: "" });
    return "";
  }

  /** The signature of the thinking so far; of none at all where the backend keeps its thoughts. */
  signature(signature: string): string {
    if (signature === "") return "";
    if (this.#isHeld()) {
      const last = this.#waiting.at(-1);
      if (last?.kind === "thinking") last.signature += signature;
      else this.#waiting.push({ kind: "thinking", text: "", signature });
      return "";
    }
    // It signs thinking that is closed already: there is no place for it any more.
    if (this.#open === "text") return "";
    return this.#switchTo("thinking") + this.#signatureDelta(signature);
  }

  call(start: CallStart): string {
    if (!this.#isHeld()) return this.#beginCall(start);
    const waiting: WaitingCall = { ...start, kind: "call", json: "" };
    this.#waiting.push(waiting);
    this.#waitingCalls.set(start.index, waiting);
    return "";
  }

  callArguments(index: number, json: string): string {
    if (json === "") return "";
    if (typeof this.#open === "object" && this.#open.index === index) {
      return this.#writeArguments(this.#open, json) + this.#release();
    }
    const waiting = this.#waitingCalls.get(index);
    if (waiting !== undefined) waiting.json += json;
    return "";
  }

  /** Writes everything that waits, complete or not, and closes the last block. */
  finish(): string {
    let out = "";
    for (const block of this.#waiting) out += this.#writeWaiting(block);
    this.#waiting = [];
    return out + this.#close();
  }

  #isHeld(): boolean {
    return typeof this.#open === "object" && !this.#open.progress.isComplete;
  }

  #release(): string {
    let out = "";
    while (!this.#isHeld()) {
      const block = this.#waiting.shift();
      if (block === undefined) break;
      out += this.#writeWaiting(block);
    }
    return out;
  }

  #writeWaiting(block: WaitingBlock): string {
    if (block.kind === "call") {
      this.#waitingCalls.delete(block.index);
      const out = this.#beginCall(block);
      return typeof this.#open === "object" && block.json !== ""
        ? out + this.#writeArguments(this.#open, block.json)
        : out;
    }
    let out = this.#switchTo(block.kind);
    if (block.text !== "") out += this.#textDelta(block.kind, block.text);
    if (block.signature !== "") out += this.#signatureDelta(block.signature);
    return out;
  }

  #switchTo(kind: "text" | "thinking"): string {
    if (this.#open === kind) return "";
    const closed = this.#close();
    this.#open = kind;
    const block = kind === "text" ? { text: "" } : { thinking: "", signature: "" };
    return closed + this.#begin({ type: kind, ...block });
  }

  #beginCall({ index, id, name }: CallStart): string {
    const closed = this.#close();
    this.#open = { index, progress: new JsonProgress() };
    return closed + this.#begin({ type: "tool_use", id, name, input: {} });
  }

  #writeArguments({ progress }: OpenCall, json: string): string {
    progress.read(json);
    return this.#delta({ type: "input_json_delta", partial_json: json });
  }

  #textDelta(kind: "text" | "thinking", text: string): string {
    return this.#delta(
      kind === "text" ? { type: "text_delta", text } : { type: "thinking_delta", thinking: text },
    );
  }

  #signatureDelta(signature: string): string {
    return this.#delta({ type: "signature_delta", signature });
  }

  #begin(block: JsonObject): string {
    const index = this.#begun++;
    return toSse({ type: "content_block_start", index, content_block: block });
  }

  #delta(delta: JsonObject): string {
    return toSse({ type: "content_block_delta", index: this.#begun - 1, delta });
  }

  #close(): string {
    if (this.#open === undefined) return "";
    this.#open = undefined;
    return toSse({ type: "content_block_stop", index: this.#begun - 1 });
  }
}

/** An event, named by its type: clients refuse one without a name. */
export function toSse(data: JsonObject & { readonly type: string }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}
