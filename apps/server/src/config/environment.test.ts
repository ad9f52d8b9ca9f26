import { describe, expect, it } from "vitest";

import { readOverrides, withValue } from "./environment.ts";
import { loadConfig } from "./load.ts";
import { formatProblem } from "./problem.ts";
import { configSchema, type ConfigFile } from "./schema.ts";
import { fieldsOf } from "./shape.ts";

type Read = (config: ConfigFile) => unknown;

const VARIABLES: readonly (readonly [name: string, text: string, read: Read, value: unknown])[] = [
  ["OLLA_SERVER_HOST", "0.0.0.0", ({ server }) => server.host, "0.0.0.0"],
  ["OLLA_SERVER_PORT", "8080", ({ server }) => server.port, 8_080],
  ["OLLA_SERVER_READ_TIMEOUT", "7s", ({ server }) => server.read_timeout, 7_000],
  ["OLLA_SERVER_READ_HEADER_TIMEOUT", "7s", ({ server }) => server.read_header_timeout, 7_000],
  ["OLLA_SERVER_WRITE_TIMEOUT", "7s", ({ server }) => server.write_timeout, 7_000],
  ["OLLA_SERVER_WORKERS", "auto", ({ server }) => server.workers, "auto"],
  ["OLLA_SERVER_MAX_BODY_SIZE", "1KB", ({ server }) => server.request_limits.max_body_size, 1_024],
  [
    "OLLA_SERVER_MAX_HEADER_SIZE",
    "8k",
    ({ server }) => server.request_limits.max_header_size,
    8_192,
  ],
  [
    "OLLA_SERVER_GLOBAL_RATE_LIMIT",
    "7",
    ({ server }) => server.rate_limits.global_requests_per_minute,
    7,
  ],
  [
    "OLLA_SERVER_PER_IP_RATE_LIMIT",
    "7",
    ({ server }) => server.rate_limits.per_ip_requests_per_minute,
    7,
  ],
  [
    "OLLA_SERVER_HEALTH_RATE_LIMIT",
    "7",
    ({ server }) => server.rate_limits.health_requests_per_minute,
    7,
  ],
  ["OLLA_SERVER_RATE_BURST_SIZE", "7", ({ server }) => server.rate_limits.burst_size, 7],
  [
    "OLLA_SERVER_RATE_CLEANUP_INTERVAL",
    "7m",
    ({ server }) => server.rate_limits.cleanup_interval,
    420_000,
  ],
  [
    "OLLA_SERVER_TRUST_PROXY_HEADERS",
    "true",
    ({ server }) => server.rate_limits.trust_proxy_headers,
    true,
  ],
  [
    "OLLA_SERVER_TRUSTED_PROXY_CIDRS",
    "10.1.0.0/16, fd00::/8",
    ({ server }) => server.rate_limits.trusted_proxy_cidrs,
    ["10.1.0.0/16", "fd00::/8"],
  ],
  ["OLLA_SERVER_CORS_ENABLED", "1", ({ server }) => server.cors.enabled, true],
  [
    "OLLA_SERVER_CORS_ALLOWED_ORIGINS",
    "a, b",
    ({ server }) => server.cors.allowed_origins,
    ["a", "b"],
  ],
  ["OLLA_SERVER_CORS_ALLOWED_METHODS", "GET", ({ server }) => server.cors.allowed_methods, ["GET"]],
  [
    "OLLA_SERVER_CORS_ALLOWED_HEADERS",
    "A,B",
    ({ server }) => server.cors.allowed_headers,
    ["A", "B"],
  ],
  [
    "OLLA_SERVER_CORS_EXPOSED_HEADERS",
    "A,B",
    ({ server }) => server.cors.exposed_headers,
    ["A", "B"],
  ],
  ["OLLA_SERVER_CORS_ALLOW_CREDENTIALS", "T", ({ server }) => server.cors.allow_credentials, true],
  ["OLLA_SERVER_CORS_MAX_AGE", "7", ({ server }) => server.cors.max_age, 7],
  ["OLLA_PROXY_ENGINE", "sherpa", ({ proxy }) => proxy.engine, "sherpa"],
  ["OLLA_PROXY_LOAD_BALANCER", "priority", ({ proxy }) => proxy.load_balancer, "priority"],
  ["OLLA_PROXY_PROFILE", "streaming", ({ proxy }) => proxy.profile, "streaming"],
  ["OLLA_PROXY_RESPONSE_TIMEOUT", "7s", ({ proxy }) => proxy.response_timeout, 7_000],
  ["OLLA_PROXY_READ_TIMEOUT", "7s", ({ proxy }) => proxy.read_timeout, 7_000],
  ["OLLA_PROXY_RESPONSE_HEADER_TIMEOUT", "7s", ({ proxy }) => proxy.response_header_timeout, 7_000],
  ["OLLA_PROXY_TLS_HANDSHAKE_TIMEOUT", "7s", ({ proxy }) => proxy.tls_handshake_timeout, 7_000],
  ["OLLA_PROXY_CONNECTION_KEEP_ALIVE", "7s", ({ proxy }) => proxy.connection_keep_alive, 7_000],
  [
    "OLLA_PROXY_STICKY_SESSIONS_ENABLED",
    "true",
    ({ proxy }) => proxy.sticky_sessions.enabled,
    true,
  ],
  ["OLLA_LOGGING_LEVEL", "debug", ({ logging }) => logging.level, "debug"],
  ["OLLA_LOGGING_FORMAT", "text", ({ logging }) => logging.format, "text"],
  ["OLLA_SHOW_NERD_STATS", "1", ({ engineering }) => engineering.show_nerdstats, true],
  ["OLLA_MODEL_REGISTRY_TYPE", "memory", ({ model_registry }) => model_registry.type, "memory"],
  ["OLLA_MODEL_UNIFIER_ENABLED", "0", ({ model_registry }) => model_registry.enable_unifier, false],
  [
    "OLLA_TRANSLATORS_ANTHROPIC_ENABLED",
    "F",
    ({ translators }) => translators.anthropic.enabled,
    false,
  ],
  [
    "OLLA_TRANSLATORS_ANTHROPIC_PASSTHROUGH_ENABLED",
    "no",
    ({ translators }) => translators.anthropic.passthrough_enabled,
    false,
  ],
  [
    "OLLA_TRANSLATORS_ANTHROPIC_MAX_MESSAGE_SIZE",
    "7",
    ({ translators }) => translators.anthropic.max_message_size,
    7,
  ],
];

