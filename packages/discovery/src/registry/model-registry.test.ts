import type { Model } from "@olla-ts/core";
import {
  createFakeModelRegistry,
  describeModelRegistry,
  makeEndpoint,
  ManualClock,
} from "@olla-ts/core/testing";
import { describe, expect, it, vi } from "vitest";

import {
  createModelRegistry,
  type ModelRegistryOptions,
  type RegistryOverflow,
  type SlottedModelRegistry,
} from "./model-registry.ts";

const A = makeEndpoint({ slot: 0, name: "a" });
const B = makeEndpoint({ slot: 1, name: "b" });
const C = makeEndpoint({ slot: 2, name: "c" });

function make(over: Partial<ModelRegistryOptions> = {}): SlottedModelRegistry {
  return createModelRegistry({ clock: new ManualClock(), ...over });
}

/** Each endpoint's models, in the order of slots. */
function catalogueOf(...lists: readonly (readonly Model[])[]): readonly (readonly string[])[] {
  const registry = make();
  for (const [slot, models] of lists.entries())
    registry.replaceModels(makeEndpoint({ slot }), models);
  return registry
    .catalogue()
    .map(({ id, aliases, sources }) => [id, ...aliases, `${sources.length}`]);
}

describe("createModelRegistry", () => {
  describeModelRegistry((clock) => createModelRegistry({ clock }));

  describe("without unification", () => {
    describeModelRegistry((clock) => createModelRegistry({ clock, unify: false }));

    it("keeps every spelling and every digest name apart", () => {
      const registry = make({ unify: false });
      registry.replaceModels(A, [{ name: "Pine", digest: "1" }]);
      registry.replaceModels(B, [{ name: "pine", digest: "1" }]);
      expect(registry.catalogue().map(({ id }) => id)).toEqual(["Pine", "pine"]);
    });
  });

  it("RT-60 makes one entry with both aliases of one digest under two names", () => {
    const lists = [
      [{ name: "pine:7b", digest: "sha256:AB12" }],
      [{ name: "fir:7b", digest: "ab12" }],
    ];
    expect(catalogueOf(...lists)).toEqual([["pine:7b", "pine:7b", "fir:7b", "2"]]);
  });

  it("RT-61 makes two entries of one name with two digests", () => {
    const lists = [
      [{ name: "pine", digest: "aaaa11112222" }],
      [{ name: "Pine", digest: "bbbb33334444" }],
    ];
    expect(catalogueOf(...lists)).toEqual([
      ["Pine-33334444", "Pine-33334444", "Pine", "1"],
      ["pine", "pine", "1"],
    ]);
  });

  it("merges names that differ in case, the first endpoint's spelling being the id", () => {
    const lists = [[{ name: "Acme/Pine" }], [{ name: "acme/pine" }]];
    expect(catalogueOf(...lists)).toEqual([["Acme/Pine", "Acme/Pine", "acme/pine", "2"]]);
  });

  it("adds a listing without digest to the entry of its name", () => {
    const lists = [
      [{ name: "pine" }],
      [{ name: "pine", digest: "d1" }],
      [{ name: "fir", digest: "d1" }],
    ];
    expect(catalogueOf(...lists)).toEqual([["pine", "pine", "fir", "3"]]);
  });

  it("makes the same catalogue whoever answers first", () => {
    const lists: [typeof A, Model[]][] = [
      [A, [{ name: "pine" }]],
      [
        B,
        [
          { name: "Pine", digest: "d1" },
          { name: "oak", digest: "d2" },
        ],
      ],
      [
        C,
        [
          { name: "pine", digest: "d3" },
          { name: "fir", digest: "d1" },
        ],
      ],
    ];
    const catalogues = [lists, lists.toReversed()].map((order) => {
      const registry = make();
      for (const [endpoint, models] of order) registry.replaceModels(endpoint, models);
      return registry.catalogue().map(({ id, aliases }) => [id, aliases]);
    });
    expect(catalogues[0]).toEqual(catalogues[1]);
    expect(catalogues[0]?.map(([id]) => id)).toEqual(["oak", "pine", "pine-d3"]);
  });

  it("PV-19 describes a model from what its backend reports", () => {
    const registry = make();
    registry.replaceModels(A, [
      {
        name: "llama3.1:8b",
        sizeBytes: 4_400_000_000,
        digest: "d",
        family: "llama",
        parameterSize: "8.0B",
        quantization: "Q4_K_M",
        format: "gguf",
        maxContextLength: 131_072,
      },
    ]);
    expect(registry.catalogue()[0]).toMatchObject({
      family: "llama",
      publisher: "meta",
      parameterSize: "8b",
      parameterCount: 8e9,
      quantization: "q4km",
      format: "gguf",
      maxContextLength: 131_072,
      diskBytes: 4_400_000_000,
      capabilities: ["long-context", "text-generation"],
    });
  });

  it("takes each field from the first that reports it, and unites capabilities", () => {
    const registry = make();
    registry.replaceModels(A, [{ name: "pine", format: "", capabilities: ["tools"] }]);
    registry.replaceModels(B, [
      { name: "pine", format: "gguf", quantization: "Q8_0", type: "vlm" },
    ]);
    registry.replaceModels(C, [{ name: "pine", format: "mlx", families: ["gemma3"] }]);
    expect(registry.catalogue()[0]).toMatchObject({
      format: "gguf",
      quantization: "q8",
      family: "gemma",
      capabilities: expect.arrayContaining(["tools", "vision", "text-generation"]),
    });
  });

  it("R23 leaves the number of parameters unknown rather than take the bytes on disk", () => {
    const registry = make();
    registry.replaceModels(A, [{ name: "pine", parameterSize: "large", sizeBytes: 4e9 }]);
    expect(registry.catalogue()[0]).toMatchObject({ parameterSize: "large", parameterCount: 0 });
  });

  it("ignores models without name and repeated ones", () => {
    const registry = make();
    registry.replaceModels(A, [{ name: "" }, { name: "pine" }, { name: "pine", sizeBytes: 1 }]);
    expect(registry.modelsOf(A)?.models).toEqual([{ name: "pine" }]);
  });

  it("forgets the former owner's models when a slot passes to another endpoint", () => {
    const registry = make();
    registry.replaceModels(A, [{ name: "pine" }]);
    const next = makeEndpoint({ slot: A.slot, name: "next" });
    expect(registry.modelsOf(next)).toBeUndefined();
    registry.removeEndpoint(next);
    expect(registry.modelsOf(A)?.models).toHaveLength(1);
    registry.replaceModels(next, [{ name: "oak" }]);
    expect(registry.modelsOf(A)).toBeUndefined();
    expect(registry.catalogue().map(({ id }) => id)).toEqual(["oak"]);
  });

  it("moves only the time when an endpoint lists the same again", () => {
    const clock = new ManualClock();
    const registry = make({ clock });
    registry.replaceModels(A, [{ name: "pine" }]);
    const [before] = registry.catalogue();
    clock.advance(1_000);
    registry.replaceModels(A, [{ name: "pine" }]);
    const [after] = registry.catalogue();
    expect(after).toEqual({ ...before, lastSeenAt: clock.wallTime() });
    expect(after?.sources).toBe(before?.sources);
  });

  it("shows the endpoint as it is configured now", () => {
    const registry = make();
    registry.replaceModels(A, [{ name: "pine" }]);
    const changed = { ...A, priority: 1 };
    registry.replaceModels(changed, [{ name: "pine" }]);
    expect(registry.catalogue()[0]?.sources[0]?.endpoint).toBe(changed);
  });

  it("keeps at most so many names and tells what it left out", () => {
    const onOverflow = vi.fn<(overflow: RegistryOverflow) => void>();
    const registry = make({ maxModels: 2, onOverflow });
    registry.replaceModels(A, [{ name: "a" }, { name: "b" }, { name: "c" }]);
    expect(onOverflow).toHaveBeenCalledExactlyOnceWith({ endpoint: A, admitted: 2, dropped: 1 });
    registry.replaceModels(B, [{ name: "B" }, { name: "d" }]);
    expect(registry.modelsOf(B)?.models).toEqual([{ name: "B" }]);
  });

  it("makes room when names go", () => {
    const registry = make({ maxModels: 2 });
    registry.replaceModels(A, [{ name: "a" }, { name: "b" }]);
    registry.replaceModels(A, [{ name: "c" }, { name: "d" }]);
    expect(registry.modelsOf(A)?.models).toEqual([{ name: "c" }, { name: "d" }]);
  });

  it("finds the row of a name in any case, and the shared one for unknown names", () => {
    const registry = make({ maxModelSlots: 8 });
    registry.replaceModels(A, [{ name: "Pine" }, { name: "oak" }]);
    expect(registry.modelSlot("pINE")).toBe(0);
    expect(registry.modelSlot("OAK")).toBe(1);
    expect(registry.modelSlot("ash")).toBe(7);
  });

  it("clears a row before it passes on", () => {
    const clock = new ManualClock();
    const onSlotReuse = vi.fn<(slot: number) => void>();
    const registry = make({ clock, maxModelSlots: 2, slotHoldMs: 10, onSlotReuse });
    registry.replaceModels(A, [{ name: "pine" }]);
    registry.replaceModels(A, []);
    clock.advance(10);
    registry.replaceModels(A, [{ name: "oak" }]);
    expect(onSlotReuse).toHaveBeenCalledExactlyOnceWith(0);
    expect(registry.modelSlot("oak")).toBe(0);
  });
});

describe("createFakeModelRegistry", () => {
  describeModelRegistry((clock) => createFakeModelRegistry(() => clock.wallTime()));
});
