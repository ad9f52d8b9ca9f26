import { ProxyError } from "@olla-ts/core";

import type { ToolCallPart, ToolMessage } from "../conversation.ts";

/** Anthropic takes letters, digits, `_` and `-` in the id of a call. */
const FOREIGN_CHARACTER = /[^\w-]/g;

/** Gives calls and their results ids that Anthropic takes and that belong together. */
export class ToolUseIds {
  readonly #unanswered: { readonly id: string; readonly name: string }[] = [];
  #made = 0;

  ofCall({ id, name }: ToolCallPart): string {
    const written = id === "" ? `call_${this.#made++}` : clean(id);
    this.#unanswered.push({ id: written, name });
    return written;
  }

  /**
   * A result without an id answers the first open call of its tool.
   *
   * @throws ProxyError `invalid_request` when there is no such call
   */
  ofResult({ callId, name }: ToolMessage): string {
    const id = callId === "" ? undefined : clean(callId);
    const found = this.#unanswered.findIndex((call) =>
      id === undefined ? name === undefined || call.name === name : call.id === id,
    );
    const [call] = found === -1 ? [] : this.#unanswered.splice(found, 1);
    if (id !== undefined) return id;
    if (call !== undefined) return call.id;
    throw new ProxyError("invalid_request", "messages: a tool result answers no tool call");
  }
}

function clean(id: string): string {
  return id.replaceAll(FOREIGN_CHARACTER, "_");
}
