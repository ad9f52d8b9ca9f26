import { RE2JS, RE2JSException } from "re2js";

/** Characters of a text that a pattern sees; a model's name is shorter. */
const SEEN_CHARACTERS = 256;

/** Longest pattern accepted, in characters. */
const PATTERN_CHARACTERS = 1_000;

/** A regular expression whose time grows with the length of the text alone. */
export interface LinearPattern {
  /** Capturing groups. */
  readonly groups: number;
  /** Groups of the first match, the whole match first; null when there is none. */
  exec(text: string): readonly (string | undefined)[] | null;
}

/**
 * Compiles a pattern in RE2's syntax, which is the one that Olla's files are
 * written in. RE2 never backtracks: no pattern of a user can hang the process.
 *
 * @returns the pattern, or why it does not compile
 */
export function compileLinearPattern(
  source: string,
  { ignoreCase = false }: { readonly ignoreCase?: boolean } = {},
): LinearPattern | { readonly fault: string } {
  if (source.length > PATTERN_CHARACTERS) {
    return { fault: `is longer than ${PATTERN_CHARACTERS} characters` };
  }
  try {
    const compiled = RE2JS.compile(source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
    const groups = compiled.groupCount();
    return {
      groups,
      exec(text) {
        const matcher = compiled.matcher(text.slice(0, SEEN_CHARACTERS));
        if (!matcher.find()) return null;
        return Array.from({ length: groups + 1 }, (_, group) => matcher.group(group) ?? undefined);
      },
    };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return { fault: `does not compile (${error.message})` };
  }
}
