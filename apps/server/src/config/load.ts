import { readBootstrapVariables } from "./bootstrap-variables.ts";
import { checkConfig } from "./check.ts";
import { clean, type UnknownKey } from "./clean.ts";
import { readOverrides, withValue, type Override } from "./environment.ts";
import { keyNamed } from "./key-list.ts";
import type { LocatedFile } from "./locate.ts";
import type { Origin } from "./origin.ts";
import { ConfigError, isTold, type ConfigProblem } from "./problem.ts";
import { readFaulty } from "./read-faulty.ts";
import { configSchema, INERT_KEYS, type ConfigFile } from "./schema.ts";
import { formatKey, isRecord, parseYaml, type KeyPath, type YamlSource } from "./yaml-source.ts";

/** A configuration as far as it can be read. */
export interface LoadedConfig {
  /** Keys with errors hold their defaults. */
  readonly config: ConfigFile;
  /** File it came from; undefined for the defaults. */
  readonly file: string | undefined;
  /** Variables of the environment that took the place of keys. */
  readonly overrides: readonly string[];
  /** What prevents a start. They are not thrown yet, since endpoints are still to be checked. */
  readonly errors: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  /** Where the value of a key comes from. */
  readonly originOf: (path: KeyPath) => Origin;
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
 * @throws ConfigError when the file is not YAML, or not keys with values
 */
export function loadConfig(
  file: LocatedFile | undefined,
  env: Readonly<Record<string, string | undefined>>,
): LoadedConfig {
  const source = parseYaml(file?.text ?? "", file?.path ?? "");
  if (source.problems.length > 0) throw new ConfigError(source.problems);
  const { overrides, problems: envProblems } = readOverrides(env);
  const problem = problemMaker(source, file?.path, overrides);

  const warnings: ConfigProblem[] = [...envProblems, ...readBootstrapVariables(env).problems];
  if (source.secondDocument !== undefined) {
    const place = { file: file?.path, ...source.secondDocument };
    const message = "only the first document of the file is read, what is below --- is not";
    warnings.push({ severity: "warning", ...place, key: "", message });
  }
  const cleaned = clean(configSchema, source.value, {
    written: (path) => source.written(path),
    report(unknown) {
      const { path, message } = describeUnknown(unknown);
      warnings.push(problem("warning", path, message));
    },
  });
  const merged = overrides.reduce(
    (value, { path, value: override }) => withValue(value, path, override),
    isRecord(cleaned) ? cleaned : {},
  );

  const { config, faults } = readFaulty(merged);
  const errors = faults.map(({ path, message }) => problem("error", path, message));
  if (config === undefined) throw new ConfigError([...errors, ...warnings]);
  const findings = checkConfig(config)
    .map(({ severity, path, message }) => problem(severity, path, message))
    .filter(({ key }) => !isTold(errors, key));
  return {
    config,
    file: file?.path,
    overrides: overrides.map(({ variable }) => variable),
    errors: [...errors, ...findings.filter(({ severity }) => severity === "error")],
    warnings: [...warnings, ...findings.filter(({ severity }) => severity === "warning")],
    problem,
    originOf: originReader(source, file?.path, overrides),
  };
}

function originReader(
  source: YamlSource,
  file: string | undefined,
  overrides: readonly Override[],
): LoadedConfig["originOf"] {
  return (path) => {
    const override = overrides.find((one) => formatKey(one.path) === formatKey(path));
    if (override !== undefined) return { kind: "environment", variable: override.variable };
    const line = file === undefined ? undefined : source.lineOf(path);
    return file === undefined || line === undefined
      ? { kind: "default" }
      : { kind: "file", file, line };
  };
}

function describeUnknown({ path, meant }: UnknownKey): { path: KeyPath; message: string } {
  const inert = INERT_KEYS.get(path.join("."));
  if (inert !== undefined) return { path, message: `has no effect: ${inert}` };
  if (meant !== undefined)
    return { path, message: `unknown key, ignored; did you mean "${meant}"?` };
  // A secret whose key was forgotten looks like a key.
  if (path.at(-2) === "auth") return { path: path.slice(0, -1), message: "unknown key, ignored" };
  const elsewhere = keyNamed(String(path.at(-1)));
  if (elsewhere !== undefined)
    return { path, message: `unknown key, ignored; did you mean "${elsewhere}"?` };
  return { path, message: "unknown key, ignored" };
}

function problemMaker(
  source: YamlSource,
  file: string | undefined,
  overrides: readonly Override[],
): LoadedConfig["problem"] {
  return (severity, path, message) => {
    const override = overrides.find((one) => one.path.every((part, index) => part === path[index]));
    if (override !== undefined) {
      const nowhere = { file: undefined, line: undefined, column: undefined };
      return { severity, ...nowhere, key: override.variable, message };
    }
    const place = source.place(path);
    return {
      severity,
      file,
      line: place?.line,
      column: place?.column,
      key: formatKey(path),
      message,
    };
  };
}
