/** A tool call and whether its result was seen. */
interface PendingCall {
  readonly id: string;
  readonly name: string;
  isAnswered: boolean;
}

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
  /** Calls of each assistant message, in order. */
  readonly #turns: PendingCall[][] = [];
  #made = 0;

  /** Begins the calls of one assistant message. */
  beginTurn(): void {
    this.#turns.push([]);
  }

  /**
   * Adds a call to the turn that began last.
   *
   * @param id where the client states one; else one is made, the same for the same conversation,
   *   so that a backend's prompt cache stays valid from turn to turn
   */
  add(name: string, id: string | undefined): string {
    const known = id ?? `call_olla_${(this.#made += 1)}`;
    this.#turns.at(-1)?.push({ id: known, name, isAnswered: false });
    return known;
  }

  /** Takes a result: by the call's id, else by the tool's name, else the next one that is due. */
  answer(id: string | undefined, name: string | undefined): AnsweredCall {
    const call = this.#find(id, name);
    if (call !== undefined) call.isAnswered = true;
    return { id: id ?? call?.id ?? "", name: name ?? call?.name };
  }

  /** Results follow the order of the calls, so within the latest turn the first one is due. */
  #find(id: string | undefined, name: string | undefined): PendingCall | undefined {
    const fits = (call: PendingCall): boolean => {
      if (call.isAnswered) return false;
      return id === undefined ? name === undefined || call.name === name : call.id === id;
    };
    return this.#turns.findLast((turn) => turn.some(fits))?.find(fits);
  }
}
