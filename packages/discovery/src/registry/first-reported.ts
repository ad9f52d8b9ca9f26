import type { Model } from "@olla-ts/core";

/** What several endpoints together report of one model. */
export interface ReportedFacts {
  readonly family: string | undefined;
  readonly publisher: string | undefined;
  readonly parameterSize: string | undefined;
  readonly parameterCount: number | undefined;
  readonly quantization: string | undefined;
  readonly format: string | undefined;
  readonly maxContextLength: number | undefined;
  readonly types: ReadonlySet<string>;
  readonly stated: ReadonlySet<string>;
  /** Sum of all. */
  readonly diskBytes: number;
}

/** Of each field the first that is not empty; kinds and capabilities of all. */
export function firstReported(models: readonly Model[]): ReportedFacts {
  const types = new Set<string>();
  const stated = new Set<string>();
  let diskBytes = 0;
  for (const { type, capabilities, sizeBytes } of models) {
    if (type !== undefined && type !== "") types.add(type);
    for (const capability of capabilities ?? []) stated.add(capability);
    diskBytes += sizeBytes ?? 0;
  }
  return {
    family: first(models, (model) => model.family || model.families?.[0]),
    publisher: first(models, ({ publisher }) => publisher),
    parameterSize: first(models, ({ parameterSize }) => parameterSize),
    parameterCount: first(models, ({ parameterCount }) => parameterCount),
    quantization: first(models, ({ quantization }) => quantization),
    format: first(models, ({ format }) => format),
    maxContextLength: first(models, ({ maxContextLength }) => maxContextLength),
    types,
    stated,
    diskBytes,
  };
}

function first<Value>(
  models: readonly Model[],
  read: (model: Model) => Value | undefined,
): Value | undefined {
  for (const model of models) {
    const value = read(model);
    if (value !== undefined && value !== "" && value !== 0) return value;
  }
  return undefined;
}
