import {
  CancellationSource,
  createSharedState,
  type Endpoint,
  SharedLeases,
  type SharedRegions,
  SharedSignal,
  toProxyError,
} from "@olla-ts/core";
import { makeEndpoint, ManualClock, settle } from "@olla-ts/core/testing";
import { describe, expect, it, vi } from "vitest";

import { createEndpointPlaces, type EndpointPlaces } from "./endpoint-places.ts";

const [a, b, free] = [
  makeEndpoint({ name: "a", slot: 0 }),
  makeEndpoint({ name: "b", slot: 1 }),
  makeEndpoint({ name: "free", slot: 2 }),
];

interface World {
  readonly vacancies: SharedSignal;
  readonly regions: SharedRegions;
  readonly clock: ManualClock;
  readonly places: EndpointPlaces;
  readonly busy: Map<Endpoint, number>;
  /** Asks for room; what became of it stands in `seen`. */
  readonly ask: (name: string, endpoints: readonly Endpoint[]) => CancellationSource;
  readonly seen: string[];
  /** A request at the endpoint ended. */
  readonly end: (endpoint: Endpoint) => Promise<void>;
}

/** Endpoints `a` and `b` take one request each, `free` any number. */
function start(maxWaiting = 10, other?: World): World {
  const clock = new ManualClock();
  const busy = other?.busy ?? new Map<Endpoint, number>();
  const shared = createSharedState(other?.regions);
  const threads = { index: other === undefined ? 0 : 1, count: 2 };
  const kept = new SharedLeases(shared, "kept", 3, threads);
  const vacancies = new SharedSignal(shared, "vacancies");
  const seen: string[] = [];
  const places = createEndpointPlaces({
    limitOf: (endpoint) => (endpoint === free ? 0 : 1),
    inFlight: (endpoint) => busy.get(endpoint) ?? 0,
    clock,
    maxWaiting: () => maxWaiting,
    waitMsOf: () => 1_000,
    kept,
    waitingRoom: new SharedLeases(shared, "waiting", 1, threads),
    vacancies,
  });
  async function enter(
    name: string,
    endpoints: readonly Endpoint[],
    place: Promise<Disposable>,
  ): Promise<void> {
    try {
      (await place)[Symbol.dispose]();
      seen.push(`${name} enters`);
      for (const taken of places.withRoom(endpoints).slice(0, 1)) {
        busy.set(taken, (busy.get(taken) ?? 0) + 1);
      }
    } catch (error) {
      seen.push(`${name} ${toProxyError(error).code}`);
    }
  }
  return {
    vacancies,
    regions: shared.regions(),
    clock,
    places,
    busy,
    seen,
    ask(name, endpoints) {
      const client = new CancellationSource();
      const place = places.enter(endpoints, client);
      if (place === undefined) seen.push(`${name} at once`);
      else void enter(name, endpoints, place);
      return client;
    },
    async end(endpoint) {
      busy.set(endpoint, (busy.get(endpoint) ?? 1) - 1);
      places.vacated();
      await settle();
    },
  };
}

describe("createEndpointPlaces", () => {
  it("PV-17 lets a request in at once while any of its endpoints has room", () => {
    const { ask, seen, busy, places } = start();
    busy.set(a, 1);
    ask("first", [a, b]);
    ask("second", [a, free]);
    expect(seen).toEqual(["first at once", "second at once"]);
    expect(places.withRoom([a, b, free])).toEqual([b, free]);
  });

  it("PV-17 lets those that wait in one by one, in the order of coming", async () => {
    const { ask, seen, busy, end } = start();
    busy.set(a, 1);
    for (const name of ["first", "second", "third"]) ask(name, [a]);
    expect(seen).toEqual([]);
    await end(a);
    expect(seen).toEqual(["first enters"]);
    await end(a);
    expect(seen).toEqual(["first enters", "second enters"]);
  });

  it("keeps the room for the one that was told of it, whoever comes before it enters", async () => {
    const { ask, seen, busy, places } = start();
    busy.set(a, 1);
    ask("first", [a]);
    busy.set(a, 0);
    places.vacated();
    ask("late", [a]);
    await settle();
    expect(seen).toEqual(["first enters"]);
    expect(busy.get(a)).toBe(1);
  });

  it("lets a request pass one that waits for another endpoint", async () => {
    const { ask, seen, busy, end } = start();
    busy.set(a, 1).set(b, 1);
    ask("for a", [a]);
    ask("for b", [b]);
    await end(b);
    expect(seen).toEqual(["for b enters"]);
  });

  it("PV-17 refuses whoever waited too long, and those that are too many", async () => {
    const { ask, seen, busy, clock, end } = start(1);
    busy.set(a, 1);
    ask("first", [a]);
    ask("second", [a]);
    await settle();
    expect(seen).toEqual(["second overloaded"]);
    clock.advance(1_000);
    await settle();
    expect(seen).toEqual(["second overloaded", "first overloaded"]);
    await end(a);
    expect(seen).toHaveLength(2);
  });

  it("forgets a client that left", async () => {
    const { ask, seen, busy, end } = start();
    busy.set(a, 1);
    const client = ask("first", [a]);
    ask("second", [a]);
    client.abort();
    await end(a);
    expect(seen).toEqual(["first client_aborted", "second enters"]);
  });

  it("lets in who waits when another thread makes room, and tells the others who has it", async () => {
    const here = start();
    const there = start(10, here);
    here.busy.set(a, 1);
    here.ask("first", [a]);
    await settle();
    expect(here.seen).toEqual([]);
    here.busy.set(a, 0);
    there.vacancies.give();
    await vi.waitFor(() => expect(here.seen).toEqual(["first enters"]));
    there.ask("second", [a]);
    await settle();
    expect(there.seen).toEqual([]);
  });

  it("keeps a place that another thread keeps", async () => {
    const here = start();
    const there = start(10, here);
    here.busy.set(a, 1);
    const place = here.places.enter([a], new CancellationSource());
    here.busy.set(a, 0);
    here.places.vacated();
    expect(there.places.withRoom([a])).toEqual([]);
    (await place)?.[Symbol.dispose]();
    expect(there.places.withRoom([a])).toEqual([a]);
  });
});
