import type { Hono } from "hono";

import type { LocalEnv } from "../http/local-env.ts";
import type { Services } from "../http/services.ts";
import { readOnly } from "./read-only.ts";
import { tokenStats } from "./token-stats.ts";
import { translatorStats } from "./translator-stats.ts";

const HOUR_MS = 3_600_000;

/** `/internal/stats/…`: traffic per model, of translators and of sticky routing. */
export function statsRoutes(app: Hono<LocalEnv>, services: Services): void {
  readOnly(app, "/internal/stats/models", (context) => context.json(modelStats(services)));
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

function modelStats({ registry, stats, clock, format, successPercent }: Services): object {
  const now = clock.wallTime();
  const used = registry
    .catalogue()
    .map((model) => ({ name: model.id, figures: stats.model(model) }))
    .filter(({ figures }) => figures.requests > 0)
    .toSorted((a, b) => b.figures.requests - a.figures.requests || a.name.localeCompare(b.name));
  const sum = (pick: (figures: (typeof used)[number]["figures"]) => number): number =>
    used.reduce((total, { figures }) => total + pick(figures), 0);
  const succeeded = sum((figures) => figures.succeeded);
  const failed = sum((figures) => figures.failed);
  return {
    timestamp: new Date(now).toISOString(),
    models: used.map(({ name, figures }) => ({
      name,
      total_requests: figures.requests,
      successful_requests: figures.succeeded,
      failed_requests: figures.failed,
      success_rate: format.percent(successPercent(figures)),
      total_traffic: format.bytes(figures.responseBytes),
      average_latency: format.latency(figures.latency.averageMs),
      p95_latency: format.latency(figures.latency.p95Ms),
      p99_latency: format.latency(figures.latency.p99Ms),
      last_requested: format.ago(figures.lastUsedAt, now),
    })),
    summary: {
      total_models: used.length,
      active_models: used.filter(({ figures }) => now - (figures.lastUsedAt ?? 0) < HOUR_MS).length,
      total_requests: sum((figures) => figures.requests),
      overall_success_rate: format.percent(successPercent({ succeeded, failed })),
      total_traffic: format.bytes(sum((figures) => figures.responseBytes)),
      most_popular_model: used.at(0)?.name ?? "",
      least_popular_model: used.at(-1)?.name ?? "",
    },
  };
}
