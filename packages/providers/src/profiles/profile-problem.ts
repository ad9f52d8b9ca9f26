/**
 * Something wrong in a profile file.
 *
 * - `warning`: the profile is used; what the message names is not.
 * - `error`: the file is left out, the others are used.
 * - `fatal`: the profiles contradict each other; a gateway must not start with them.
 */
export interface ProfileProblem {
  readonly severity: "warning" | "error" | "fatal";
  readonly file: string;
  /** Counted from 1; undefined when the problem has no place in the text. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** Where in the profile, for example `api.paths[2]`; empty for the whole. */
  readonly path: string;
  /** For people; names the key and what is allowed there. */
  readonly message: string;
}

/** One line for a terminal or a log: `profiles/acme.yaml:4:3: warning: unknown key "api.pths"`. */
export function describeProblem(problem: ProfileProblem): string {
  const { file, line, column, severity, message } = problem;
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return `${place}: ${severity}: ${message}`;
}
