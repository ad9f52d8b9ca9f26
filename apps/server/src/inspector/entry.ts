/** What an entry says beside its body. */
export interface EntryHead {
  readonly type: "request" | "response";
  /** RFC 3339. */
  readonly ts: string;
  readonly model: string | undefined;
  /** Present where the body is not all of what went over the wire. */
  readonly truncated?: true;
}

/** One line of a file. */
export function toEntryLine(head: EntryHead, bodyJson: string): string {
  return `${JSON.stringify(head).slice(0, -1)},"body":${bodyJson}}\n`;
}

/**
 * A JSON text on one line; undefined when it is none. Not written anew, since
 * that would change large numbers.
 */
export function toJsonLine(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  // Within a string a line break would be escaped.
  return text.replaceAll(/[\r\n]+/g, " ");
}