describe("overrides from the environment", () => {
  it.each(VARIABLES)("CF-56 %s=%s changes its key", (name, text, read, value) => {
    const { config, errors } = loadConfig(undefined, { [name]: text });
    expect(errors).toEqual([]);
    expect(read(config)).toEqual(value);
  });

  it("CF-56 knows these variables and no others", () => {
    const known = [...fieldsOf(configSchema)].flatMap(({ meta }) => meta.env ?? []);
    expect(known.toSorted()).toEqual(VARIABLES.map(([name]) => name).toSorted());
    expect(readOverrides({ OLLA_SERVER_IDLE_TIMEOUT: "9s" })).toEqual({
      overrides: [],
      problems: [],
    });
  });

  it("beats the file, which beats the default", () => {
    const file = { path: "config.yaml", text: "server: {port: 2000, host: filehost}" };
    const { server } = loadConfig(file, { OLLA_SERVER_PORT: "3000" }).config;
    expect([server.port, server.host, server.read_timeout]).toEqual([3_000, "filehost", 30_000]);
  });

  it("ignores an empty variable", () => {
    expect(readOverrides({ OLLA_SERVER_PORT: "" })).toEqual({ overrides: [], problems: [] });
  });

  it.each([
    ["OLLA_SERVER_PORT", "abc"],
    ["OLLA_SERVER_READ_TIMEOUT", "-1s"],
    ["OLLA_SERVER_MAX_BODY_SIZE", "much"],
    ["OLLA_SERVER_CORS_ENABLED", "maybe"],
    ["OLLA_TRANSLATORS_ANTHROPIC_MAX_MESSAGE_SIZE", "1MB"],
  ])("CF-14 C20 leaves the file in force when %s=%s cannot be read, and warns", (name, text) => {
    const { overrides, problems } = readOverrides({ [name]: text });
    expect(overrides).toEqual([]);
    expect(problems).toMatchObject([{ severity: "warning", key: name }]);
    expect(problems[0]?.message).toMatch(/; the variable is ignored$/);
  });

  it.each([
    ["CF-15", "OLLA_SERVER_PORT", "99999", /^must be at most 65535$/],
    ["CF-17", "OLLA_PROXY_ENGINE", "sherpo", /did you mean "sherpa"\?$/],
    ["C7", "OLLA_SERVER_TRUSTED_PROXY_CIDRS", "10.0.0.0/8,junk", /^"junk" is not a CIDR/],
  ])("%s refuses %s=%s, and blames the variable rather than the file", (_, name, text, message) => {
    const file = {
      path: "config.yaml",
      text: "server: {port: 1, rate_limits: {trusted_proxy_cidrs: [10.0.0.0/8]}}\nproxy: {engine: olla}",
    };
    const { errors } = loadConfig(file, { [name]: text });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ severity: "error", file: undefined, key: name });
    expect(errors[0]?.message).toMatch(message);
  });

  it("C20 trims the items of a list and leaves out empty ones", () => {
    const { overrides } = readOverrides({ OLLA_SERVER_CORS_ALLOWED_HEADERS: " A , ,B," });
    expect(overrides.map(({ value }) => value)).toEqual([["A", "B"]]);
  });

  it("leaves a group that the file has wrong to be reported", () => {
    const file = { path: "config.yaml", text: "server: nonsense" };
    const { errors } = loadConfig(file, { OLLA_SERVER_PORT: "3000" });
    expect(errors.map((one) => formatProblem(one))).toEqual([
      "config.yaml:1:1: server: expected keys with values, got text",
    ]);
  });
});

describe("withValue", () => {
  it("makes the groups on the way and changes nothing else", () => {
    const root = { a: { b: 1 } };
    expect(withValue(root, ["a", "c", "d"], 2)).toEqual({ a: { b: 1, c: { d: 2 } } });
    expect(root).toEqual({ a: { b: 1 } });
  });
});
