import type { Endpoint } from "../domain/endpoint.ts";
import type { Model } from "../domain/model.ts";

/** One model of the catalogue, merged from everything that lists it. */
export interface CatalogueModel {
  /** Name that the first endpoint reported. */
  readonly id: string;
  /** Row in the statistics, stable while the model is known. */
  readonly slot: number;
  /** Every name under which it is listed; holds `id`. */
  readonly aliases: readonly string[];
  readonly family: string;
  readonly variant: string;
  readonly publisher: string;
  /** Normalised, for example `8b`; empty when unknown. */
  readonly parameterSize: string;
  readonly parameterCount: number;
  /** Normalised, for example `q4km`; empty when unknown. */
  readonly quantization: string;
  readonly format: string;
  readonly maxContextLength: number | undefined;
  readonly capabilities: readonly string[];
  /** Summed over its sources. */
  readonly diskBytes: number;
  readonly sources: readonly CatalogueSource[];
  /** Milliseconds since 1970. */
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
}

/** One endpoint's own listing of a catalogue model. */
export interface CatalogueSource {
  readonly endpoint: Endpoint;
  readonly model: Model;
  /** Reported state, else `available` when it has a size, else `unknown`. */
  readonly state: string;
}

/** Which endpoint has which model. Replaced per endpoint: what a backend drops is gone. */
export interface ModelRegistry {
  /** Takes the complete list of one endpoint in place of its former one. */
  replaceModels(endpoint: Endpoint, models: readonly Model[]): void;
  removeEndpoint(endpoint: Endpoint): void;
  /** Models of one endpoint, as it reported them, and when (milliseconds since 1970). */
  modelsOf(
    endpoint: Endpoint,
  ): { readonly models: readonly Model[]; readonly at: number } | undefined;
  /** Sorted by id. The same array until something changes. */
  catalogue(): readonly CatalogueModel[];
}
