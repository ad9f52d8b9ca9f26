import { isRecord } from "../json-record.ts";
import { nearestName } from "./nearest-name.ts";
import type { KeyPath } from "./profile-document.ts";
import { PROFILE_SHAPE, type ScalarKind, type Shape } from "./profile-schema.ts";

/** One deviation from the schema, before it has a place in a file. */
export interface Deviation {
  readonly path: KeyPath;
  readonly severity: "warning" | "error";
  readonly message: string;
}

/** Everything about the value that the schema of profiles does not allow. */
export function checkProfile(value: unknown): readonly Deviation[] {
  const deviations: Deviation[] = [];
  check(value, PROFILE_SHAPE, [], deviations);
  return deviations;
}

/** Written as people do: `api.paths[2]`. */
export function describePath(path: KeyPath): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .replace(/^\./, "");
}

function check(value: unknown, shape: Shape, path: KeyPath, found: Deviation[]): void {
  // A key without a value says nothing, as if it were absent.
  if (value === null || value === undefined || shape.is === "anything") return;
  switch (shape.is) {
    case "map":
      checkMap(value, shape.keys, path, found);
      return;
    case "open-map":
      checkOpenMap(value, shape.of, path, found);
      return;
    case "list":
      checkList(value, shape.of, path, found);
      return;
    case "choice":
      checkChoice(value, shape, path, found);
      return;
    case "scalar":
      if (!scalars[shape.of].allows(value)) refuse(path, scalars[shape.of].wanted, found);
  }
}

interface ScalarRule {
  readonly wanted: string;
  readonly allows: (value: unknown) => boolean;
}

const isPath = (value: unknown): boolean =>
  typeof value === "string" && value !== "" && !value.includes("://") && !/\s/.test(value);

const scalars: Readonly<Record<ScalarKind, ScalarRule>> = {
  // YAML reads an unquoted `1.0` as a number; a profile may still use it as a text.
  text: { wanted: "a text", allows: (value) => typeof value !== "object" },
  flag: { wanted: "true or false", allows: (value) => toFlag(value) !== undefined },
  number: {
    wanted: "a number, 0 or more",
    allows: (value) => typeof value === "number" && value >= 0,
  },
  duration: {
    wanted: "a duration such as 90s or 5m",
    allows: (value) =>
      typeof value === "string" && /^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(value),
  },
  path: { wanted: "a path such as /v1/models", allows: isPath },
  "path-or-none": { wanted: "a path such as /v1/rerank, or none", allows: isPath },
  port: {
    wanted: "a port from 1 to 65535",
    allows: (value) =>
      typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65_535,
  },
};

/** YAML 1.1 spellings of a truth value are accepted beside `true` and `false`. */
export function toFlag(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string") return undefined;
  const lower = value.toLowerCase();
  if (lower === "yes" || lower === "on") return true;
  return lower === "no" || lower === "off" ? false : undefined;
}

function checkMap(
  value: unknown,
  keys: Readonly<Record<string, Shape>>,
  path: KeyPath,
  found: Deviation[],
): void {
  if (!isRecord(value)) {
    refuse(path, `a map of ${listNames(Object.keys(keys))}`, found);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    const shape = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (shape === undefined) warnUnknown([...path, key], Object.keys(keys), found);
    else check(inner, shape, [...path, key], found);
  }
}

function checkOpenMap(value: unknown, of: Shape, path: KeyPath, found: Deviation[]): void {
  if (!isRecord(value)) {
    refuse(path, "a map", found);
    return;
  }
  for (const [key, inner] of Object.entries(value)) check(inner, of, [...path, key], found);
}

function checkList(value: unknown, of: Shape, path: KeyPath, found: Deviation[]): void {
  if (!Array.isArray(value)) {
    refuse(path, "a list", found);
    return;
  }
  for (const [index, inner] of value.entries()) check(inner, of, [...path, index], found);
}

function checkChoice(
  value: unknown,
  shape: Extract<Shape, { readonly is: "choice" }>,
  path: KeyPath,
  found: Deviation[],
): void {
  if (typeof value === "string" && shape.values.includes(value)) return;
  const allowed = `one of ${listNames(shape.values)}`;
  if (shape.otherwise === undefined || typeof value !== "string") {
    refuse(path, shape.values.length === 1 ? `${shape.values[0]}` : allowed, found);
    return;
  }
  const meant = nearestName(value, shape.values);
  const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
  found.push({
    path,
    severity: "warning",
    message: `"${describePath(path)}" is "${value}" and must be ${allowed}; "${shape.otherwise}" is used${hint}`,
  });
}

function warnUnknown(path: KeyPath, known: readonly string[], found: Deviation[]): void {
  const key = String(path.at(-1));
  const meant = nearestName(key, known);
  const hint =
    meant === undefined ? `; known here: ${listNames(known)}` : `; did you mean "${meant}"?`;
  found.push({ path, severity: "warning", message: `unknown key "${describePath(path)}"${hint}` });
}

function refuse(path: KeyPath, wanted: string, found: Deviation[]): void {
  const subject = path.length === 0 ? "a profile" : `"${describePath(path)}"`;
  found.push({ path, severity: "error", message: `${subject} must be ${wanted}` });
}

function listNames(names: readonly string[]): string {
  return names.toSorted().join(", ");
}
