import type { Hono } from "hono";

import type { LocalEnv } from "../http/local-env.ts";
import type { Services } from "../http/services.ts";
import { modelStats } from "./model-stats.ts";
import { readOnly } from "./read-only.ts";
import { tokenStats } from "./token-stats.ts";
import { translatorStats } from "./translator-stats.ts";

/** `/internal/stats/…`: traffic per model, of translators and of sticky routing. */
export function statsRoutes(app: Hono<LocalEnv>, services: Services): void {
  readOnly(app, "/internal/stats/models", (context) =>
    context.json(modelStats(services, new URL(context.req.url).searchParams)),
  );
  readOnly(app, "/internal/stats/tokens", (context) => context.json(tokenStats(services)));
  readOnly(app, "/internal/stats/translators", (context) =>
    context.json(translatorStats(services)),
  );
  readOnly(app, "/internal/stats/sticky", (context) => {
    const figures = services.sticky();
    if (figures === undefined) return context.json({ enabled: false });
    return context.json({
      enabled: true,
      active_sessions: figures.activeSessions,
      insertions: figures.insertions,
      hits: figures.hits,
      misses: figures.misses,
      evictions: figures.evictions,
      max_sessions: figures.maxSessions,
      idle_ttl_seconds: figures.idleTtlSeconds,
    });
  });
}
