import { describe, expect, it } from "vitest";

import { loadConfig } from "./load.ts";
import { reloadable } from "./reloadable.ts";
import type { ConfigFile } from "./schema.ts";

function config(text: string): ConfigFile {
  return loadConfig({ path: "config.yaml", text }, {}).config;
}

const CURRENT = config("server: { port: 4000 }\nproxy: { load_balancer: priority }\n");

describe("reloadable", () => {
  it("takes over what can be changed at run time", () => {
    const next = config("server: { port: 4000 }\nproxy: { load_balancer: round-robin }\n");
    const { config: effective, changes, waiting } = reloadable(CURRENT, next);
    expect(effective).toEqual(next);
    expect(changes.map(({ key }) => key)).toEqual(["proxy.load_balancer"]);
    expect(waiting).toEqual([]);
  });

  it.each([
    ["server.host", "server: { port: 4000, host: 127.0.0.2 }"],
    ["server.workers", "server: { port: 4000, workers: auto }"],
    ["server.port", "server: { port: 4001 }"],
    [
      "server.request_limits.max_header_size",
      "server: { port: 4000, request_limits: { max_header_size: 8192 } }",
    ],
    ["server.rate_limits.max_clients", "server: { port: 4000, rate_limits: { max_clients: 17 } }"],
    ["limits.max_endpoints", "server: { port: 4000 }\nlimits: { max_endpoints: 3 }"],
    [
      "telemetry.traces.enabled",
      "server: { port: 4000 }\ntelemetry: { traces: { enabled: true } }",
    ],
    ["logging.format", "server: { port: 4000 }\nlogging: { format: text }"],
    [
      "model_registry.enable_unifier",
      "server: { port: 4000 }\nmodel_registry: { enable_unifier: false }",
    ],
  ])("leaves %s as it is and says that it waits", (key, text) => {
    const next = config(`${text}\nproxy: { load_balancer: priority }\n`);
    const { config: effective, changes, waiting } = reloadable(CURRENT, next);
    expect(effective).toEqual(CURRENT);
    expect(changes).toEqual([]);
    expect(waiting.map((change) => change.key)).toEqual([key]);
  });

  it("leaves the size of the table of sessions, and takes the rest of its section", () => {
    const next = config(
      "server: { port: 4000 }\nproxy: { load_balancer: priority, sticky_sessions: { enabled: true, max_sessions: 5 } }\n",
    );
    const { changes, waiting } = reloadable(CURRENT, next);
    expect(changes.map(({ key }) => key)).toEqual(["proxy.sticky_sessions.enabled"]);
    expect(waiting.map(({ key }) => key)).toEqual(["proxy.sticky_sessions.max_sessions"]);
  });
});
