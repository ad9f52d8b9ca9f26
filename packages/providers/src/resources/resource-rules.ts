import { type JsonRecord, recordAt, recordsAt, textsAt } from "../json-record.ts";
import { toFlag } from "../profiles/check-profile.ts";

/** What a model of some size needs. Memory in GB, time in milliseconds. */
export interface MemoryNeed {
  readonly minMemoryGb: number;
  readonly recommendedMemoryGb: number;
  readonly minGpuMemoryGb: number;
  readonly loadTimeMs: number;
}

/** The `resources` of a profile: rules of thumb for servers that do not tell what a model takes. */
export interface ResourceRules {
  /** The first that fits a model's name holds. */
  readonly sizes: readonly (MemoryNeed & { readonly patterns: readonly string[] })[];
  /** Part of a name → factor of its memory; the first that occurs holds. */
  readonly quantizations: readonly (readonly [string, number])[];
  /** Of a model whose name tells no size. */
  readonly otherwise: MemoryNeed;
  /** The first whose threshold is reached holds. */
  readonly concurrency: readonly { readonly minMemoryGb: number; readonly requests: number }[];
  readonly baseTimeoutMs: number;
  /** Whether the time to load the model is added to it. */
  readonly addsLoadTime: boolean;
}

/** Reads the rules of a checked document; undefined when it has none. */
export function toResourceRules(document: JsonRecord): ResourceRules | undefined {
  const { resources } = document;
  if (resources === undefined || resources === null) return undefined;
  const rules = recordAt(document, "resources");
  const scaling = recordAt(rules, "timeout_scaling");
  return {
    sizes: recordsAt(rules, "model_sizes").map((size) => ({
      ...toNeed(size),
      patterns: textsAt(size, "patterns").map((pattern) => pattern.toLowerCase()),
    })),
    quantizations: Object.entries(recordAt(recordAt(rules, "quantization"), "multipliers")).flatMap(
      ([part, factor]) => (typeof factor === "number" ? [[part.toLowerCase(), factor]] : []),
    ),
    otherwise: toNeed(recordAt(rules, "defaults")),
    concurrency: recordsAt(rules, "concurrency_limits").map((limit) => ({
      minMemoryGb: numberAt(limit, "min_memory_gb"),
      requests: numberAt(limit, "max_concurrent"),
    })),
    baseTimeoutMs: numberAt(scaling, "base_timeout_seconds") * 1_000,
    addsLoadTime: toFlag(scaling["load_time_buffer"]) ?? false,
  };
}

function toNeed(record: JsonRecord): MemoryNeed {
  return {
    minMemoryGb: numberAt(record, "min_memory_gb"),
    recommendedMemoryGb: numberAt(record, "recommended_memory_gb"),
    minGpuMemoryGb: numberAt(record, "min_gpu_memory_gb"),
    loadTimeMs: numberAt(record, "estimated_load_time_ms"),
  };
}

function numberAt(record: JsonRecord, key: string): number {
  const value = record[key];
  return typeof value === "number" ? value : 0;
}
