/** What sticky routing has done since the start. */
export interface StickyStats {
  readonly activeSessions: number;
  readonly insertions: number;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly maxSessions: number;
  /** 0: never expires. */
  readonly idleTtlSeconds: number;
}

/**
 * Remembers which endpoint a conversation went to. Bounded: the least recently
 * used entry leaves for a new one. A look-up that finds an entry renews it.
 */
export interface StickyStore {
  /** Slot of the endpoint, or undefined when nothing is known or it expired. */
  find(key: string): number | undefined;
  /** What `find` would return, without renewing or counting anything. */
  peek(key: string): number | undefined;
  /** Remembers or replaces. */
  pin(key: string, slot: number): void;
  /** Forgets every entry of an endpoint. Off the request path. */
  purge(slot: number): void;
  stats(): StickyStats;
}
