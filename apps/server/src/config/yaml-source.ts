import { isMap, isNode, isScalar, LineCounter, parseAllDocuments, type Document } from "yaml";

import type { ConfigProblem } from "./problem.ts";

/** A path into the document: keys and list positions. */
export type KeyPath = readonly (string | number)[];

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A parsed file and the places of its keys. */
export interface YamlSource {
  readonly value: Readonly<Record<string, unknown>>;
  readonly problems: readonly ConfigProblem[];
  /** Where a key is written, or the nearest key above it. */
  place(path: KeyPath): Place | undefined;
}

/** `discovery.static.endpoints[0].url` */
export function formatKey(path: KeyPath): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");
}

/** Parses the first document of a YAML (or JSON) text. Never throws: faults become problems. */
export function parseYaml(text: string, file: string): YamlSource {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    merge: true,
    prettyErrors: false,
  });
  const document = "empty" in documents ? undefined : documents[0];
  if (document === undefined) return { value: {}, problems: [], place: () => undefined };

  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const fault = (offset: number, message: string): ConfigProblem => ({
    severity: "error",
    file,
    ...at(offset),
    key: "",
    message,
  });

  const problems = document.errors.map((error) => fault(error.pos[0], error.message));
  if (problems.length > 0) return { value: {}, problems, place: () => undefined };
  const value: unknown = document.toJS();
  if (value === null || value === undefined)
    return { value: {}, problems: [], place: () => undefined };
  if (!isRecord(value)) {
    const message =
      "the file must hold keys and values, such as `server:`, not a list or a single value";
    return { value: {}, problems: [fault(0, message)], place: () => undefined };
  }
  return {
    value,
    problems: [],
    place: (path) => {
      const offset = offsetOf(document, path);
      return offset === undefined ? undefined : at(offset);
    },
  };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function offsetOf(document: Document, path: KeyPath): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const key = path[length - 1];
    const parent: unknown = document.getIn(path.slice(0, length - 1), true);
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0];
    }
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}
