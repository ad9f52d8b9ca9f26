import { array, assert, integer, property, record } from "fast-check";
import { describe, expect, it } from "vitest";

import { KeyedTable } from "./keyed-table.ts";
import { createSharedState } from "./shared-state.ts";

function makeTable(capacity: number): KeyedTable {
  return new KeyedTable(createSharedState(), "t", capacity);
}

function store(table: KeyedTable, key: string, now: number, number = 0, quantity = 0): void {
  table.update(key, now, (entry) => {
    entry.number = number;
    entry.quantity = quantity;
    return "keep";
  });
}

/** Whether the table has the key, without touching it. */
function has(table: KeyedTable, key: string): boolean {
  let found = false;
  expect(() => {
    table.update(key, 0, (entry) => {
      found = entry.found;
      // Leaving through an error is the one way to change nothing at all.
      throw new Error("only looking");
    });
  }).toThrow("only looking");
  return found;
}

describe("KeyedTable", () => {
  it("gives a new entry zeros, and later what was stored", () => {
    const table = makeTable(4);
    const seen: unknown[] = [];
    for (const now of [5, 9]) {
      table.update("a", now, (entry) => {
        seen.push({ ...entry });
        entry.number = 7;
        entry.quantity = 0.25;
        return "keep";
      });
    }
    expect(seen).toEqual([
      { found: false, number: 0, quantity: 0, touchedAt: 0 },
      { found: true, number: 7, quantity: 0.25, touchedAt: 5 },
    ]);
    expect(table.size()).toBe(1);
  });

  it("frees an entry that is to be removed, and makes none for a key it does not know", () => {
    const table = makeTable(4);
    store(table, "a", 1);
    table.update("a", 2, () => "remove");
    table.update("b", 3, () => "remove");
    expect(table.size()).toBe(0);
    expect(has(table, "a")).toBe(false);
    expect(table.evictions()).toBe(0);
  });

  it("stays usable and unchanged when a change throws", () => {
    const table = makeTable(4);
    store(table, "a", 1, 7);
    const failing = (): void => {
      table.update("a", 2, (entry) => {
        entry.number = 8;
        throw new Error("broken");
      });
    };
    expect(failing).toThrow("broken");
    table.update("a", 3, (entry) => {
      expect(entry).toMatchObject({ number: 7, touchedAt: 1 });
      return "keep";
    });
  });

  it("RT-46 lets the least recently touched entry leave for a third when it holds two", () => {
    const table = makeTable(2);
    store(table, "a", 1);
    store(table, "b", 2);
    store(table, "a", 3);
    store(table, "c", 4);
    expect(["a", "b", "c"].map((key) => has(table, key))).toEqual([true, false, true]);
    expect(table.size()).toBe(2);
    expect(table.evictions()).toBe(1);
  });

  it("evicts in exact order of last use up to 16 entries", () => {
    const steps = array(
      record({ key: integer({ min: 0, max: 24 }), remove: integer({ min: 0, max: 4 }) }),
    );
    assert(
      property(integer({ min: 1, max: 16 }), steps, (capacity, changes) => {
        const table = makeTable(capacity);
        const model = new Map<number, number>(); // in order of last use
        for (const [now, { key, remove }] of changes.entries()) {
          const known = model.get(key);
          model.delete(key);
          let seen: number | undefined;
          table.update(String(key), now + 1, (entry) => {
            seen = entry.found ? entry.number : undefined;
            entry.number = now;
            return remove === 0 ? "remove" : "keep";
          });
          expect(seen).toBe(known);
          if (remove === 0) continue;
          if (model.size === capacity) model.delete([...model.keys()][0]!);
          model.set(key, now);
        }
        expect(table.size()).toBe(model.size);
      }),
    );
  });

  it("never holds more than its capacity and counts what had to leave", () => {
    const table = makeTable(100);
    for (let key = 0; key < 1_000; key += 1) store(table, `key-${key}`, key);
    const held = Array.from({ length: 1_000 }, (_, key) => has(table, `key-${key}`));
    const count = held.filter(Boolean).length;
    expect(count).toBe(table.size());
    expect(count).toBeLessThanOrEqual(table.capacity);
    expect(table.evictions()).toBe(1_000 - count);
    expect(held.at(-1)).toBe(true);
  });

  it.each([
    [1, 1],
    [16, 16],
    [17, 32],
    [100, 112],
    [0, 1],
  ])("rounds a capacity of %d up to %d", (asked, capacity) => {
    expect(makeTable(asked).capacity).toBe(capacity);
  });

  it("fills most of a large table before much has to leave", () => {
    const table = makeTable(4_096);
    for (let key = 0; key < 2_048; key += 1) store(table, `session-${key}`, key);
    expect(table.evictions()).toBeLessThan(20);
    expect(table.size()).toBe(2_048 - table.evictions());
  });

  it("sweeps out the entries that are to leave, and those alone", () => {
    const table = makeTable(64);
    for (let key = 0; key < 20; key += 1) store(table, `key-${key}`, 1_000 + key, key % 2, key / 2);
    expect(table.sweep((number) => number === 1)).toBe(10);
    expect(table.size()).toBe(10);
    const seen: number[] = [];
    table.sweep((number, quantity, touchedAt) => {
      expect(number).toBe(0);
      expect(touchedAt).toBe(1_000 + quantity * 2);
      seen.push(quantity);
      return false;
    });
    expect(seen.toSorted((one, other) => one - other)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("stays usable when a sweep throws", () => {
    const table = makeTable(4);
    store(table, "a", 1);
    const failing = (): void => {
      table.sweep(() => {
        throw new Error("broken");
      });
    };
    expect(failing).toThrow("broken");
    store(table, "b", 2);
    expect(table.size()).toBe(2);
  });

  it("is one table for all that share the memory", () => {
    const shared = createSharedState();
    const one = new KeyedTable(shared, "t", 40);
    const other = new KeyedTable(createSharedState(shared.regions()), "t", 40);
    store(one, "a", 1, 7);
    expect(has(other, "a")).toBe(true);
    expect(other.size()).toBe(1);
  });

  it("takes over the lock that a dead thread left behind", () => {
    const shared = createSharedState();
    const table = new KeyedTable(shared, "t", 1);
    Atomics.store(shared.int32("t.locks", 1), 0, 1);
    store(table, "a", 1);
    expect(has(table, "a")).toBe(true);
  });
});
