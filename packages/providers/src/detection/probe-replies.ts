import { isRecord, type JsonRecord, recordsAt, textAt } from "../json-record.ts";

/** An HTTP answer to a probe. */
export interface ProbeReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/** The answers to all probes of one server, for the fingerprints to ask. */
export class ProbeReplies {
  readonly #replies: ReadonlyMap<string, ProbeReply>;

  /** @param replies path → answer; paths that gave none are absent */
  constructor(replies: ReadonlyMap<string, ProbeReply>) {
    this.#replies = replies;
  }

  /** Text of a 2xx answer, else empty. */
  text(path: string): string {
    const reply = this.#replies.get(path);
    return reply !== undefined && reply.status >= 200 && reply.status < 300 ? reply.text : "";
  }

  /**
   * JSON object of a 2xx answer, else empty. One with `error` counts as refused:
   * LM Studio answers unknown paths so, with status 200.
   */
  object(path: string): JsonRecord {
    const value = this.json(path);
    return isRecord(value) && !("error" in value) ? value : {};
  }

  /** Any JSON of a 2xx answer, else undefined. */
  json(path: string): unknown {
    try {
      return JSON.parse(this.text(path)) as unknown;
    } catch {
      return undefined;
    }
  }

  /** Whether the 2xx answer is an object with a list of this name. */
  hasList(path: string, key: string): boolean {
    return Array.isArray(this.object(path)[key]);
  }

  /** Whether an entry of a list has all of these fields. */
  hasEntryWith(path: string, list: string, ...fields: readonly string[]): boolean {
    return recordsAt(this.object(path), list).some((entry) =>
      fields.every((field) => field in entry),
    );
  }

  /** Whether the OpenAI model list names this owner for some model. */
  isOwnedBy(owner: string): boolean {
    return recordsAt(this.object("/v1/models"), "data").some(
      (entry) => textAt(entry, "owned_by") === owner,
    );
  }

  /** Whether some answer, of whatever status, has a field for which this holds. */
  hasHeader(holds: (lowerName: string, value: string) => boolean): boolean {
    return [...this.#replies.values()].some(({ headers }) =>
      Object.entries(headers).some(([name, value]) => holds(name.toLowerCase(), String(value))),
    );
  }
}
