/** A tool call, as far as its result has to know it. */
export interface OpenCall {
  readonly id: string;
  readonly name: string;
}

/** By the id where there is one, else by the tool's name, else any call. */
export interface WantedCall {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}

interface Entry {
  readonly call: OpenCall;
  isOpen: boolean;
}

/** Entries in order; those before `next` are closed. */
interface Queue {
  readonly entries: Entry[];
  next: number;
}

/**
 * Tool calls that wait for their results, first come first served. A question takes
 * the same time however many wait: a client can send as many as fit its body.
 */
export class OpenCalls {
  readonly #queues = new Map<string, Queue>();

  add(call: OpenCall): void {
    const entry = { call, isOpen: true };
    for (const key of keysOf(call)) {
      const queue = this.#queues.get(key);
      if (queue === undefined) this.#queues.set(key, { entries: [entry], next: 0 });
      else queue.entries.push(entry);
    }
  }

  /** Whether any that fits waits. */
  has(wanted: WantedCall): boolean {
    return this.#first(keyOf(wanted)) !== undefined;
  }

  /** Closes the first that fits; undefined when none does. */
  take(wanted: WantedCall): OpenCall | undefined {
    const entry = this.#first(keyOf(wanted));
    if (entry === undefined) return undefined;
    entry.isOpen = false;
    return entry.call;
  }

  /** Closes every call with the id. */
  close(id: string): void {
    let closed = this.take({ id });
    while (closed !== undefined) closed = this.take({ id });
  }

  #first(key: string): Entry | undefined {
    const queue = this.#queues.get(key);
    if (queue === undefined) return undefined;
    while (queue.entries[queue.next]?.isOpen === false) queue.next += 1;
    return queue.entries[queue.next];
  }
}

/** What the call may be asked for by. */
export function keysOf({ id, name }: OpenCall): readonly string[] {
  return [keyOf({ id }), keyOf({ name }), keyOf({})];
}

/** Equal for questions that the same calls fit. */
export function keyOf({ id, name }: WantedCall): string {
  if (id !== undefined) return `id:${id}`;
  return name === undefined ? "any" : `name:${name}`;
}
