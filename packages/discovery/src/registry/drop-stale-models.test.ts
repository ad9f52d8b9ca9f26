import { makeEndpoint, ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { dropStaleModels } from "./drop-stale-models.ts";
import { createModelRegistry } from "./model-registry.ts";

describe("dropStaleModels", () => {
  const dead = makeEndpoint({ slot: 0, name: "dead" });
  const alive = makeEndpoint({ slot: 1, name: "alive" });
  const unlisted = makeEndpoint({ slot: 2, name: "unlisted" });

  it.each([
    { afterMs: 999, dropped: [] },
    { afterMs: 1_000, dropped: ["dead"] },
  ])("after $afterMs ms of 1000 drops $dropped, and never one that works", (one) => {
    const clock = new ManualClock();
    const registry = createModelRegistry({ clock });
    registry.replaceModels(dead, [{ name: "pine" }]);
    registry.replaceModels(alive, [{ name: "fir" }]);
    clock.advance(one.afterMs);
    const dropped = dropStaleModels({
      endpoints: [dead, alive, unlisted],
      registry,
      isCurrent: (endpoint) => endpoint === alive,
      clock,
      staleMs: 1_000,
    });
    expect(dropped.map(({ name }) => name)).toEqual(one.dropped);
    expect(registry.catalogue()).toHaveLength(2 - dropped.length);
  });
});
