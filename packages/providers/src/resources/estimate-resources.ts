import type { MemoryNeed, ResourceRules } from "./resource-rules.ts";

/** What one model is thought to need on one kind of server. */
export interface ResourceEstimate extends MemoryNeed {
  /** Requests it can serve at a time. */
  readonly maxConcurrent: number;
  /** After which a request to it, the loading included, has probably failed. */
  readonly timeoutMs: number;
}

/** Room for the cache of keys and values beside the weights, as a factor of their size. */
const BESIDE_WEIGHTS = 1.2;
/** Recommended memory as a factor of the least. */
const COMFORT = 1.25;
const GB = 1e9;

/**
 * Estimates from the size of the weights where the server tells it, else from the
 * size and the quantisation that the name tells.
 */
export function estimateResources(
  rules: ResourceRules,
  name: string,
  sizeBytes = 0,
): ResourceEstimate {
  const lower = name.toLowerCase();
  const size = rules.sizes.find(({ patterns }) => patterns.some((one) => occurs(one, lower)));
  const need = sized(size ?? rules.otherwise, factorOf(rules, lower), sizeBytes);
  const { concurrency, baseTimeoutMs, addsLoadTime } = rules;
  const limit = concurrency.find(({ minMemoryGb }) => minMemoryGb <= need.minMemoryGb);
  return {
    ...need,
    maxConcurrent: limit?.requests ?? 1,
    timeoutMs: baseTimeoutMs + (addsLoadTime ? need.loadTimeMs : 0),
  };
}

function sized(need: MemoryNeed, factor: number, sizeBytes: number): MemoryNeed {
  if (sizeBytes <= 0) {
    return {
      minMemoryGb: need.minMemoryGb * factor,
      recommendedMemoryGb: need.recommendedMemoryGb * factor,
      minGpuMemoryGb: need.minGpuMemoryGb * factor,
      loadTimeMs: need.loadTimeMs,
    };
  }
  const minMemoryGb = toTenths((sizeBytes / GB) * BESIDE_WEIGHTS);
  return {
    minMemoryGb,
    recommendedMemoryGb: toTenths(minMemoryGb * COMFORT),
    // Servers that share memory with the processor state 0 for every size.
    minGpuMemoryGb: need.minGpuMemoryGb === 0 ? 0 : minMemoryGb,
    loadTimeMs: need.loadTimeMs,
  };
}

function factorOf({ quantizations }: ResourceRules, name: string): number {
  return quantizations.find(([part]) => name.includes(part))?.[1] ?? 1;
}

/** Whether the size stands in the name by itself: `1.7b` and `a7b` hold no `7b`. */
function occurs(pattern: string, name: string): boolean {
  for (let at = name.indexOf(pattern); at !== -1; at = name.indexOf(pattern, at + 1)) {
    const before = name.slice(Math.max(0, at - 2), at);
    const after = name[at + pattern.length] ?? "";
    if (!/[\da-z]$|\d\.$/.test(before) && !/[\da-z]/.test(after)) return true;
  }
  return false;
}

function toTenths(amount: number): number {
  return Math.round(amount * 10) / 10;
}
