import { keyOf, keysOf, OpenCalls, type OpenCall, type WantedCall } from "../open-calls.ts";

/** The call that a result belongs to, as far as it is known. */
export interface AnsweredCall {
  /** Empty when no call fits. */
  readonly id: string;
  readonly name: string | undefined;
}

/**
 * Finds the call that a tool's result answers. Ollama's messages may name the
 * tool alone, or nothing at all; the other dialects need the id.
 */
export class PendingCalls {
  /** Turns with calls that fit a question, by the question's key; the latest turn is last. */
  readonly #turns = new Map<string, OpenCalls[]>();
  #turn = new OpenCalls();
  #made = 0;

  /** Begins the calls of one assistant message. */
  beginTurn(): void {
    this.#turn = new OpenCalls();
  }

  /**
   * Adds a call to the turn that began last.
   *
   * @param id where the client states one; else one is made, the same for the same conversation,
   *   so that a backend's prompt cache stays valid from turn to turn
   */
  add(name: string, id: string | undefined): string {
    const known = id ?? `call_olla_${(this.#made += 1)}`;
    const call = { id: known, name };
    this.#turn.add(call);
    for (const key of keysOf(call)) {
      const turns = this.#turns.get(key);
      if (turns === undefined) this.#turns.set(key, [this.#turn]);
      else if (turns.at(-1) !== this.#turn) turns.push(this.#turn);
    }
    return known;
  }

  /** Takes a result: by the call's id, else by the tool's name, else the next one that is due. */
  answer(id: string | undefined, name: string | undefined): AnsweredCall {
    const call = this.#take(id === undefined ? { name } : { id });
    return { id: id ?? call?.id ?? "", name: name ?? call?.name };
  }

  /** Results follow the order of the calls, so within the latest turn the first one is due. */
  #take(wanted: WantedCall): OpenCall | undefined {
    const turns = this.#turns.get(keyOf(wanted)) ?? [];
    while (turns.at(-1)?.has(wanted) === false) turns.pop();
    return turns.at(-1)?.take(wanted);
  }
}
