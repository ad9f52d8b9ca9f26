import { describe, expect, it } from "vitest";

import type { Clock } from "../ports/clock.ts";
import type { StickyStore } from "../ports/sticky-store.ts";
import { ManualClock } from "./manual-clock.ts";

/** What the contract varies about a store. */
export interface StickyStoreSetup {
  readonly clock: Clock;
  readonly maxSessions: number;
  /** 0: never expires. */
  readonly idleTtlSeconds: number;
}

/**
 * What every `StickyStore` keeps.
 *
 * @param make a new, empty store
 */
export function describeStickyStore(make: (setup: StickyStoreSetup) => StickyStore): void {
  function setUp(over: Partial<StickyStoreSetup> = {}): { store: StickyStore; clock: ManualClock } {
    const clock = new ManualClock();
    return { store: make({ clock, maxSessions: 10, idleTtlSeconds: 60, ...over }), clock };
  }

  describe("StickyStore contract", () => {
    it("knows nothing at first", () => {
      const { store } = setUp();
      expect(store.find("a")).toBeUndefined();
    });

    it("finds the slot that was pinned, slot 0 included", () => {
      const { store } = setUp();
      store.pin("a", 0);
      store.pin("b", 7);
      expect([store.find("a"), store.find("b"), store.find("c")]).toEqual([0, 7, undefined]);
    });

    it("replaces a pin", () => {
      const { store } = setUp();
      store.pin("a", 1);
      store.pin("a", 2);
      expect(store.find("a")).toBe(2);
      expect(store.stats()).toMatchObject({ activeSessions: 1, insertions: 1 });
    });

    it("RT-46 evicts the least recently used of two for a third", () => {
      const { store, clock } = setUp({ maxSessions: 2 });
      store.pin("old", 1);
      clock.advance(1);
      store.pin("new", 2);
      clock.advance(1);
      store.find("old");
      clock.advance(1);
      store.pin("third", 3);
      expect(["old", "new", "third"].map((key) => store.find(key))).toEqual([1, undefined, 3]);
      expect(store.stats()).toMatchObject({ activeSessions: 2, evictions: 1 });
    });

    it("RT-47 a look-up within the idle time renews the entry, and it expires after", () => {
      const { store, clock } = setUp({ idleTtlSeconds: 10 });
      store.pin("a", 4);
      clock.advance(9_999);
      expect(store.find("a")).toBe(4);
      clock.advance(9_999);
      expect(store.find("a")).toBe(4);
      clock.advance(10_000);
      expect(store.find("a")).toBeUndefined();
    });

    it("peeks at what it would find, without renewing or counting it", () => {
      const { store, clock } = setUp({ maxSessions: 2, idleTtlSeconds: 10 });
      store.pin("a", 4);
      const before = store.stats();
      clock.advance(9_999);
      expect([store.peek("a"), store.peek("b")]).toEqual([4, undefined]);
      expect(store.stats()).toEqual(before);
      clock.advance(1);
      expect(store.peek("a"), "a peek does not renew").toBeUndefined();
      expect(store.find("a")).toBeUndefined();
    });

    it("evicts as if nobody had peeked", () => {
      const { store, clock } = setUp({ maxSessions: 2 });
      store.pin("old", 1);
      clock.advance(1);
      store.pin("new", 2);
      clock.advance(1);
      expect(store.peek("old")).toBe(1);
      clock.advance(1);
      store.pin("third", 3);
      expect(["old", "new", "third"].map((key) => store.find(key))).toEqual([undefined, 2, 3]);
    });

    it("keeps entries for ever with an idle time of 0", () => {
      const { store, clock } = setUp({ idleTtlSeconds: 0 });
      store.pin("a", 4);
      clock.advance(1e10);
      expect(store.find("a")).toBe(4);
    });

    it("forgets the entries of a purged endpoint and no others", () => {
      const { store } = setUp();
      store.pin("a", 1);
      store.pin("b", 2);
      store.pin("c", 1);
      store.purge(1);
      expect(["a", "b", "c"].map((key) => store.find(key))).toEqual([undefined, 2, undefined]);
    });

    it("pins again what was purged", () => {
      const { store } = setUp();
      store.pin("a", 1);
      store.purge(1);
      store.pin("a", 1);
      expect(store.find("a")).toBe(1);
    });

    it("counts insertions, hits, misses and evictions, and only live sessions as active", () => {
      const { store, clock } = setUp({ idleTtlSeconds: 10 });
      store.find("a");
      store.pin("a", 1);
      store.find("a");
      store.find("a");
      store.pin("b", 2);
      store.pin("c", 3);
      store.purge(3);
      clock.advance(10_000);
      expect(store.stats()).toEqual({
        activeSessions: 0,
        insertions: 3,
        hits: 2,
        misses: 1,
        evictions: 3,
        maxSessions: 10,
        idleTtlSeconds: 10,
      });
    });
  });
}
