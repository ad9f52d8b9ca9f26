import type { Endpoint, RoutingTable } from "@olla-ts/core";

import type { ConfigFile } from "./config/schema.ts";

/** How far a change of configuration has come, outside the main thread too. */
export interface Changeover {
  /** Resolves when every request that begins is served under it. */
  readonly inForce: Promise<void>;
  /** Resolves when the last request under a former one has ended. */
  readonly retired: Promise<void>;
}

/** What clients connect to: one listener in this thread, or one in each of several. */
export interface Front extends AsyncDisposable {
  /**
   * Opens the port; 0 is any free one.
   *
   * @returns the address for people
   * @throws ConfigError (rejection) when the port cannot be had
   */
  readonly listen: (host: string, port: number) => Promise<string>;
  /**
   * Stops accepting and waits for what is in flight, at most `timeoutMs`; whatever
   * is left then is cut.
   *
   * @returns whether every request could end by itself
   */
  readonly drain: (timeoutMs: number) => Promise<boolean>;
  /** Hands on a table of the configuration in force. */
  readonly publish: (table: RoutingTable) => void;
  /**
   * Hands on a configuration that is in force in this thread already.
   *
   * @param left endpoints that the former one had and this one has not
   */
  readonly changeOver: (config: ConfigFile, left: readonly Endpoint[]) => Changeover;
  /** Resolves when everything that was handed on before is in force everywhere. */
  readonly caughtUp: () => Promise<void>;
  /** Ends one of several threads at once, as a fault in it would. */
  readonly terminate: (index: number) => Promise<void>;
}
