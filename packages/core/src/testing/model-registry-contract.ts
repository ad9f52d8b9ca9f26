import { describe, expect, it } from "vitest";

import type { CatalogueModel, ModelRegistry } from "../ports/model-registry.ts";
import { makeEndpoint } from "./make.ts";
import { ManualClock } from "./manual-clock.ts";

const A = makeEndpoint({ slot: 0, name: "a" });
const B = makeEndpoint({ slot: 1, name: "b" });

/**
 * What every {@link ModelRegistry} keeps.
 *
 * @param make an empty registry that reads its time from the clock
 */
export function describeModelRegistry(make: (clock: ManualClock) => ModelRegistry): void {
  function makeEmpty(): { readonly registry: ModelRegistry; readonly clock: ManualClock } {
    const clock = new ManualClock();
    return { registry: make(clock), clock };
  }

  describe("as a ModelRegistry", () => {
    it("knows nothing of an endpoint that reported nothing", () => {
      const { registry } = makeEmpty();
      expect(registry.modelsOf(A)).toBeUndefined();
      expect(registry.catalogue()).toEqual([]);
    });

    it("gives back what an endpoint reported, and when", () => {
      const { registry, clock } = makeEmpty();
      const models = [{ name: "pine", digest: "1234" }, { name: "oak" }];
      registry.replaceModels(A, models);
      expect(registry.modelsOf(A)).toEqual({ models, at: clock.wallTime() });
      expect(registry.modelsOf(B)).toBeUndefined();
    });

    it("R17 forgets the models that an endpoint no longer lists", () => {
      const { registry } = makeEmpty();
      registry.replaceModels(A, [{ name: "pine" }, { name: "oak" }]);
      registry.replaceModels(A, [{ name: "oak" }]);
      expect(idsOf(registry)).toEqual(["oak"]);
      registry.replaceModels(A, []);
      expect(idsOf(registry)).toEqual([]);
      expect(registry.modelsOf(A)?.models).toEqual([]);
    });

    it("keeps a model while another endpoint lists it", () => {
      const { registry } = makeEmpty();
      registry.replaceModels(A, [{ name: "pine" }]);
      registry.replaceModels(B, [{ name: "pine" }]);
      registry.replaceModels(A, []);
      expect(registry.catalogue()[0]?.sources.map(({ endpoint }) => endpoint.name)).toEqual(["b"]);
    });

    it("forgets everything of an endpoint that is removed", () => {
      const { registry } = makeEmpty();
      registry.replaceModels(A, [{ name: "pine" }]);
      registry.replaceModels(B, [{ name: "oak" }]);
      registry.removeEndpoint(A);
      expect(registry.modelsOf(A)).toBeUndefined();
      expect(idsOf(registry)).toEqual(["oak"]);
    });

    it("does nothing when an unknown endpoint is removed", () => {
      const { registry } = makeEmpty();
      registry.replaceModels(A, [{ name: "pine" }]);
      registry.removeEndpoint(B);
      expect(idsOf(registry)).toEqual(["pine"]);
    });

    it("sorts the catalogue by id, whatever the order of reports", () => {
      const { registry } = makeEmpty();
      registry.replaceModels(B, [{ name: "pine" }, { name: "ash" }]);
      registry.replaceModels(A, [{ name: "oak" }]);
      expect(idsOf(registry)).toEqual(["ash", "oak", "pine"]);
    });

    it("gives the same array until something changes", () => {
      const { registry } = makeEmpty();
      registry.replaceModels(A, [{ name: "pine" }]);
      const before = registry.catalogue();
      expect(registry.catalogue()).toBe(before);
      registry.replaceModels(B, [{ name: "oak" }]);
      expect(registry.catalogue()).not.toBe(before);
    });

    it("merges what several endpoints list under one name into one entry with all sources", () => {
      const { registry } = makeEmpty();
      registry.replaceModels(A, [{ name: "pine", sizeBytes: 10 }]);
      registry.replaceModels(B, [{ name: "pine", sizeBytes: 32 }]);
      const [entry] = registry.catalogue();
      expect(registry.catalogue()).toHaveLength(1);
      expect(entry?.sources.map(({ endpoint }) => endpoint.name)).toEqual(["a", "b"]);
      expect(entry?.diskBytes).toBe(42);
    });

    it("names its id among the aliases of every entry", () => {
      const { registry } = makeEmpty();
      registry.replaceModels(A, [{ name: "acme/Pine-7B" }, { name: "oak" }]);
      for (const { id, aliases } of registry.catalogue()) expect(aliases).toContain(id);
    });

    it.each([
      { reported: { state: "loaded", sizeBytes: 1 }, state: "loaded" },
      { reported: { sizeBytes: 1 }, state: "available" },
      { reported: {}, state: "unknown" },
    ])("takes $reported for the state $state", ({ reported, state }) => {
      const { registry } = makeEmpty();
      registry.replaceModels(A, [{ name: "pine", ...reported }]);
      expect(registry.catalogue()[0]?.sources[0]?.state).toBe(state);
    });

    it("PV-52 leaves the time a model was first seen alone, and moves the last one", () => {
      const { registry, clock } = makeEmpty();
      registry.replaceModels(A, [{ name: "pine" }]);
      const first = clock.wallTime();
      clock.advance(60_000);
      registry.replaceModels(A, [{ name: "pine" }]);
      clock.advance(60_000);
      registry.replaceModels(B, [{ name: "pine" }]);
      const [entry] = registry.catalogue();
      expect(entry).toMatchObject({ firstSeenAt: first, lastSeenAt: first + 120_000 });
    });

    it("gives every model a statistics row of its own and lets it keep it", () => {
      const { registry } = makeEmpty();
      registry.replaceModels(A, [{ name: "pine" }, { name: "oak" }]);
      const before = slotsOf(registry.catalogue());
      expect(new Set(before.values()).size).toBe(2);
      registry.replaceModels(B, [{ name: "ash" }, { name: "pine" }]);
      registry.replaceModels(A, [{ name: "oak" }]);
      const after = slotsOf(registry.catalogue());
      expect(after.get("pine")).toBe(before.get("pine"));
      expect(after.get("oak")).toBe(before.get("oak"));
    });
  });
}

function idsOf(registry: ModelRegistry): readonly string[] {
  return registry.catalogue().map(({ id }) => id);
}

function slotsOf(catalogue: readonly CatalogueModel[]): ReadonlyMap<string, number> {
  return new Map(catalogue.map(({ id, slot }) => [id, slot]));
}
