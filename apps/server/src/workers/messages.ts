import type { MessagePort } from "node:worker_threads";

import type { Endpoint, ErrorCode, RoutingTable, SharedRegions } from "@olla-ts/core";

import type { ConfigFile } from "../config/schema.ts";
import type { TraceSettings } from "../config/trace-settings.ts";
import type { GatheredRequest } from "../dashboard/gather-requests.ts";
import type { Bound } from "../serve.ts";

/** A configuration in force. Holds credentials: never log it. */
export interface WorkerState {
  readonly config: ConfigFile;
  /** What each profile says, by type. */
  readonly documents: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly table: RoutingTable;
  /** Memory that every thread counts in. */
  readonly regions: SharedRegions;
  /** Those of the start are in force. */
  readonly traces: TraceSettings | undefined;
}

/** What a thread is started with. */
export interface WorkerStart extends WorkerState {
  readonly index: number;
  /** Threads that serve requests. */
  readonly count: number;
  readonly version: string;
}

/** From the main thread to one that serves. */
export type Order =
  | { readonly kind: "listen"; readonly wanted: Bound }
  | { readonly kind: "table"; readonly table: RoutingTable }
  | {
      readonly kind: "change";
      readonly number: number;
      readonly state: WorkerState;
      readonly left: readonly Endpoint[];
    }
  /** Asks for an answer when everything before it is in force, and for what waits to be told. */
  | { readonly kind: "sync"; readonly number: number }
  | { readonly kind: "rediscovered"; readonly number: number }
  | { readonly kind: "drain"; readonly timeoutMs: number }
  | { readonly kind: "stop" };

/** From a thread that serves to the main thread. */
export type Notice =
  | { readonly kind: "ready" }
  | { readonly kind: "listening"; readonly bound: Bound }
  | { readonly kind: "not listening"; readonly code: string; readonly message: string }
  | { readonly kind: "synced"; readonly number: number }
  /** The change with this number is in force. */
  | { readonly kind: "changed"; readonly number: number }
  /** No request is left that began before the change. */
  | { readonly kind: "retired"; readonly number: number }
  | {
      readonly kind: "failure";
      readonly slot: number;
      readonly url: string;
      readonly code: ErrorCode;
    }
  | { readonly kind: "rediscover"; readonly number: number; readonly timeoutMs: number }
  /** A connection that carries one request for the main thread, from a client at `peer`. */
  | { readonly kind: "connection"; readonly port: MessagePort; readonly peer: string }
  /** For the dashboard, where there is one. */
  | { readonly kind: "requests"; readonly requests: readonly GatheredRequest[] }
  /** Whole records, a line each. */
  | { readonly kind: "log"; readonly lines: string }
  | { readonly kind: "drained"; readonly complete: boolean };
