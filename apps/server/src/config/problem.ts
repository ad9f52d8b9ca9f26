/** Something wrong with the configuration, told so that it can be mended without looking anything up. */
export interface ConfigProblem {
  readonly severity: "error" | "warning";
  /** File it is in; undefined for the environment. */
  readonly file: string | undefined;
  /** From 1; undefined when no place in the file is to blame. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** `discovery.static.endpoints[2].url`, or the name of a variable; empty for the whole file. */
  readonly key: string;
  /** What is wrong and what is allowed. Never holds a secret. */
  readonly message: string;
}

/** `config.yaml:12:5: proxy.engine: "zzz" is not …`, one problem on one line. */
export function formatProblem({ file, line, column, key, message }: ConfigProblem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  return [place, key, message].filter((part) => part !== "").join(": ");
}

/** Whether a problem is told about this key, or about one above it: then more is noise. */
export function isTold(problems: readonly ConfigProblem[], key: string): boolean {
  return problems.some(
    ({ key: told }) => key === told || key.startsWith(`${told}.`) || key.startsWith(`${told}[`),
  );
}

/** Thrown when the configuration cannot be used; holds every problem, not just the first. */
export class ConfigError extends Error {
  override readonly name: string = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map((problem) => formatProblem(problem)).join("\n"));
    this.problems = problems;
  }
}
