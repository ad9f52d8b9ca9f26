import {
  ERROR_CODES,
  type ErrorCode,
  fnv1a32,
  type GenAiOperation,
  type SharedState,
} from "@olla-ts/core";
import type { RequestOutcome } from "@olla-ts/core/ports";

import { type BucketCounts, BucketGrid, type BucketScale } from "./bucket-grid.ts";
import type { OutcomeClass } from "./outcome-class.ts";

type GenAiHistogram = "duration" | "firstToken" | "outputToken" | "input" | "output";

const SECONDS = 1_000_000;
const TOKENS = [
  1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216,
  67_108_864,
];

/**
 * Buckets as the conventions recommend them:
 * https://github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-metrics.md.
 */
export const GEN_AI_SCALES: Readonly<Record<GenAiHistogram, BucketScale>> = {
  duration: {
    bounds: [
      0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
    ],
    precision: SECONDS,
  },
  firstToken: {
    bounds: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    precision: SECONDS,
  },
  outputToken: {
    bounds: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5],
    precision: SECONDS,
  },
  input: { bounds: TOKENS, precision: 1 },
  output: { bounds: TOKENS, precision: 1 },
};

const HISTOGRAM: Readonly<Record<GenAiHistogram, number>> = {
  duration: 0,
  firstToken: 1,
  outputToken: 2,
  input: 3,
  output: 4,
};

/** Requests that have everything in common that labels tell. */
export interface GenAiFigures extends Readonly<Record<GenAiHistogram, BucketCounts>> {
  readonly operation: GenAiOperation;
  /** Type of the endpoint; undefined when none was involved. */
  readonly provider: string | undefined;
  /** Slot of the model; undefined when it has none. */
  readonly modelSlot: number | undefined;
  /** What went wrong; undefined for what did not. */
  readonly error: ErrorCode | "4xx" | undefined;
  /** Whether it stands for groups that found no row: then nothing but the operation is known. */
  readonly isRest: boolean;
}

const OPERATIONS: readonly GenAiOperation[] = ["chat", "text_completion", "embeddings"];
const ERRORS: readonly GenAiFigures["error"][] = [undefined, "4xx", ...ERROR_CODES];
const ERROR_INDEX: ReadonlyMap<GenAiFigures["error"], number> = new Map(
  ERRORS.map((error, index) => [error, index]),
);

/** A group is one number: operation, error, type of endpoint and model, from high to low bits. */
const MODEL_BITS = 17;
const TYPE_BITS = 6;
const ERROR_BITS = 6;
const NO_MODEL = (1 << MODEL_BITS) - 1;
/** Types that are told apart; 0 is no endpoint, one more than that is any further type. */
const TYPES = (1 << TYPE_BITS) - 2;

const FREE = 0;
/** Rows looked at for a group before it goes into that of the rest. */
const PROBES = 16;

export interface GenAiRowsOptions {
  readonly shared: SharedState;
  /** Groups that have figures of their own; about 350 bytes each. Equal in every thread. */
  readonly capacity: number;
}

/**
 * Histograms per operation, type of endpoint, model and error, exact across threads. Groups that
 * find no row are counted together, so sums are right whatever happens.
 */
export class GenAiRows {
  readonly capacity: number;
  /** By row, one more than the number of its group. */
  readonly #groups: Int32Array;
  /** The rows of groups, then one of the rest for each operation. */
  readonly #buckets: BucketGrid;
  /** Hashes of types, in the order in which they came. */
  readonly #types: Int32Array;
  readonly #typeIndex = new Map<string, number>();

