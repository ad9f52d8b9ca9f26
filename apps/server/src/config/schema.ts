import { z } from "zod";

import { boolean, choice, duration, integer, listMap, text } from "./fields.ts";
import { endpointSchema } from "./schema-endpoint.ts";
import { modelRegistrySchema, proxySchema, translatorsSchema } from "./schema-proxy.ts";
import {
  dashboardSchema,
  engineeringSchema,
  loggingSchema,
  serverSchema,
} from "./schema-server.ts";

const modelDiscovery = z.object({
  enabled: boolean("Ask endpoints which models they have.", { default: true }),
  interval: duration("Time between two rounds.", { default: "5m" }),
  timeout: duration("Longest wait for one endpoint's list.", { default: "30s" }),
  concurrent_workers: integer("Endpoints asked at the same time.", { default: 5 }),
  retry_attempts: integer(
    "Accepted for compatibility; a failed list is asked for again with back-off.",
    {
      default: 3,
    },
  ),
  retry_backoff: duration("Accepted for compatibility.", { default: "1s" }),
});

const discovery = z.object({
  type: choice("Where endpoints come from.", ["static"], { default: "static" }),
  refresh_interval: duration(
    "Accepted for compatibility; endpoints of this file do not change by themselves.",
    {
      default: "30s",
    },
  ),
  static: z.object({ endpoints: z.array(endpointSchema).optional() }).prefault({}),
  model_discovery: modelDiscovery.prefault({}),
});

/** Size of what is kept in memory; all of it is allocated at start. */
const limits = z.object({
  max_endpoints: integer("Endpoints at a time.", { default: 1_024, min: 1, max: 16_384 }),
  max_models: integer("Models with statistics of their own at a time.", {
    default: 1_024,
    min: 1,
    max: 65_536,
  }),
});

/**
 * Every key of the configuration file. Durations come out in milliseconds, sizes
 * in bytes. One source of types, defaults, validation, environment overrides and
 * the reference page.
 */
export const configSchema = z.object({
  server: serverSchema.prefault({}),
  proxy: proxySchema.prefault({}),
  discovery: discovery.prefault({}),
  model_registry: modelRegistrySchema.prefault({}),
  model_aliases: listMap(
    "Further names for models: each with the real models behind it, in order of preference.",
  ),
  translators: translatorsSchema.prefault({}),
  dashboard: dashboardSchema.prefault({}),
  logging: loggingSchema.prefault({}),
  engineering: engineeringSchema.prefault({}),
  limits: limits.prefault({}),
  profiles_dir: text("Folder with further backend profiles.", { default: "" }),
});

export type ConfigFile = z.output<typeof configSchema>;

/** Keys that other versions accept and that mean nothing here: no warning for them. */
export const IGNORED_KEYS: readonly string[] = [
  "discovery.health_check",
  "server.rate_limits.per_endpoint",
  "model_registry.unification.enabled",
  "model_registry.unification.cache_ttl",
  "model_registry.unification.custom_rules",
  "model_registry.unification.family_overrides",
  "discovery.static.endpoints.tags",
];
