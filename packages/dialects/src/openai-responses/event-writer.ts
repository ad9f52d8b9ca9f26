import type { JsonValue } from "../conversation.ts";

/** Numbers the events of one stream and writes them as server-sent events. */
export class EventWriter {
  #next = 0;

  /** @param fields of the event, beside `type` and `sequence_number` */
  write(type: string, fields: Readonly<Record<string, JsonValue>>): string {
    const data = JSON.stringify({ type, sequence_number: this.#next++, ...fields });
    return `event: ${type}\ndata: ${data}\n\n`;
  }
}
