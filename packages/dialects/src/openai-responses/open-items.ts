import type { JsonObject, JsonValue } from "../conversation.ts";
import type { EventWriter } from "./event-writer.ts";
import {
  callItem,
  contentPart,
  messageItem,
  reasoningItem,
  reasoningPart,
  type ContentType,
  type ItemStatus,
} from "./output-items.ts";

/** Where an output item is, and how its events are written. */
export interface ItemPlace {
  /** `msg_…`, `rs_…` or `fc_…` */
  readonly id: string;
  /** Place in the output, from 0. */
  readonly index: number;
  readonly events: EventWriter;
}

/** An output item that is being written; each call gives the events it makes. */
export interface OpenItem {
  /** The item as far as it is. */
  toItem(): JsonObject;
  /** Ends the item; further calls do nothing. */
  close(status: ItemStatus): string;
}

interface MessagePart {
  readonly type: ContentType;
  text: string;
  readonly logprobs: JsonValue[];
}

/** What the assistant says: texts and refusals. */
export class OpenMessage implements OpenItem {
  readonly #place: ItemPlace;
  readonly #parts: MessagePart[] = [];
  #status: ItemStatus = "in_progress";

  constructor(place: ItemPlace) {
    this.#place = place;
  }

  open(): string {
    return added(this.#place, this.toItem());
  }

  add(type: ContentType, text: string, logprobs: readonly JsonValue[]): string {
    let part = this.#parts.at(-1);
    let opening = "";
    if (part?.type !== type) {
      opening = this.#closePart();
      part = { type, text: "", logprobs: [] };
      this.#parts.push(part);
      opening += this.#write("content_part.added", { part: contentPart(type, "", []) });
    }
    part.text += text;
    part.logprobs.push(...logprobs);
    const delta = type === "refusal" ? { delta: text } : { delta: text, logprobs };
    return opening + this.#write(`${type}.delta`, delta);
  }

  toItem(): JsonObject {
    const content = this.#parts.map(({ type, text, logprobs }) =>
      contentPart(type, text, logprobs),
    );
    return messageItem(this.#place.id, this.#status, content);
  }

  close(status: ItemStatus): string {
    if (this.#status !== "in_progress") return "";
    const closing = this.#closePart();
    this.#status = status;
    return closing + done(this.#place, this.toItem());
  }

  #closePart(): string {
    const part = this.#parts.at(-1);
    if (part === undefined) return "";
    const { type, text, logprobs } = part;
    const whole = type === "refusal" ? { refusal: text } : { text, logprobs };
    return (
      this.#write(`${type}.done`, whole) +
      this.#write("content_part.done", { part: contentPart(type, text, logprobs) })
    );
  }

  #write(name: string, fields: JsonObject): string {
    return writeInside(this.#place, name, { content_index: this.#parts.length - 1, ...fields });
  }
}

/** What the model thinks. */
export class OpenReasoning implements OpenItem {
  /** Lets a client send the thinking back; may also come after the end. */
  signature: string | undefined;
  readonly #place: ItemPlace;
  #text = "";
  #status: ItemStatus = "in_progress";

  constructor(place: ItemPlace) {
    this.#place = place;
  }

  open(): string {
    return added(this.#place, this.toItem());
  }

  add(text: string): string {
    const opening =
      this.#text === "" ? this.#write("content_part.added", { part: reasoningPart("") }) : "";
    this.#text += text;
    return opening + this.#write("reasoning_text.delta", { delta: text });
  }

  toItem(): JsonObject {
    return reasoningItem(this.#place.id, this.#status, this.#text, this.signature);
  }

  close(status: ItemStatus): string {
    if (this.#status !== "in_progress") return "";
    this.#status = status;
    const text = this.#text;
    const closing =
      text === ""
        ? ""
        : this.#write("reasoning_text.done", { text }) +
          this.#write("content_part.done", { part: reasoningPart(text) });
    return closing + done(this.#place, this.toItem());
  }

  #write(name: string, fields: JsonObject): string {
    return writeInside(this.#place, name, { content_index: 0, ...fields });
  }
}

/** A call of a function. */
export class OpenCall implements OpenItem {
  readonly #place: ItemPlace;
  readonly #callId: string;
  readonly #name: string;
  #json = "";
  #status: ItemStatus = "in_progress";

  constructor(place: ItemPlace, callId: string, name: string) {
    this.#place = place;
    this.#callId = callId;
    this.#name = name;
  }

  open(): string {
    return added(this.#place, this.toItem());
  }

  add(json: string): string {
    if (json === "") return "";
    this.#json += json;
    return writeInside(this.#place, "function_call_arguments.delta", { delta: json });
  }

  toItem(): JsonObject {
    const call = { callId: this.#callId, name: this.#name, json: this.#json };
    return callItem(this.#place.id, this.#status, call);
  }

  close(status: ItemStatus): string {
    if (this.#status !== "in_progress") return "";
    // A call without arguments has those of an empty object, unless it was cut short.
    const closing = this.#json === "" && status === "completed" ? this.add("{}") : "";
    this.#status = status;
    return (
      closing +
      writeInside(this.#place, "function_call_arguments.done", {
        name: this.#name,
        arguments: this.#json,
      }) +
      done(this.#place, this.toItem())
    );
  }
}

function added({ index, events }: ItemPlace, item: JsonObject): string {
  return events.write("response.output_item.added", { output_index: index, item });
}

function done({ index, events }: ItemPlace, item: JsonObject): string {
  return events.write("response.output_item.done", { output_index: index, item });
}

function writeInside({ id, index, events }: ItemPlace, name: string, fields: JsonObject): string {
  return events.write(`response.${name}`, { item_id: id, output_index: index, ...fields });
}
