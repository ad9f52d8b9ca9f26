import { readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { clean } from "./clean.ts";
import { compileLinearPattern, type LinearPattern } from "./linear-pattern.ts";
import type { ConfigProblem } from "./problem.ts";
import { groupMessage } from "./read-faulty.ts";
import { display } from "./read-value.ts";
import { modelsSchema, type ModelsFile } from "./schema-models.ts";
import { formatKey, isRecord, parseYaml, type KeyPath, type YamlSource } from "./yaml-source.ts";

/** What a `models.yaml` says, its patterns compiled. Whatever is absent keeps its built-in table. */
export interface ModelTables {
  readonly familyPatterns?: readonly {
    readonly pattern: LinearPattern;
    readonly familyGroup: number;
    readonly variantGroup: number;
  }[];
  readonly nameCapabilities?: readonly {
    readonly pattern: LinearPattern;
    readonly capabilities: readonly string[];
  }[];
  /** Every other table, as it is written. */
  readonly file: ModelsFile;
}

export interface LoadedModels {
  /** Undefined when there is no usable file. */
  readonly path: string | undefined;
  readonly tables: ModelTables | undefined;
  /** Warnings all of them: models are described without a file too. */
  readonly problems: readonly ConfigProblem[];
}

export interface ModelsPlaces {
  readonly cwd: string;
  /** The configuration file, beside which it is looked for too. */
  readonly configFile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const FOLDERS = [".", "config", "config-base", "../config", "../../config"];

/** Largest file read, in bytes. */
const MAX_BYTES = 1_048_576;

/**
 * Reads the first `models.yaml` that can be used; the others are not looked at. A
 * table with a fault is left out, so that the built-in one stays in force.
 */
export function loadModels(places: ModelsPlaces): LoadedModels {
  const problems: ConfigProblem[] = [];
  for (const path of candidates(places)) {
    const text = read(path, places.cwd);
    if (text === undefined) continue;
    if (typeof text !== "string") {
      problems.push(warning(path, `${text.fault}; it is skipped`));
      continue;
    }
    const source = parseYaml(text, path);
    if (source.problems.length > 0) {
      for (const problem of source.problems) problems.push({ ...problem, severity: "warning" });
      continue;
    }
    if (Object.keys(source.value).length === 0) {
      problems.push(warning(path, "holds nothing; it is skipped"));
      continue;
    }
    const { tables, problems: found } = readTables(source, path);
    return { path, tables, problems: [...problems, ...found] };
  }
  return { path: undefined, tables: undefined, problems };
}

function candidates({ configFile, env }: ModelsPlaces): readonly string[] {
  const folders = [...FOLDERS];
  if (configFile !== undefined) folders.push(dirname(configFile));
  const { OLLA_CONFIG_DIR: own = "" } = env;
  if (own !== "") folders.push(own);
  return [...new Set(folders.map((folder) => join(folder, "models.yaml")))];
}

function read(path: string, cwd: string): string | { readonly fault: string } | undefined {
  const place = resolve(cwd, path);
  try {
    const size = statSync(place).size;
    if (size > MAX_BYTES) return { fault: `is larger than ${MAX_BYTES} bytes` };
    return readFileSync(place, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    return { fault: `cannot be read (${String(code ?? error)})` };
  }
}

function warning(file: string, message: string): ConfigProblem {
  return { severity: "warning", file, line: undefined, column: undefined, key: "", message };
}

function readTables(
  source: YamlSource,
  file: string,
): { readonly tables: ModelTables; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const report = (path: KeyPath, message: string): void => {
    const place = source.place(path);
    const { line, column } = place ?? { line: undefined, column: undefined };
    problems.push({ severity: "warning", file, line, column, key: formatKey(path), message });
  };
  const cleaned = clean(modelsSchema, source.value, {
    written: (path) => source.written(path),
    report: ({ path, meant }) => {
      const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
      report(path, `unknown key, ignored${hint}`);
    },
  });
  const parsed = parseTables(cleaned, report);
  const familyPatterns = parsed.model_extraction.family_patterns;
  const namePatterns = parsed.capabilities.name_patterns;
  const compile = patternCompiler(report);
  const families = familyPatterns?.map((one, index) => {
    const path = ["model_extraction", "family_patterns", index];
    const pattern = compile(one.pattern, path, Math.max(one.family_group, one.variant_group));
    return { pattern, familyGroup: one.family_group, variantGroup: one.variant_group };
  });
  const names = namePatterns?.map(({ pattern, capabilities }, index) => ({
    pattern: compile(pattern, ["capabilities", "name_patterns", index], 0),
    capabilities,
  }));
  const tables: ModelTables = {
    ...(families?.every(isCompiled) === true && { familyPatterns: families }),
    ...(names?.every(isCompiled) === true && { nameCapabilities: names }),
    file: parsed,
  };
  return { tables, problems };
}

/** Leaves out each table that the schema does not allow. */
function parseTables(
  cleaned: unknown,
  report: (path: KeyPath, message: string) => void,
): ModelsFile {
  const first = modelsSchema.safeParse(cleaned, { error: groupMessage });
  if (first.success) return first.data;
  let rest = cleaned;
  for (const { path, message } of first.error.issues) {
    const keys = path.map((key) => (typeof key === "number" ? key : String(key)));
    report(keys, `${message}; the built-in table is used`);
    rest = without(rest, keys.slice(0, 2));
  }
  const second = modelsSchema.safeParse(rest);
  return second.success ? second.data : modelsSchema.parse({});
}

function without(value: unknown, [head, ...rest]: KeyPath): unknown {
  if (head === undefined || !isRecord(value)) return undefined;
  const entries = Object.entries(value).map(([key, item]): [string, unknown] =>
    key === head ? [key, rest.length === 0 ? undefined : without(item, rest)] : [key, item],
  );
  return Object.fromEntries(entries);
}

type Compile = (source: string, path: KeyPath, lastGroup: number) => LinearPattern | undefined;

function patternCompiler(report: (path: KeyPath, message: string) => void): Compile {
  return (source, path, lastGroup) => {
    const isName = path[0] === "capabilities";
    const pattern =
      source === "" ? { fault: "is empty" } : compileLinearPattern(source, { ignoreCase: isName });
    if ("fault" in pattern) {
      report(
        [...path, "pattern"],
        `${display(source)} ${pattern.fault}; the built-in table is used`,
      );
      return undefined;
    }
    if (lastGroup > pattern.groups) {
      const message = `${display(source)} has ${pattern.groups} groups, not ${lastGroup}; the built-in table is used`;
      report([...path, "pattern"], message);
      return undefined;
    }
    return pattern;
  };
}

function isCompiled<Entry extends { readonly pattern: LinearPattern | undefined }>(
  entry: Entry,
): entry is Entry & { readonly pattern: LinearPattern } {
  return entry.pattern !== undefined;
}
