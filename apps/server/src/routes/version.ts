import type { Hono } from "hono";

import type { LocalEnv } from "../http/local-env.ts";
import type { Services } from "../http/services.ts";
import { readOnly } from "./read-only.ts";

const CAPABILITIES = [
  "load_balancing",
  "health_checking",
  "rate_limiting",
  "model_unification",
  "endpoint_discovery",
  "message_translation",
  "translation_anthropic",
  "passthrough_anthropic",
];

/** `/version`: what runs here. */
export function versionRoute(app: Hono<LocalEnv>, services: Services): void {
  readOnly(app, "/version", (context) =>
    context.json({
      name: "Olla",
      version: services.version,
      edition: "TypeScript",
      description: "Proxy and load balancer for language models you run yourself",
      build: {
        commit: "none",
        date: "unknown",
        runtime: `node ${process.versions.node}`,
        platform: `${process.platform}/${process.arch}`,
      },
      capabilities: CAPABILITIES,
      capabilities_experimental: [],
      supported_backends: [...services.table().profiles.keys()],
      api: {
        version: "v1",
        endpoints: {
          health: "/internal/health",
          metrics: "/internal/metrics",
          status: "/internal/status",
          process: "/internal/process",
          version: "/version",
        },
      },
      links: { dashboard: "/internal/ui/", models: "/olla/models" },
    }),
  );
}
