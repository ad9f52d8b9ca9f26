import { type JsonRecord, recordAt } from "../json-record.ts";
import { toFlag } from "../profiles/check-profile.ts";
import { compileExpression, type Expression, type Fields, type Scalar } from "./expression.ts";
import { type JsonPath, parseJsonPath, readJsonPath } from "./json-path.ts";

/** What an answer tells about itself; undefined where it does not. */
export interface AnswerFigures {
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly tokensPerSecond: number | undefined;
  /** From the backend's start of the request to its first token, in milliseconds. */
  readonly firstTokenMs: number | undefined;
}

/** How the figures of one kind of backend are read from its answers. */
export interface MetricsExtraction {
  /** Keys at the top of an answer that are looked at. */
  readonly names: readonly string[];
  /** Those of them that speed or the time to the first token is made of: without any, there is neither. */
  readonly timeNames: readonly string[];
  /** @param root the answer, or as much of it as holds these keys */
  read(root: JsonRecord): AnswerFigures;
}

/** A path or calculation that cannot be used. */
export interface ExtractionFault {
  readonly group: "paths" | "calculations";
  readonly field: string;
  readonly message: string;
}

/** The `metrics.extraction` of a profile, without its faults; the rest works all the same. */
export function compileExtraction(document: JsonRecord): {
  readonly extraction: MetricsExtraction | undefined;
  readonly faults: readonly ExtractionFault[];
} {
  const settings = recordAt(recordAt(document, "metrics"), "extraction");
  if (toFlag(settings["enabled"]) !== true || settings["source"] === "response_headers") {
    return { extraction: undefined, faults: [] };
  }
  const faults: ExtractionFault[] = [];
  const paths = compileAll(settings, "paths", faults, (text) => {
    const path = parseJsonPath(text);
    if (path === undefined) throw new SyntaxError(`"${text}" is no path such as $.usage.tokens`);
    return path;
  });
  const known = new Set(paths.keys());
  const calculations = compileAll(settings, "calculations", faults, (text) =>
    compileExpression(text, known),
  );
  const used = (figures: readonly string[]): ReadonlySet<string> =>
    fieldsOf(figures, recordAt(settings, "calculations"));
  const read = used([...COUNT_FIGURES, ...TIME_FIGURES]);
  const usedPaths = new Map([...paths].filter(([field]) => read.has(field)));
  const times = used(TIME_FIGURES);
  const timePaths = [...usedPaths].filter(
    ([field]) => times.has(field) && !COUNT_FIGURES.includes(field),
  );
  return {
    extraction: {
      ...toExtraction(usedPaths, calculations),
      timeNames: topKeys(timePaths.map(([, path]) => path)),
    },
    faults,
  };
}

const COUNT_FIGURES: readonly string[] = ["input_tokens", "output_tokens"];
const TIME_FIGURES: readonly string[] = [
  "tokens_per_second",
  "ttft_ms",
  "generation_time_ms",
  "eval_duration_ns",
  "prompt_duration_ns",
];

/** The figures, and the fields that calculations make them of. */
function fieldsOf(figures: readonly string[], calculations: JsonRecord): ReadonlySet<string> {
  const fields = figures.flatMap((figure) => {
    const text = calculations[figure];
    return [figure, ...((typeof text === "string" && text.match(/[A-Za-z_]\w*/g)) || [])];
  });
  return new Set(fields);
}

function topKeys(paths: readonly JsonPath[]): readonly string[] {
  return [...new Set(paths.map(([first]) => first))];
}

function compileAll<Compiled>(
  settings: JsonRecord,
  group: ExtractionFault["group"],
  faults: ExtractionFault[],
  compile: (text: string) => Compiled,
): ReadonlyMap<string, Compiled> {
  const compiled = new Map<string, Compiled>();
  for (const [field, text] of Object.entries(recordAt(settings, group))) {
    // A bare number is an expression, too.
    if (typeof text !== "string" && typeof text !== "number") continue;
    try {
      compiled.set(field, compile(String(text)));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      faults.push({ group, field, message: error.message });
    }
  }
  return compiled;
}

function toExtraction(
  paths: ReadonlyMap<string, JsonPath>,
  calculations: ReadonlyMap<string, Expression>,
): Omit<MetricsExtraction, "timeNames"> {
  return {
    names: topKeys([...paths.values()]),
    read(root) {
      const fields = new Map<string, Scalar>();
      for (const [field, path] of paths) {
        const value = toScalar(readJsonPath(root, path));
        if (value !== null) fields.set(field, value);
      }
      return toFigures((name) => calculations.get(name)?.(fields) ?? null, fields);
    },
  };
}

function toFigures(calculated: (name: string) => Scalar, fields: Fields): AnswerFigures {
  const figure = (name: string): number | undefined =>
    toAmount(calculated(name)) ?? toAmount(fields.get(name));
  const milliseconds = (name: string): number | undefined => {
    const nanoseconds = figure(name);
    return nanoseconds === undefined ? undefined : nanoseconds / 1e6;
  };
  const outputTokens = toCount(figure("output_tokens"));
  const generationMs = milliseconds("eval_duration_ns") ?? figure("generation_time_ms");
  const rate = figure("tokens_per_second") ?? ratePerSecond(outputTokens, generationMs);
  const waitMs = figure("ttft_ms") ?? milliseconds("prompt_duration_ns");
  return {
    inputTokens: toCount(figure("input_tokens")),
    outputTokens,
    tokensPerSecond: isWithin(rate, MIN_RATE, MAX_RATE) ? rate : undefined,
    firstTokenMs: isWithin(waitMs, 0, MAX_WAIT_MS) ? waitMs : undefined,
  };
}

function ratePerSecond(
  count: number | undefined,
  durationMs: number | undefined,
): number | undefined {
  if (count === undefined || durationMs === undefined || durationMs === 0) return undefined;
  return (count * 1_000) / durationMs;
}

function toScalar(value: unknown): Scalar {
  return typeof value === "number" || typeof value === "string" || typeof value === "boolean"
    ? value
    : null;
}

/** Figures beyond these are nonsense, and must not spoil a sum. */
const MAX_AMOUNT = 1e15;
const MAX_COUNT = 1e9;
const MIN_RATE = 1e-3;
const MAX_RATE = 1e7;
const MAX_WAIT_MS = 1e8;

function isWithin(value: number | undefined, least: number, most: number): value is number {
  return value !== undefined && value >= least && value <= most;
}

function toAmount(value: Scalar | undefined): number | undefined {
  return typeof value === "number" && value >= 0 && value <= MAX_AMOUNT ? value : undefined;
}

function toCount(value: number | undefined): number | undefined {
  return value !== undefined && Number.isInteger(value) && value <= MAX_COUNT ? value : undefined;
}
