import { z } from "zod";

import { strategyNames } from "../compose-choices.ts";
import {
  boolean,
  bytes,
  choice,
  duration,
  integer,
  optionalDuration,
  optionalInteger,
  text,
  textList,
} from "./fields.ts";

export const ENGINES = ["olla", "sherpa"] as const;
export const KEY_SOURCES = ["session_header", "prefix_hash", "auth_header", "ip"] as const;
export const PROFILE_LIMITS = ["own", "all", "off"] as const;
export const STRATEGIES = ["strict", "optimistic", "discovery"] as const;

/** How long each engine-independent step of an attempt may take. */
const timeouts = {
  connection_timeout: duration("Longest time to connect to an endpoint; 0 is 60s.", {
    default: "60s",
  }),
  connection_keep_alive: duration("Interval of TCP keep-alive probes; 0 is 30s.", {
    default: "0",
    env: "OLLA_PROXY_CONNECTION_KEEP_ALIVE",
  }),
  tls_handshake_timeout: duration("Longest TLS handshake; 0 is 10s.", {
    default: "0",
    env: "OLLA_PROXY_TLS_HANDSHAKE_TIMEOUT",
  }),
  response_header_timeout: duration("Longest wait for an endpoint's response head; 0 is 30s.", {
    default: "0",
    env: "OLLA_PROXY_RESPONSE_HEADER_TIMEOUT",
  }),
  first_token_timeout: duration(
    "Longest wait from the response head to its first byte; 0 is no limit.",
    {
      default: "0",
    },
  ),
  read_timeout: duration("Longest silence inside a response body; 0 is 60s.", {
    default: "10m",
    env: "OLLA_PROXY_READ_TIMEOUT",
  }),
  stream_keep_alive: duration(
    "Longest silence inside a stream before a sign of life is sent; 0 is none.",
    {
      default: "10s",
    },
  ),
  response_timeout: duration("Longest time from the request to the last byte; 0 is no limit.", {
    default: "15m",
    env: "OLLA_PROXY_RESPONSE_TIMEOUT",
  }),
};

const stickySessions = z.object({
  enabled: boolean("Keep a conversation on the endpoint that has its prompt in cache.", {
    default: false,
    env: "OLLA_PROXY_STICKY_SESSIONS_ENABLED",
  }),
  idle_ttl_seconds: integer(
    "Seconds after which an unused conversation is forgotten; 0 is never.",
    {
      default: 600,
      unit: "seconds",
    },
  ),
  max_sessions: integer("Conversations remembered; 0 is the largest table, 1,000,000.", {
    default: 10_000,
    min: 0,
    max: 1_000_000,
    unit: "conversations",
  }),
  key_sources: textList("What identifies a conversation, tried in this order.", {
    default: KEY_SOURCES.slice(0, 3),
  }),
  prefix_hash_bytes: integer("Bytes of the first messages that identify a conversation.", {
    default: 512,
    unit: "bytes",
  }),
});

const retry = z.object({
  enabled: boolean("Try another endpoint when one fails before it answers.", { default: true }),
  on_connection_failure: boolean(
    "Do so too when the connection fails; false leaves silent and busy endpoints as reasons.",
    { default: true },
  ),
  max_attempts: integer("Endpoints tried in all, instead of max_retries; 0 is every candidate.", {
    default: 0,
    min: 0,
    unit: "endpoints",
  }),
});

