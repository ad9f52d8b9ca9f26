import type { BucketCounts } from "./bucket-grid.ts";
import {
  assertMetricName,
  escapeHelp,
  type Labels,
  writeLabels,
  writeSample,
} from "./exposition-format.ts";
import {
  addCounts,
  mergeDistributions,
  writeBuckets,
  writeHistogram,
} from "./exposition-histogram.ts";
import type { Distribution } from "./latency-rows.ts";

/** `Content-Type` of what `Exposition.toText` returns. */
export const EXPOSITION_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Samples of one metric. Keep the number of label values bounded, see `capLabels`. */
export interface MetricFamily<Value> {
  /**
   * Adds a sample. Given the same labels again, counters and histograms add up
   * and a gauge takes the later value.
   *
   * @throws TypeError when a label's name is not allowed
   */
  sample(labels: Labels, value: Value): MetricFamily<Value>;
}

/** Collects metrics and writes them in the Prometheus text format, version 0.0.4. */
export interface Exposition {
  /**
   * A counter or gauge; the same one when asked for again.
   *
   * @throws TypeError when the name is not allowed or taken by another type
   */
  family(name: string, type: "counter" | "gauge", help: string): MetricFamily<number>;
  /**
   * A histogram of durations, in seconds, over `DURATION_BOUNDS_SECONDS`.
   *
   * @throws TypeError as `family`
   */
  histogram(name: string, help: string): MetricFamily<Distribution>;
  /**
   * A histogram with bounds of its own; the counts given for it have one more.
   *
   * @throws TypeError as `family`
   */
  buckets(name: string, bounds: readonly number[], help: string): MetricFamily<BucketCounts>;
  /**
   * The text: families in the order in which they were first asked for, samples
   * in the order in which they came, each family in one group. Families without
   * samples are left out.
   */
  toText(): string;
}

/** How the samples of one type are joined and written. */
interface SampleRules<Value> {
  readonly type: "counter" | "gauge" | "histogram";
  join(before: Value, after: Value): Value;
  write(name: string, labels: string, value: Value): string;
}

const RULES = {
  counter: { type: "counter", join: (before, after) => before + after, write: writeSample },
  gauge: { type: "gauge", join: (_before, after) => after, write: writeSample },
  histogram: { type: "histogram", join: mergeDistributions, write: writeHistogram },
} satisfies {
  readonly counter: SampleRules<number>;
  readonly gauge: SampleRules<number>;
  readonly histogram: SampleRules<Distribution>;
};

class Family<Value> implements MetricFamily<Value> {
  readonly #name: string;
  readonly #help: string;
  readonly #rules: SampleRules<Value>;
  /** By labels as written. */
  readonly #samples = new Map<string, Value>();

  constructor(name: string, help: string, rules: SampleRules<Value>) {
    assertMetricName(name);
    this.#name = name;
    this.#help = help;
    this.#rules = rules;
  }

  sample(labels: Labels, value: Value): this {
    const written = writeLabels(labels);
    const before = this.#samples.get(written);
    this.#samples.set(written, before === undefined ? value : this.#rules.join(before, value));
    return this;
  }

  toText(): string {
    if (this.#samples.size === 0) return "";
    const samples = [...this.#samples].map(([labels, value]) =>
      this.#rules.write(this.#name, labels, value),
    );
    return [
      `# HELP ${this.#name} ${escapeHelp(this.#help)}`,
      `# TYPE ${this.#name} ${this.#rules.type}`,
      ...samples,
      "",
    ].join("\n");
  }
}

/** An empty exposition. */
export function createExposition(): Exposition {
  const scalars = new Map<string, { readonly type: string; readonly family: Family<number> }>();
  const histograms = new Map<string, Family<Distribution>>();
  const bucketed = new Map<string, Family<BucketCounts>>();
  const inOrder: { toText(): string }[] = [];

  return {
    family(name, type, help) {
      const known = scalars.get(name);
      if (known?.type === type) return known.family;
      if (known !== undefined || histograms.has(name) || bucketed.has(name)) throw taken(name);
      const family = new Family(name, help, RULES[type]);
      scalars.set(name, { type, family });
      inOrder.push(family);
      return family;
    },
    histogram(name, help) {
      const known = histograms.get(name);
      if (known !== undefined) return known;
      if (scalars.has(name) || bucketed.has(name)) throw taken(name);
      const family = new Family(name, help, RULES.histogram);
      histograms.set(name, family);
      inOrder.push(family);
      return family;
    },
    buckets(name, bounds, help) {
      const known = bucketed.get(name);
      if (known !== undefined) return known;
      if (scalars.has(name) || histograms.has(name)) throw taken(name);
      const family = new Family<BucketCounts>(name, help, {
        type: "histogram",
        join: addCounts,
        write: (one, labels, value) => writeBuckets(one, labels, bounds, value),
      });
      bucketed.set(name, family);
      inOrder.push(family);
      return family;
    },
    toText: () => inOrder.map((family) => family.toText()).join(""),
  };
}

function taken(name: string): TypeError {
  return new TypeError(`metric ${name} has another type already`);
}
