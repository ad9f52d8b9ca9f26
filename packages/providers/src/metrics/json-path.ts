import { isRecord } from "../json-record.ts";

/** Names of keys and positions in lists that lead from the root of an answer to a value. */
export type JsonPath = readonly [string, ...(string | number)[]];

/** Longest path in characters, and deepest in steps: a profile is a file of anybody. */
const MAX_LENGTH = 256;
const MAX_STEPS = 16;

const STEP = /\.([A-Za-z_][\w-]*)|\[(\d{1,6})\]/y;

/** Reads `$.usage.prompt_tokens` or `$.choices[0].finish_reason`; undefined for anything else. */
export function parseJsonPath(text: string): JsonPath | undefined {
  if (text.length > MAX_LENGTH || !text.startsWith("$")) return undefined;
  const steps: (string | number)[] = [];
  let at = 1;
  while (at < text.length) {
    STEP.lastIndex = at;
    const found = STEP.exec(text);
    if (found === null || steps.length === MAX_STEPS) return undefined;
    steps.push(found[1] ?? Number(found[2]));
    at = STEP.lastIndex;
  }
  const [first, ...rest] = steps;
  return typeof first === "string" ? [first, ...rest] : undefined;
}

/** The value that the path leads to; undefined when there is none. */
export function readJsonPath(root: unknown, path: JsonPath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof step === "number") value = Array.isArray(value) ? value[step] : undefined;
    else value = isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}
