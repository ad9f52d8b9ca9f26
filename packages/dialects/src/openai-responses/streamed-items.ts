import type { JsonObject } from "../conversation.ts";
import { numberIn, textIn } from "../json/lenient.ts";

/** What was given on of one output item of a streamed answer. */
export interface StreamedItem {
  readonly outputIndex: number | undefined;
  readonly id: string | undefined;
  /** Index of the call; undefined for an item that is no call, or none yet. */
  callIndex: number | undefined;
  /** Arguments that were given on, or that wait for the name of the call. */
  json: string;
  /** Whether any text was given on. */
  hasText: boolean;
  /** Whether it came whole. */
  isDone: boolean;
  /** Whether its thinking came as it is, so that a summary would repeat it. */
  hasReasoningText: boolean;
}

/**
 * Finds the item that an event is about: by its place in the output, or by its
 * id, because llama.cpp leaves the place out and other servers change the ids.
 */
export class StreamedItems {
  readonly #items: StreamedItem[] = [];

  /**
   * The item, known from now on.
   *
   * @param id of the item, from the event or the item itself
   */
  at(event: JsonObject, id: string | undefined = textIn(event, "item_id")): StreamedItem {
    const outputIndex = numberIn(event, "output_index");
    const found = this.#items.findLast((item) =>
      outputIndex === undefined ? item.id === id : item.outputIndex === outputIndex,
    );
    if (found !== undefined) return found;
    const item: StreamedItem = {
      outputIndex,
      id,
      callIndex: undefined,
      json: "",
      hasText: false,
      isDone: false,
      hasReasoningText: false,
    };
    this.#items.push(item);
    return item;
  }

  /** Whether nothing of any item was given on, in pieces or whole. */
  get areSilent(): boolean {
    return this.#items.every(
      ({ hasText, isDone, callIndex }) => !hasText && !isDone && callIndex === undefined,
    );
  }
}
