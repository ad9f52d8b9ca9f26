/** Which model names of an endpoint are used; globs with `*` anywhere, case-insensitive. */
export interface ModelFilter {
  /** Names admitted; empty admits all. */
  readonly include: readonly string[];
  /** Names refused, whatever `include` says. */
  readonly exclude: readonly string[];
}

/**
 * One configured LLM server. Plain data, safe to log and to show: credentials
 * are not part of it (see `RoutingTable.upstreamHeaders`), and what changes from
 * second to second (status, load) is in `EndpointStates` under `slot`.
 */
export interface Endpoint {
  /** Row of this endpoint in shared memory; stable for as long as the endpoint lives. */
  readonly slot: number;
  /** Unique in the configuration. */
  readonly name: string;
  /** Address without user info, query and trailing slash: `http://host:port/base`. */
  readonly url: string;
  /** Scheme, host and port: `http://host:port`. */
  readonly origin: string;
  /** Path of `url`; empty or `/base`. */
  readonly basePath: string;
  /** Canonical provider type, a key of `RoutingTable.profiles`, or `auto`. */
  readonly type: string;
  /** Higher is preferred by the `priority` strategy. */
  readonly priority: number;
  /** Whether `basePath` is kept in front of the request's path. */
  readonly preservePath: boolean;
  /** Absolute URL of the probe. */
  readonly healthUrl: string;
  /** Absolute URL of the model list. */
  readonly modelsUrl: string;
  readonly checkIntervalMs: number;
  readonly checkTimeoutMs: number;
  readonly modelFilter: ModelFilter;
}
