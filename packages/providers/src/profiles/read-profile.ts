import { isRecord, type JsonRecord } from "../json-record.ts";
import { checkProfile, describePath } from "./check-profile.ts";
import { type KeyPath, readYaml, type TextPosition } from "./profile-document.ts";
import type { ProfileProblem } from "./profile-problem.ts";

/** A profile file after its own text was checked, before anything is merged into it. */
export interface ProfileSource {
  readonly file: string;
  /** Undefined when the file cannot be used. */
  readonly document: NamedDocument | undefined;
  readonly problems: readonly ProfileProblem[];
  /** A problem at a key of this file. */
  problemAt(path: KeyPath, severity: ProfileProblem["severity"], message: string): ProfileProblem;
}

/** A checked document with the two keys that decide what it is merged into. */
export interface NamedDocument {
  readonly name: string;
  readonly extends: string | undefined;
  readonly data: JsonRecord;
}

/** Prefixes and names of the gateway's own routes and words. */
const RESERVED_NAMES: ReadonlySet<string> = new Set(["auto"]);
const RESERVED_PREFIXES: ReadonlySet<string> = new Set(["anthropic", "models", "proxy"]);

/**
 * Reads and checks one profile.
 *
 * @param source YAML text, or a value that was read from somewhere else
 * @param file name for the problems
 */
export function readProfile(source: unknown, file: string): ProfileSource {
  const yaml = typeof source === "string" ? readYaml(source) : undefined;
  const problems: ProfileProblem[] = (yaml?.syntaxErrors ?? []).map(({ message, position }) => ({
    severity: "error",
    file,
    ...position,
    path: "",
    message,
  }));
  const problemAt: ProfileSource["problemAt"] = (path, severity, message) => {
    const position: Partial<TextPosition> = yaml?.locate(path) ?? {};
    const { line, column } = position;
    return { severity, file, line, column, path: describePath(path), message };
  };
  if (problems.length > 0) return { file, document: undefined, problems, problemAt };

  const value = yaml === undefined ? source : yaml.value;
  for (const { path, severity, message } of checkProfile(value ?? "")) {
    problems.push(problemAt(path, severity, message));
  }
  const document = isRecord(value) ? toNamed(value, problems, problemAt) : undefined;
  const usable = problems.every(({ severity }) => severity === "warning");
  return { file, document: usable ? document : undefined, problems, problemAt };
}

function toNamed(
  data: JsonRecord,
  problems: ProfileProblem[],
  problemAt: ProfileSource["problemAt"],
): NamedDocument | undefined {
  const { name: nameValue, extends: base } = data;
  const name = isScalarText(nameValue) ? String(nameValue).trim() : "";
  if (name === "") {
    problems.push(problemAt(["name"], "error", 'a profile needs a "name"'));
  } else if (!/^[\w.-]+$/.test(name) || RESERVED_NAMES.has(name.toLowerCase())) {
    const message = `"name" must be letters, digits, ".", "_" and "-", and not ${[...RESERVED_NAMES].join(", ")}`;
    problems.push(problemAt(["name"], "error", message));
  }
  checkPrefixes(data, problems, problemAt);
  return { name, extends: isScalarText(base) ? String(base).trim() : undefined, data };
}

function checkPrefixes(
  { routing }: JsonRecord,
  problems: ProfileProblem[],
  problemAt: ProfileSource["problemAt"],
): void {
  if (!isRecord(routing) || !Array.isArray(routing["prefixes"])) return;
  for (const [index, prefix] of routing["prefixes"].entries()) {
    const text = String(prefix).trim().toLowerCase();
    if (/^[\w.-]+$/.test(text) && !RESERVED_PREFIXES.has(text)) continue;
    const message = `prefix "${prefix}" must be letters, digits, ".", "_" and "-", and not ${[...RESERVED_PREFIXES].join(", ")}`;
    problems.push(problemAt(["routing", "prefixes", index], "error", message));
  }
}

function isScalarText(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}
