import { CounterGrid, KeyedTable, type SharedState } from "@olla-ts/core";
import type { Clock, StickyStats, StickyStore } from "@olla-ts/core/ports";

/** Sessions kept when the configuration sets no limit: 32 MB of shared memory. */
const UNLIMITED_SESSIONS = 1_000_000;

/** Columns of the counters. */
const INSERTIONS = 0;
const HITS = 1;
const MISSES = 2;
/** Entries that expired or were purged; those that made room are counted by the table. */
const DROPPED = 3;
const COLUMNS = 4;

export interface SharedStickyStoreOptions {
  /** Holds the table and the counters; every thread that shares it sees the same pins. */
  readonly shared: SharedState;
  /** `now` has to count from the same zero in every thread that shares the state. */
  readonly clock: Clock;
  /** Sessions remembered at a time; 0 or less: 1,000,000. */
  readonly maxSessions: number;
  /** Seconds without use after which a session is forgotten; 0 or less: never. */
  readonly idleTtlSeconds: number;
}

/**
 * Remembers pins in shared memory of fixed size.
 *
 * Up to 16 sessions the one that leaves is exactly the least recently used;
 * beyond, it is so among the 16 that share its place in the table, and the table
 * holds up to 15 more than asked for. Every entry that leaves counts as an
 * eviction, so that insertions less evictions are the active sessions.
 */
export function createSharedStickyStore({
  shared,
  clock,
  maxSessions,
  idleTtlSeconds,
}: SharedStickyStoreOptions): StickyStore {
  const limit = maxSessions > 0 ? maxSessions : UNLIMITED_SESSIONS;
  const ttlSeconds = Math.max(0, idleTtlSeconds);
  const ttlMs = ttlSeconds === 0 ? Number.POSITIVE_INFINITY : ttlSeconds * 1000;
  const table = new KeyedTable(shared, "sticky.sessions", limit);
  const counters = new CounterGrid(shared, "sticky.counters", 1, COLUMNS);

  function drop(leaves: (slot: number, touchedAt: number) => boolean): void {
    counters.add(
      0,
      DROPPED,
      table.sweep((slot, _unused, touchedAt) => leaves(slot, touchedAt)),
    );
  }

  return {
    find(key: string): number | undefined {
      const now = clock.now();
      let slot: number | undefined;
      let expired = false;
      table.update(key, now, (entry) => {
        expired = entry.found && now - entry.touchedAt >= ttlMs;
        if (!entry.found || expired) return "remove";
        slot = entry.number;
        return "keep";
      });
      counters.add(0, slot === undefined ? MISSES : HITS);
      if (expired) counters.add(0, DROPPED);
      return slot;
    },

    peek(key: string): number | undefined {
      const entry = table.peek(key);
      return entry === undefined || clock.now() - entry.touchedAt >= ttlMs
        ? undefined
        : entry.number;
    },

    pin(key: string, slot: number): void {
      let inserted = false;
      table.update(key, clock.now(), (entry) => {
        inserted = !entry.found;
        entry.number = slot;
        return "keep";
      });
      if (inserted) counters.add(0, INSERTIONS);
    },

    purge(slot: number): void {
      drop((held) => held === slot);
    },

    /** Forgets what has expired first, so that only live sessions are counted. Visits the whole table. */
    stats(): StickyStats {
      const now = clock.now();
      drop((_slot, touchedAt) => now - touchedAt >= ttlMs);
      return {
        activeSessions: table.size(),
        insertions: counters.read(0, INSERTIONS),
        hits: counters.read(0, HITS),
        misses: counters.read(0, MISSES),
        evictions: table.evictions() + counters.read(0, DROPPED),
        maxSessions: limit,
        idleTtlSeconds: ttlSeconds,
      };
    },
  };
}
