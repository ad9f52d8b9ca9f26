import { checkConfig } from "./check.ts";
import { clean } from "./clean.ts";
import { readOverrides, withValue, type Override } from "./environment.ts";
import type { LocatedFile } from "./locate.ts";
import { ConfigError, type ConfigProblem } from "./problem.ts";
import { configSchema, IGNORED_KEYS, type ConfigFile } from "./schema.ts";
import { formatKey, isRecord, parseYaml, type KeyPath, type YamlSource } from "./yaml-source.ts";

/** A configuration that can be used. */
export interface LoadedConfig {
  readonly config: ConfigFile;
  /** File it came from; undefined for the defaults. */
  readonly file: string | undefined;
  readonly warnings: readonly ConfigProblem[];
  /** Turns a finding about a key into a problem with its place in the file. */
  readonly problem: (
    severity: ConfigProblem["severity"],
    path: KeyPath,
    message: string,
  ) => ConfigProblem;
}

/**
 * Reads a configuration: defaults, then the file, then the environment.
 *
 * @param file undefined for the defaults alone
 * @throws ConfigError with every problem at once
 */
export function loadConfig(
  file: LocatedFile | undefined,
  env: Readonly<Record<string, string | undefined>>,
): LoadedConfig {
  const source = parseYaml(file?.text ?? "", file?.path ?? "");
  if (source.problems.length > 0) throw new ConfigError(source.problems);
  const { overrides, problems: envProblems } = readOverrides(env);
  const problem = problemMaker(source, file?.path, overrides);

  const warnings: ConfigProblem[] = [...envProblems];
  const cleaned = clean(configSchema, source.value, ({ path, meant }) => {
    if (isIgnored(path)) return;
    const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
    warnings.push(problem("warning", path, `unknown key, ignored${hint}`));
  });
  const merged = overrides.reduce(
    (value, { path, value: override }) => withValue(value, path, override),
    isRecord(cleaned) ? cleaned : {},
  );

  const parsed = configSchema.safeParse(merged);
  if (!parsed.success) {
    throw new ConfigError([
      ...parsed.error.issues.map(({ path, message }) => problem("error", path.map(toKey), message)),
      ...warnings,
    ]);
  }
  const findings = checkConfig(parsed.data).map((finding) =>
    problem(finding.severity, finding.path, finding.message),
  );
  warnings.push(...findings.filter(({ severity }) => severity === "warning"));
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new ConfigError([...errors, ...warnings]);
  return { config: parsed.data, file: file?.path, warnings, problem };
}

function toKey(key: PropertyKey): string | number {
  return typeof key === "number" ? key : String(key);
}

function problemMaker(
  source: YamlSource,
  file: string | undefined,
  overrides: readonly Override[],
): LoadedConfig["problem"] {
  return (severity, path, message) => {
    const key = formatKey(path);
    const override = overrides.find((one) => formatKey(one.path) === key);
    if (override !== undefined) {
      return {
        severity,
        file: undefined,
        line: undefined,
        column: undefined,
        key: override.variable,
        message,
      };
    }
    const place = source.place(path);
    return { severity, file, line: place?.line, column: place?.column, key, message };
  };
}

function isIgnored(path: KeyPath): boolean {
  const key = path.filter((part) => typeof part === "string").join(".");
  return IGNORED_KEYS.some((ignored) => key === ignored);
}
