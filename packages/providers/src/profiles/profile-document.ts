import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";

/** Keys and list positions that lead to a value. */
export type KeyPath = readonly (string | number)[];

/** A place in a text, counted from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** A YAML text once read: its value, what is wrong with its syntax, and where each key is. */
export interface YamlText {
  /** Undefined when the syntax is wrong. */
  readonly value: unknown;
  readonly syntaxErrors: readonly { readonly message: string; readonly position: TextPosition }[];
  /** Position of a key, or of the nearest one around it that is in the text. */
  locate(path: KeyPath): TextPosition;
}

/** Reads YAML 1.2 with anchors and `<<` merge keys. Never throws. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const positionAt = (offset: number): TextPosition => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const syntaxErrors = document.errors.map(({ message, pos }) => ({
    message,
    position: positionAt(pos[0]),
  }));
  return {
    ...readValue(syntaxErrors, () => document.toJS() as unknown),
    locate: (path) => positionAt(offsetOf(document.contents, path)),
  };
}

/** Resolving anchors can still fail, for example when aliases expand without end. */
function readValue(
  syntaxErrors: YamlText["syntaxErrors"],
  read: () => unknown,
): Pick<YamlText, "value" | "syntaxErrors"> {
  if (syntaxErrors.length > 0) return { value: undefined, syntaxErrors };
  try {
    return { value: read(), syntaxErrors };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { value: undefined, syntaxErrors: [{ message, position: { line: 1, column: 1 } }] };
  }
}

function offsetOf(root: unknown, path: KeyPath): number {
  let node: unknown = root;
  let offset = 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
      if (pair === undefined) return offset;
      offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === "number") {
      node = node.items[step];
      if (isScalar(node) || isMap(node) || isSeq(node)) offset = node.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}
