import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseAllDocuments,
  visit,
  type Document,
} from "yaml";

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
  /** Where a second document of the file begins, which is not read. */
  readonly secondDocument: Place | undefined;
  /** Where a key is written, or the nearest key above it. */
  place(path: KeyPath): Place | undefined;
  /** Line on which a value is given to that very key; undefined where none is. */
  lineOf(path: KeyPath): number | undefined;
  /** The text of a scalar, without quotes; undefined where none is written at that very path. */
  written(path: KeyPath): string | undefined;
}

/**
 * `discovery.static.endpoints[0].url`. What does not look like a key is not shown:
 * where a colon is missing, a secret can be part of it.
 */
export function formatKey(path: KeyPath): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${shownKey(part)}`))
    .join("")
    .replace(/^\./, "");
}

function shownKey(key: string): string {
  return /^[\w.:/@+-]{1,64}$/.test(key) ? key : "…";
}

/** Parses the first document of a YAML (or JSON) text. Never throws: faults become problems. */
export function parseYaml(text: string, file: string): YamlSource {
  const lines = new LineCounter();
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const broken = (offset: number, message: string): YamlSource => ({
    ...NOTHING,
    problems: [{ severity: "error", file, ...at(offset), key: "", message }],
  });
  let document: Document | undefined;
  try {
    const documents = allDocuments(text, lines);
    [document] = documents;
    if (document === undefined) return NOTHING;
    if (document.errors.length > 0) {
      const found = document.errors.slice(0, FAULTS_TOLD);
      const problems = found.flatMap(
        ({ pos, message, code }) =>
          broken(pos[0], withoutSource(message) + (REMEDIES.get(code) ?? "")).problems,
      );
      return { ...NOTHING, problems };
    }
    const value: unknown = document.toJS();
    const second = documents.slice(1).find((one) => !isBlank(one));
    const secondDocument = second === undefined ? undefined : at(second.range[0]);
    if (value === null || value === undefined) return { ...NOTHING, secondDocument };
    if (!isRecord(value)) {
      return broken(
        0,
        "the file must hold keys and values, such as `server:`, not a list or a single value",
      );
    }
    return { ...sourceOf(value, document, at), secondDocument };
  } catch (error) {
    const { offset, message } = aliasFault(document) ?? { offset: 0, message: reasonOf(error) };
    return broken(offset, message);
  }
}

/** What to do about faults whose message does not tell. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ["TAB_AS_INDENT", "; use blanks"],
  ["DUPLICATE_KEY", "; remove one of the two"],
  ["BAD_ALIAS", "; text that begins with * needs quotes"],
]);

/** One slip can make every following line an error. */
const FAULTS_TOLD = 10;

const NOTHING: YamlSource = {
  value: {},
  problems: [],
  secondDocument: undefined,
  place: () => undefined,
  lineOf: () => undefined,
  written: () => undefined,
};

function allDocuments(text: string, lineCounter: LineCounter): readonly Document.Parsed[] {
  const options = { lineCounter, merge: true, prettyErrors: false, logLevel: "error" } as const;
  const documents = parseAllDocuments(text, options);
  return "empty" in documents ? [] : documents;
}

/** Whether nothing is written in a document, as after a closing `---`. */
function isBlank({ contents }: Document.Parsed): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

/** Behind a colon follows the text at fault, which may be a secret. */
function withoutSource(message: string): string {
  return message.replace(/: .*$/su, "");
}

/** An alias without its anchor; only turning the document into values finds it. */
function aliasFault(
  document: Document | undefined,
): { readonly offset: number; readonly message: string } | undefined {
  const anchors = new Set<string>();
  let fault: { offset: number; message: string } | undefined;
  if (document === undefined) return undefined;
  visit(document, {
    Node(_, node) {
      if (!isAlias(node)) {
        if ("anchor" in node && typeof node.anchor === "string") anchors.add(node.anchor);
        return undefined;
      }
      if (anchors.has(node.source)) return undefined;
      const offset = node.range?.[0] ?? 0;
      const message = "this alias has no anchor above it; text that begins with * needs quotes";
      fault = { offset, message };
      return visit.BREAK;
    },
  });
  return fault;
}

function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return "the file is nested too deeply";
  return `the file cannot be read (${error instanceof Error ? error.message : String(error)})`;
}

function sourceOf(
  value: YamlSource["value"],
  document: Document,
  at: (offset: number) => Place,
): Omit<YamlSource, "secondDocument"> {
  return {
    value,
    problems: [],
    place(path) {
      const offset = offsetOf(document, path);
      return offset === undefined ? undefined : at(offset);
    },
    lineOf(path) {
      const offset = hasValue(value, path) ? offsetOf(document, path) : undefined;
      return offset === undefined ? undefined : at(offset).line;
    },
    written(path) {
      const node: unknown = document.getIn(path, true);
      return isScalar(node) ? node.source : undefined;
    },
  };
}

/** Whether there is a value at the path; one that an anchor brings is written elsewhere. */
function hasValue(root: unknown, path: KeyPath): boolean {
  let value = root;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return false;
    value = Object.getOwnPropertyDescriptor(value, part)?.value;
  }
  return true;
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
