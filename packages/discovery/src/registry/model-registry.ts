import { isDeepStrictEqual } from "node:util";

import type { Endpoint, Model } from "@olla-ts/core";
import type { CatalogueModel, Clock, ModelRegistry } from "@olla-ts/core/ports";

import { defaultUnificationRules } from "../unification/default-rules.ts";
import type { UnificationRules } from "../unification/unification-rules.ts";
import { createCatalogue } from "./catalogue.ts";
import { type Listing, toListing } from "./group-listings.ts";
import { KnownNames } from "./known-names.ts";
import { ModelSlots } from "./model-slots.ts";

/** A list that held more names than there was room for. */
export interface RegistryOverflow {
  readonly endpoint: Endpoint;
  readonly admitted: number;
  readonly dropped: number;
}

/** Settings of a registry. */
export interface ModelRegistryOptions {
  readonly clock: Clock;
  /** Whether names that differ in case, and names of one digest, become one catalogue entry. Default true. */
  readonly unify?: boolean;
  /** How models are described. Default {@link defaultUnificationRules}. */
  readonly rules?: UnificationRules;
  /** Most different names, ignoring case. Default 10,000. */
  readonly maxModels?: number;
  /** Rows in the statistics; the last is shared by names beyond. Default 1,024. */
  readonly maxModelSlots?: number;
  /** How long the row of a vanished model is kept at least, in milliseconds. Default one hour. */
  readonly slotHoldMs?: number;
  /** Told when a list did not fit. */
  readonly onOverflow?: (overflow: RegistryOverflow) => void;
  /** Told before a row passes to another model, to clear its statistics. */
  readonly onSlotReuse?: (slot: number) => void;
}

/** A registry that also knows the row of every name. */
export interface SlottedModelRegistry extends ModelRegistry {
  /**
   * Row of a name in the statistics, letter case ignored; the shared last row
   * when the name is unknown or has none of its own.
   */
  modelSlot(name: string): number;
}

interface Listed {
  readonly endpoint: Endpoint;
  readonly models: readonly Model[];
  readonly listings: readonly Listing[];
  readonly keys: ReadonlySet<string>;
  readonly at: number;
}

/** Keeps the models of every endpoint in memory. */
export function createModelRegistry(options: ModelRegistryOptions): SlottedModelRegistry {
  const { clock, unify = true, rules = defaultUnificationRules } = options;
  const { maxModels = 10_000, maxModelSlots = 1_024, slotHoldMs = 3_600_000 } = options;
  const { onOverflow = () => undefined, onSlotReuse = () => undefined } = options;

  const slots = new ModelSlots({
    clock,
    capacity: maxModelSlots,
    holdMs: slotHoldMs,
    onReuse: onSlotReuse,
  });
  const names = new KnownNames(slots, maxModels);
  const listed = new Map<number, Listed>();
  const catalogue = createCatalogue({ names, overflowSlot: slots.overflow, unify, rules });

  /** Adjusts which names are known; returns the models whose names there was room for. */
  function admit(models: readonly Model[], former: ReadonlySet<string>, at: number): Admitted {
    const wanted = new Set(models.map(({ name }) => name.toLowerCase()));
    for (const key of former) if (!wanted.has(key)) names.release(key);
    const keys = new Set<string>();
    for (const key of wanted) if (former.has(key) || names.hold(key, at)) keys.add(key);
    return { keys, models: models.filter(({ name }) => keys.has(name.toLowerCase())) };
  }

  function forget({ endpoint, keys }: Listed): void {
    for (const key of keys) names.release(key);
    listed.delete(endpoint.slot);
    catalogue.changed();
  }

  return {
    replaceModels(endpoint: Endpoint, models: readonly Model[]): void {
      const at = clock.wallTime();
      const previous = listed.get(endpoint.slot);
      if (previous !== undefined && !isSameEndpoint(previous.endpoint, endpoint)) forget(previous);
      const former = listed.get(endpoint.slot);

      const distinct = distinctNames(models);
      const { keys, models: admitted } = admit(distinct, former?.keys ?? new Set(), at);
      if (admitted.length < distinct.length) {
        const dropped = distinct.length - admitted.length;
        onOverflow({ endpoint, admitted: admitted.length, dropped });
      }
      if (former?.endpoint === endpoint && isDeepStrictEqual(former.models, admitted)) {
        listed.set(endpoint.slot, { ...former, at });
        catalogue.seenAgain();
        return;
      }
      const listings = admitted.map((model) =>
        toListing({ endpoint, model, state: stateOf(model) }),
      );
      listed.set(endpoint.slot, { endpoint, models: admitted, listings, keys, at });
      catalogue.changed();
    },

    removeEndpoint(endpoint: Endpoint): void {
      const known = listed.get(endpoint.slot);
      if (known !== undefined && isSameEndpoint(known.endpoint, endpoint)) forget(known);
    },

    modelsOf(endpoint: Endpoint): { models: readonly Model[]; at: number } | undefined {
      const known = listed.get(endpoint.slot);
      if (known === undefined || !isSameEndpoint(known.endpoint, endpoint)) return undefined;
      return { models: known.models, at: known.at };
    },

    catalogue: (): readonly CatalogueModel[] => catalogue.read(listed),

    modelSlot: (name) => names.get(name.toLowerCase())?.slot ?? slots.overflow,
  };
}

interface Admitted {
  readonly keys: ReadonlySet<string>;
  readonly models: readonly Model[];
}

/** The row alone does not tell: it may have passed to another endpoint since. */
function isSameEndpoint(one: Endpoint, other: Endpoint): boolean {
  return one.name === other.name && one.url === other.url;
}

/** Without models that have no name, and without repetitions. */
function distinctNames(models: readonly Model[]): readonly Model[] {
  const seen = new Set<string>([""]);
  return models.filter(({ name }) => {
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

function stateOf({ state, sizeBytes }: Model): string {
  if (state !== undefined && state !== "") return state;
  return sizeBytes !== undefined && sizeBytes > 0 ? "available" : "unknown";
}
