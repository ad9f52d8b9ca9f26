import type { ModelFilter } from "../domain/endpoint.ts";
import type { HeaderList } from "../domain/header-list.ts";

/** An endpoint as a source describes it, before it has a slot and its profile's defaults. */
export interface EndpointSpec {
  readonly name: string;
  /** Absolute `http:` or `https:` URL without user info. */
  readonly url: string;
  /** Provider type or alias in any spelling; `auto` when unknown. */
  readonly type: string;
  readonly priority: number | undefined;
  readonly preservePath: boolean;
  /** Absolute, or relative to `url`; undefined for the profile's. */
  readonly healthCheckUrl: string | undefined;
  readonly modelUrl: string | undefined;
  readonly checkIntervalMs: number;
  readonly checkTimeoutMs: number;
  readonly modelFilter: ModelFilter;
  /** Fields set on every request, credentials included. */
  readonly headers: HeaderList;
  /** Query parameters set on every request, `name=value&…`, encoded; empty for none. May hold credentials. */
  readonly query: string;
}

/** Where endpoints come from: the configuration, a file, DNS, an orchestrator. */
export interface EndpointSource {
  /** For the log, for example `static`. */
  readonly name: string;
  /** The complete present set. @throws ProxyError when it cannot be read */
  load(): Promise<readonly EndpointSpec[]>;
  /** Calls back with the complete new set whenever it changes, until disposed. */
  watch(changed: (endpoints: readonly EndpointSpec[]) => void): Disposable;
}
