import { configChanges, type ConfigChange } from "./changes.ts";
import type { ConfigFile } from "./schema.ts";

export interface Reloadable {
  /** The next configuration, with what needs a restart as it was. */
  readonly config: ConfigFile;
  readonly changes: readonly ConfigChange[];
  /** What waits for a restart. */
  readonly waiting: readonly ConfigChange[];
}

/** What of `next` can be put in force while the gateway runs under `current`. */
export function reloadable(current: ConfigFile, next: ConfigFile): Reloadable {
  const config = withFixedParts(next, current);
  return {
    config,
    changes: configChanges(current, config),
    waiting: configChanges(config, next),
  };
}

/** The listener, the sizes of shared memory, and where log and traces go are settled at the start. */
function withFixedParts(next: ConfigFile, current: ConfigFile): ConfigFile {
  const { server, proxy, model_registry, dashboard } = current;
  return {
    ...next,
    limits: current.limits,
    dashboard: {
      ...next.dashboard,
      enabled: dashboard.enabled,
      recent_requests: dashboard.recent_requests,
      max_streams: dashboard.max_streams,
    },
    logging: current.logging,
    telemetry: current.telemetry,
    server: {
      ...next.server,
      host: server.host,
      port: server.port,
      workers: server.workers,
      request_limits: {
        ...next.server.request_limits,
        max_header_size: server.request_limits.max_header_size,
      },
      rate_limits: { ...next.server.rate_limits, max_clients: server.rate_limits.max_clients },
    },
    proxy: {
      ...next.proxy,
      sticky_sessions: {
        ...next.proxy.sticky_sessions,
        max_sessions: proxy.sticky_sessions.max_sessions,
      },
    },
    model_registry: {
      ...next.model_registry,
      enable_unifier: model_registry.enable_unifier,
      unification: {
        ...next.model_registry.unification,
        enabled: model_registry.unification.enabled,
      },
    },
  };
}