  constructor({ shared, capacity }: GenAiRowsOptions) {
    this.capacity = capacity;
    this.#groups = shared.int32("stats.gen-ai.groups", capacity);
    this.#types = shared.int32("stats.gen-ai.types", TYPES);
    const rows = capacity + OPERATIONS.length;
    this.#buckets = new BucketGrid(shared, "stats.gen-ai.buckets", rows, [
      GEN_AI_SCALES.duration,
      GEN_AI_SCALES.firstToken,
      GEN_AI_SCALES.outputToken,
      GEN_AI_SCALES.input,
      GEN_AI_SCALES.output,
    ]);
  }

  record(outcome: RequestOutcome, result: OutcomeClass): void {
    const { operation, durationMs, firstTokenMs, tokensPerSecond } = outcome;
    if (operation === undefined) return;
    const row = this.#rowOf(outcome, operation);
    const { inputTokens, outputTokens } = outcome;
    this.#buckets.record(row, HISTOGRAM.duration, Math.max(0, durationMs) / 1_000);
    if (inputTokens > 0) this.#buckets.record(row, HISTOGRAM.input, inputTokens);
    if (outputTokens > 0) this.#buckets.record(row, HISTOGRAM.output, outputTokens);
    if (result !== "succeeded") return;
    if (firstTokenMs !== undefined && firstTokenMs >= 0) {
      this.#buckets.record(row, HISTOGRAM.firstToken, firstTokenMs / 1_000);
    }
    if (tokensPerSecond !== undefined && tokensPerSecond > 0 && outputTokens > 1) {
      this.#buckets.record(row, HISTOGRAM.outputToken, 1 / tokensPerSecond);
    }
  }

  /** @param types names that the types of endpoints may have */
  read(types: Iterable<string>): readonly GenAiFigures[] {
    const names = new Map([...types].map((type) => [hashOf(type), type]));
    const figures: GenAiFigures[] = [];
    for (const [row, held] of this.#groups.entries()) {
      if (held === FREE) continue;
      const group = held - 1;
      const type = (group >>> MODEL_BITS) & ((1 << TYPE_BITS) - 1);
      const modelSlot = group & NO_MODEL;
      figures.push({
        ...this.#histograms(row),
        operation: OPERATIONS[group >>> (MODEL_BITS + TYPE_BITS + ERROR_BITS)] ?? "chat",
        provider: type === 0 ? undefined : (names.get(this.#types[type - 1] ?? 0) ?? "other"),
        modelSlot: modelSlot === NO_MODEL ? undefined : modelSlot,
        error: ERRORS[(group >>> (MODEL_BITS + TYPE_BITS)) & ((1 << ERROR_BITS) - 1)],
        isRest: false,
      });
    }
    for (const [index, operation] of OPERATIONS.entries()) {
      const histograms = this.#histograms(this.capacity + index);
      if (histograms.duration.counts.every((count) => count === 0)) continue;
      const nothing = { provider: undefined, modelSlot: undefined, error: undefined };
      figures.push({ ...histograms, ...nothing, operation, isRest: true });
    }
    return figures;
  }

  /** Rows that have a group. Visits them all: not for the request path. */
  size(): number {
    return this.#groups.reduce((used, group) => used + (group === FREE ? 0 : 1), 0);
  }

  /** Sets the figures of every group with the model to zero and gives up their rows. */
  forgetModel(slot: number): void {
    for (const [row, held] of this.#groups.entries()) {
      if (held === FREE || ((held - 1) & NO_MODEL) !== slot) continue;
      this.#buckets.clear(row);
      // A group behind it may get a second row by this; what is read of both is added up.
      Atomics.store(this.#groups, row, FREE);
    }
  }

  #histograms(row: number): Readonly<Record<GenAiHistogram, BucketCounts>> {
    return {
      duration: this.#buckets.read(row, HISTOGRAM.duration),
      firstToken: this.#buckets.read(row, HISTOGRAM.firstToken),
      outputToken: this.#buckets.read(row, HISTOGRAM.outputToken),
      input: this.#buckets.read(row, HISTOGRAM.input),
      output: this.#buckets.read(row, HISTOGRAM.output),
    };
  }

  #rowOf(
    { endpoint, model, unsentModel, code, status }: RequestOutcome,
    operation: GenAiOperation,
  ): number {
    const index = OPERATIONS.indexOf(operation);
    const rest = this.capacity + index;
    const slot = (model ?? unsentModel)?.slot ?? NO_MODEL;
    if (slot > NO_MODEL) return rest;
    const error = ERROR_INDEX.get(code ?? (status >= 400 ? "4xx" : undefined)) ?? 0;
    const type = endpoint === undefined ? 0 : this.#indexOf(endpoint.type);
    const high = (((index << ERROR_BITS) | error) << TYPE_BITS) | type;
    const held = ((high << MODEL_BITS) | slot) + 1;
    const start = (Math.imul(held, 0x9e3779b1) >>> 0) % this.capacity;
    for (let probe = 0; probe < PROBES; probe += 1) {
      const row = (start + probe) % this.capacity;
      const found = Atomics.load(this.#groups, row);
      if (found === held) return row;
      if (found !== FREE) continue;
      const taken = Atomics.compareExchange(this.#groups, row, FREE, held);
      if (taken === FREE || taken === held) return row;
    }
    return rest;
  }

  #indexOf(type: string): number {
    const known = this.#typeIndex.get(type);
    if (known !== undefined) return known;
    const hash = hashOf(type);
    let index = 0;
    while (index < TYPES) {
      const taken = Atomics.compareExchange(this.#types, index, FREE, hash);
      if (taken === FREE || taken === hash) break;
      index += 1;
    }
    // TYPES stands behind the last one, which is the index of any other.
    this.#typeIndex.set(type, index + 1);
    return index + 1;
  }
}

function hashOf(type: string): number {
  return fnv1a32(type) || 1;
}
