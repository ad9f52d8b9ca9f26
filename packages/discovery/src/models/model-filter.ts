import { matchesGlob, type ModelFilter } from "@olla-ts/core";

/** Whether a model name, in the backend's spelling, is used. */
export type ModelNameTest = (name: string) => boolean;

/**
 * Turns a filter into a test. `*` stands for any text, `?` for one character;
 * letter case does not count; `exclude` beats `include`, and an empty `include`
 * admits every name.
 *
 * @throws RangeError naming the pattern that is blank or holds `**`
 */
export function compileModelFilter({ include, exclude }: ModelFilter): ModelNameTest {
  const admitted = include.map((pattern) => toGlob(pattern));
  const refused = exclude.map((pattern) => toGlob(pattern));
  return (name) => {
    const text = name.toLowerCase();
    if (refused.some((glob) => matchesGlob(glob, text))) return false;
    return admitted.length === 0 || admitted.some((glob) => matchesGlob(glob, text));
  };
}

function toGlob(pattern: string): string {
  const glob = pattern.trim().toLowerCase();
  if (glob === "") throw new RangeError("model filter pattern must not be blank");
  if (glob.includes("**")) {
    throw new RangeError(`model filter pattern "${pattern}" must not contain "**"; "*" is enough`);
  }
  return glob;
}