export const proxySchema = z.object({
  engine: choice("Program part that talks to endpoints.", ENGINES, {
    default: "olla",
    env: "OLLA_PROXY_ENGINE",
  }),
  load_balancer: choice("How one of several endpoints is chosen.", strategyNames, {
    default: "least-connections",
    env: "OLLA_PROXY_LOAD_BALANCER",
  }),
  profile: choice(
    "standard sends an answer of up to 8 MiB as a whole; auto and streaming send it as it arrives.",
    ["auto", "streaming", "standard"],
    {
      default: "auto",
      env: "OLLA_PROXY_PROFILE",
      blankIsDefault: true,
    },
  ),
  ...timeouts,
  max_connections_per_endpoint: integer(
    "Connections to one endpoint; 0 is no limit. Engine olla.",
    {
      default: 0,
      min: 0,
      unit: "connections",
    },
  ),
  max_queued_per_endpoint: integer("Requests that may wait for one when the limit is reached.", {
    default: 256,
    min: 0,
    unit: "requests",
  }),
  max_retries: optionalInteger(
    "Other endpoints tried after the first one; every candidate when absent.",
    { min: 0, unit: "endpoints", example: 2 },
  ),
  retry_backoff: optionalDuration(
    "Longest pause before another endpoint is tried; doubles each time. None when absent.",
    { example: "500ms" },
  ),
  retry: retry.prefault({}),
  allowed_admin_paths: textList(
    "Paths that manage a backend, such as /api/pull, and are forwarded all the same; * stands for anything.",
    { default: [], example: ["/api/pull"] },
  ),
  profile_limits: choice(
    "Which timeout and max_concurrent_requests of profiles hold: those of own profile files, all, or none.",
    PROFILE_LIMITS,
    { default: "own" },
  ),
  strict_paths: boolean("Forward only paths that the profile of a backend lists.", {
    default: false,
  }),
  profile_filter: z
    .object({
      include: textList("Profiles that are loaded, * stands for anything; empty is all.", {
        default: [],
        example: ["ollama", "v*"],
      }),
      exclude: textList("Profiles that are not loaded, whatever include says.", {
        default: [],
        example: ["litellm"],
      }),
    })
    .prefault({}),
  sticky_sessions: stickySessions.prefault({}),
});

export const modelRegistrySchema = z.object({
  type: choice("Where the catalogue of models is kept.", ["memory"], {
    default: "memory",
    env: "OLLA_MODEL_REGISTRY_TYPE",
    blankIsDefault: true,
  }),
  enable_unifier: boolean("Merge models that several endpoints list.", {
    default: true,
    env: "OLLA_MODEL_UNIFIER_ENABLED",
  }),
  routing_strategy: z
    .object({
      type: text(
        "What happens when no usable endpoint has the model: strict, optimistic or discovery.",
        {
          default: "strict",
        },
      ),
      options: z
        .object({
          fallback_behavior: choice(
            "Which endpoints may serve a model that nobody usable lists.",
            ["compatible_only", "none", "all"],
            { default: "compatible_only", blankIsDefault: true },
          ),
          discovery_timeout: duration("Longest wait for a rediscovery; 0 is 2s.", {
            default: "2s",
          }),
          discovery_refresh_on_miss: boolean(
            "Ask endpoints for their models again when none has the one asked for.",
            {
              default: false,
            },
          ),
        })
        .prefault({}),
    })
    .prefault({}),
  unification: z
    .object({
      enabled: boolean(
        "Merge models that several endpoints list; false, as enable_unifier: false.",
        {
          default: true,
        },
      ),
      stale_threshold: duration(
        "Age at which an endpoint that is down or lists nothing loses its models; 0 is 24h.",
        { default: "24h" },
      ),
      cleanup_interval: duration("Time between two looks for such models; 0 is 5m.", {
        default: "10m",
      }),
    })
    .prefault({}),
});

export const translatorsSchema = z.object({
  anthropic: z
    .object({
      enabled: boolean("Serve the Anthropic Messages API below /olla/anthropic/.", {
        default: true,
        env: "OLLA_TRANSLATORS_ANTHROPIC_ENABLED",
      }),
      passthrough_enabled: boolean("Forward natively to endpoints that speak it.", {
        default: true,
        env: "OLLA_TRANSLATORS_ANTHROPIC_PASSTHROUGH_ENABLED",
      }),
      max_message_size: integer("Largest request body in bytes.", {
        default: 10_485_760,
        min: 0,
        max: 104_857_600,
        env: "OLLA_TRANSLATORS_ANTHROPIC_MAX_MESSAGE_SIZE",
        unit: "bytes",
      }),
      inspector: z
        .object({
          enabled: boolean("Write requests and responses to files, for debugging.", {
            default: false,
          }),
          output_dir: text("Folder for these files; empty is inspector-logs.", {
            default: "logs/inspector/anthropic",
            blank: "inspector-logs",
          }),
          session_header: text("Header field that names a session; empty is X-Session-ID.", {
            default: "X-Session-ID",
            blank: "X-Session-ID",
          }),
          max_file_size: bytes("Size that none of these files grows beyond; 0 is no limit.", {
            default: 67_108_864,
          }),
        })
        .prefault({}),
    })
    .prefault({}),
});
