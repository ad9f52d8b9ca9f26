import { z } from "zod";

import { boolean, bytes, duration, integer, text, textList, threadCount } from "./fields.ts";

const PRIVATE_RANGES = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

const rateLimits = z.object({
  global_requests_per_minute: integer(
    "Requests per minute of all clients together; 0 or less is no limit.",
    {
      default: 1_000,
      env: "OLLA_SERVER_GLOBAL_RATE_LIMIT",
      unit: "requests per minute",
    },
  ),
  per_ip_requests_per_minute: integer(
    "Requests per minute of one client address; 0 or less is no limit.",
    {
      default: 100,
      env: "OLLA_SERVER_PER_IP_RATE_LIMIT",
      unit: "requests per minute",
    },
  ),
  health_requests_per_minute: integer(
    "Requests per minute of one client address for /internal/health; 0 or less is no limit.",
    {
      default: 1_000,
      env: "OLLA_SERVER_HEALTH_RATE_LIMIT",
      unit: "requests per minute",
    },
  ),
  burst_size: integer("Requests that may come at once after a pause, per client and in all.", {
    default: 50,
    env: "OLLA_SERVER_RATE_BURST_SIZE",
    unit: "requests",
  }),
  cleanup_interval: duration("Time between two tidyings of the table of clients; 0 is never.", {
    default: "5m",
    env: "OLLA_SERVER_RATE_CLEANUP_INTERVAL",
  }),
  max_clients: integer("Client addresses remembered by the limiter; the least recent leaves.", {
    default: 65_536,
    min: 1,
    max: 4_194_304,
    unit: "client addresses",
  }),
  trust_proxy_headers: boolean("Take the client address from X-Forwarded-For of trusted proxies.", {
    default: false,
    env: "OLLA_SERVER_TRUST_PROXY_HEADERS",
  }),
  trusted_proxy_cidrs: textList("Addresses of proxies whose X-Forwarded-For is believed.", {
    default: PRIVATE_RANGES,
    env: "OLLA_SERVER_TRUSTED_PROXY_CIDRS",
  }),
});

const cors = z.object({
  enabled: boolean("Answer cross-origin requests of browsers.", {
    default: false,
    env: "OLLA_SERVER_CORS_ENABLED",
  }),
  allowed_origins: textList("Origins allowed; one * in an origin stands for anything.", {
    default: ["*"],
    env: "OLLA_SERVER_CORS_ALLOWED_ORIGINS",
  }),
  allowed_methods: textList("Methods allowed.", {
    default: ["GET", "POST", "OPTIONS"],
    env: "OLLA_SERVER_CORS_ALLOWED_METHODS",
  }),
  allowed_headers: textList("Request header fields allowed.", {
    default: ["*"],
    env: "OLLA_SERVER_CORS_ALLOWED_HEADERS",
  }),
  exposed_headers: textList(
    "Response header fields that scripts may read; empty is every X-Olla field.",
    {
      default: [],
      env: "OLLA_SERVER_CORS_EXPOSED_HEADERS",
      example: ["X-Olla-Endpoint"],
    },
  ),
  allow_credentials: boolean("Allow cookies and credentials; not with the origin *.", {
    default: false,
    env: "OLLA_SERVER_CORS_ALLOW_CREDENTIALS",
  }),
  max_age: integer("Seconds for which a browser may remember a preflight answer.", {
    default: 300,
    env: "OLLA_SERVER_CORS_MAX_AGE",
    unit: "seconds",
  }),
});

export const serverSchema = z.object({
  host: text("Address to listen on; 0.0.0.0 for every network interface.", {
    default: "localhost",
    env: "OLLA_SERVER_HOST",
  }),
  port: integer("Port to listen on.", {
    default: 40_114,
    min: 1,
    max: 65_535,
    env: "OLLA_SERVER_PORT",
    unit: "port number",
  }),
  workers: threadCount(
    "Threads that serve requests; auto is one per processor core, 1 serves in the main thread alone.",
    { default: 1, max: 256, env: "OLLA_SERVER_WORKERS" },
  ),
  read_timeout: duration("Longest time to receive a whole request; 0 is no limit.", {
    default: "30s",
    env: "OLLA_SERVER_READ_TIMEOUT",
  }),
  read_header_timeout: duration("Longest time to receive a request head; 0 is 10s.", {
    default: "0",
    env: "OLLA_SERVER_READ_HEADER_TIMEOUT",
  }),
  write_timeout: duration(
    "Longest time to send a whole response; 0 is no limit, any other value cuts streams.",
    {
      default: "0",
      env: "OLLA_SERVER_WRITE_TIMEOUT",
    },
  ),
  idle_timeout: duration("How long an idle client connection is kept; 0 is read_timeout.", {
    default: "0",
  }),
  shutdown_timeout: duration("How long requests in flight may go on after a stop was asked for.", {
    default: "10s",
  }),
  watch_config: boolean("Reload the configuration when its file changes; SIGHUP does so always.", {
    default: true,
  }),
  request_logging: boolean("Write one access line per request.", { default: true }),
  request_limits: z
    .object({
      max_body_size: bytes("Largest request body; 0 or less is no limit.", {
        default: 104_857_600,
        env: "OLLA_SERVER_MAX_BODY_SIZE",
      }),
      max_header_size: bytes("Largest request head; 0 or less is 1 MiB, the least is 4 KiB.", {
        default: 1_048_576,
        env: "OLLA_SERVER_MAX_HEADER_SIZE",
        example: "64KB",
      }),
    })
    .prefault({}),
  rate_limits: rateLimits.prefault({}),
  cors: cors.prefault({}),
});

export const loggingSchema = z.object({
  level: text("Least severe level written: debug, info, warn or error.", {
    default: "info",
    env: "OLLA_LOGGING_LEVEL",
  }),
  format: text("json or text: an object or a line of text per record; a terminal gets text.", {
    default: "json",
    env: "OLLA_LOGGING_FORMAT",
  }),
  output: text("Where records go: stdout, or file for stdout and a file.", { default: "stdout" }),
});

export const dashboardSchema = z.object({
  enabled: boolean("Serve the dashboard below /internal/ui/.", { default: true }),
  access_policy: z
    .object({
      allowed_cidrs: textList("Client addresses that may open the dashboard.", {
        default: ["127.0.0.0/8", "::1/128"],
      }),
      allowed_hosts: textList("Host names under which the dashboard answers.", {
        default: ["localhost"],
      }),
    })
    .prefault({}),
  gate_internal_api: boolean(
    "Apply the access policy to /internal/ documents too, /internal/health excepted.",
    {
      default: false,
    },
  ),
  recent_requests: integer("Latest requests kept in memory for the dashboard.", {
    default: 200,
    min: 0,
    max: 10_000,
    unit: "requests",
  }),
  max_streams: integer("Pages that may be kept up to date at a time; further ones poll.", {
    default: 32,
    min: 0,
    max: 1_024,
    unit: "pages",
  }),
});

export const adminSchema = z.object({
  enabled: boolean("Let operators add, drain and remove endpoints below /internal/admin/.", {
    default: false,
  }),
  token: text(
    "What they show as Authorization: Bearer …; 16 characters or more. ${VAR} is replaced from the environment.",
    { default: "${OLLA_ADMIN_TOKEN}" },
  ),
});

export const engineeringSchema = z.object({
  show_nerdstats: boolean("Print memory and event-loop figures at shutdown.", {
    default: false,
    env: "OLLA_SHOW_NERD_STATS",
  }),
});
