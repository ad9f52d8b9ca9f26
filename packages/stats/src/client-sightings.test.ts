import { createSharedState } from "@olla-ts/core";
import { describe, expect, it } from "vitest";

import { ClientSightings } from "./client-sightings.ts";

function makeSightings(capacity = 16): ClientSightings {
  return new ClientSightings({ shared: createSharedState(), name: "s", capacity });
}

describe("ClientSightings", () => {
  it("tells a new client from one that was here", () => {
    const sightings = makeSightings();
    expect(["a", "b", "a", "b"].map((client) => sightings.see(client, 1))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(sightings.size()).toBe(2);
  });

  it("forgets clients that were not here since a time", () => {
    const sightings = makeSightings();
    sightings.see("a", 1_000);
    sightings.see("b", 1_000);
    sightings.see("a", 2_000);
    sightings.forgetBefore(2_000);
    expect(sightings.size()).toBe(1);
    expect(sightings.see("a", 2_001)).toBe(false);
    expect(sightings.see("b", 2_001)).toBe(true);
  });

  it("never holds more than its capacity", () => {
    const sightings = makeSightings(2);
    for (const client of ["a", "b", "c"]) sightings.see(client, 1);
    expect(sightings.size()).toBe(2);
    expect(sightings.capacity).toBe(2);
  });
});
