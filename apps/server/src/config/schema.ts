import { z } from "zod";

import {
  boolean,
  choice,
  duration,
  integer,
  listMap,
  optionalDuration,
  optionalInteger,
  text,
} from "./fields.ts";
import { endpointSchema } from "./schema-endpoint.ts";
import { modelRegistrySchema, proxySchema, translatorsSchema } from "./schema-proxy.ts";
import {
  adminSchema,
  dashboardSchema,
  engineeringSchema,
  loggingSchema,
  serverSchema,
} from "./schema-server.ts";
import { telemetrySchema } from "./schema-telemetry.ts";

const modelDiscovery = z.object({
  enabled: boolean("Ask endpoints which models they have.", { default: true }),
  interval: duration("Time between two rounds.", { default: "5m" }),
  timeout: duration("Longest wait for one endpoint's list.", { default: "30s" }),
  concurrent_workers: integer("Endpoints asked at the same time.", {
    default: 5,
    unit: "endpoints",
  }),
  retry_attempts: optionalInteger(
    "Repetitions for a list that failed, before the next round; no bound when absent.",
    { min: 0, unit: "repetitions", example: 3 },
  ),
  retry_backoff: optionalDuration(
    "Longest wait before the first one; doubles each time. 5s when absent or 0.",
    { example: "5s" },
  ),
});

const discovery = z.object({
  type: choice("Where endpoints come from.", ["static"], { default: "static" }),
  health_check: z
    .object({
      initial_delay: duration("Time from the start to the first probes.", { default: "0" }),
    })
    .prefault({}),
  static: z.object({ endpoints: z.array(endpointSchema).optional() }).prefault({}),
  model_discovery: modelDiscovery.prefault({}),
});

/** Size of what is kept in memory; all of it is allocated at start. */
const limits = z.object({
  max_endpoints: integer("Endpoints at a time.", {
    default: 1_024,
    min: 1,
    max: 16_384,
    unit: "endpoints",
  }),
  max_models: integer("Models with statistics of their own at a time.", {
    default: 1_024,
    min: 1,
    max: 65_536,
    unit: "models",
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
    { example: { "house-chat": ["llama3.1:8b", "meta-llama/Llama-3.1-8B-Instruct"] } },
  ),
  translators: translatorsSchema.prefault({}),
  dashboard: dashboardSchema.prefault({}),
  admin: adminSchema.prefault({}),
  logging: loggingSchema.prefault({}),
  telemetry: telemetrySchema.prefault({}),
  engineering: engineeringSchema.prefault({}),
  limits: limits.prefault({}),
  profiles_dir: text("Folder with further backend profiles.", {
    default: "",
    example: "config/profiles",
  }),
});

export type ConfigFile = z.output<typeof configSchema>;

/** Keys that other versions accept and that have no effect here, with the reason. */
export const INERT_KEYS: ReadonlyMap<string, string> = new Map([
  ["proxy.stream_buffer_size", "an answer is passed on in the pieces that it arrives in"],
  ["discovery.refresh_interval", "the endpoints of this file do not change by themselves"],
  ["server.rate_limits.per_endpoint", "requests are limited per client and in all"],
  ["model_registry.unification.cache_ttl", "the catalogue is current at any time"],
  ["model_registry.unification.custom_rules", "rules for models are in models.yaml"],
  ["model_registry.unification.family_overrides", "rules for models are in models.yaml"],
]);
