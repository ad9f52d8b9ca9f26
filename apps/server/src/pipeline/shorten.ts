/** Longest part of a client's text that is kept, in characters. */
const LONGEST_TEXT = 256;

/** A copy where it is cut: a part of a text would keep the whole of it in memory. */
export function shorten(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  return `${Buffer.from(text.slice(0, LONGEST_TEXT)).toString()}…`;
}

export function shortened(text: string | undefined): string | undefined {
  return text === undefined ? undefined : shorten(text);
}
