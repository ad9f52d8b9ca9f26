import { describe, expect, it } from "vitest";

import { resolveEndpoints } from "./endpoints.ts";
import { loadConfig } from "./load.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

describe("built-in defaults", () => {
  const loaded = loadConfig(undefined, {});

  it("CF-7 CF-45 are these values, durations in milliseconds and sizes in bytes", () => {
    expect(loaded.config).toMatchObject({
      server: {
        host: "localhost",
        port: 40_114,
        read_timeout: 30_000,
        read_header_timeout: 0,
        write_timeout: 0,
        idle_timeout: 0,
        shutdown_timeout: 10_000,
        request_logging: true,
        request_limits: { max_body_size: 104_857_600, max_header_size: 1_048_576 },
        rate_limits: {
          global_requests_per_minute: 1_000,
          per_ip_requests_per_minute: 100,
          health_requests_per_minute: 1_000,
          burst_size: 50,
          cleanup_interval: 5 * MINUTE_MS,
          trust_proxy_headers: false,
          trusted_proxy_cidrs: ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
        },
        cors: {
          enabled: false,
          allowed_origins: ["*"],
          allowed_methods: ["GET", "POST", "OPTIONS"],
          allowed_headers: ["*"],
          exposed_headers: [],
          allow_credentials: false,
          max_age: 300,
        },
      },
      proxy: {
        engine: "olla",
        load_balancer: "least-connections",
        profile: "auto",
        connection_timeout: MINUTE_MS,
        connection_keep_alive: 0,
        response_header_timeout: 0,
        tls_handshake_timeout: 0,
        response_timeout: 15 * MINUTE_MS,
        read_timeout: 10 * MINUTE_MS,
        retry: { enabled: true, on_connection_failure: true, max_attempts: 0 },
        sticky_sessions: {
          enabled: false,
          idle_ttl_seconds: 600,
          max_sessions: 10_000,
          key_sources: ["session_header", "prefix_hash", "auth_header"],
          prefix_hash_bytes: 512,
        },
      },
      discovery: {
        type: "static",
        health_check: { initial_delay: 0 },
        model_discovery: {
          enabled: true,
          interval: 5 * MINUTE_MS,
          timeout: 30_000,
          concurrent_workers: 5,
        },
      },
      model_registry: {
        type: "memory",
        enable_unifier: true,
        routing_strategy: {
          type: "strict",
          options: {
            fallback_behavior: "compatible_only",
            discovery_timeout: 2_000,
            discovery_refresh_on_miss: false,
          },
        },
        unification: {
          enabled: true,
          stale_threshold: 24 * HOUR_MS,
          cleanup_interval: 10 * MINUTE_MS,
        },
      },
      model_aliases: {},
      translators: {
        anthropic: {
          enabled: true,
          passthrough_enabled: true,
          max_message_size: 10_485_760,
          inspector: {
            enabled: false,
            output_dir: "logs/inspector/anthropic",
            session_header: "X-Session-ID",
            max_file_size: 67_108_864,
          },
        },
      },
      dashboard: {
        enabled: true,
        gate_internal_api: false,
        access_policy: {
          allowed_cidrs: ["127.0.0.0/8", "::1/128"],
          allowed_hosts: ["localhost"],
        },
      },
      logging: { level: "info", format: "json", output: "stdout" },
      engineering: { show_nerdstats: false },
    });
  });

  it("have no problems", () => {
    expect(loaded).toMatchObject({ errors: [], warnings: [], file: undefined });
  });

  it("CF-7 C29 serve one Ollama on localhost, probed as Ollama is", () => {
    const types = { canonicalType: (type: string) => type, names: [] };
    const { endpoints } = resolveEndpoints(loaded, types, { env: {}, cwd: "/" });
    expect(endpoints).toMatchObject([
      {
        name: "localhost",
        url: "http://localhost:11434",
        type: "ollama",
        priority: 100,
        healthCheckUrl: undefined,
        modelUrl: undefined,
        checkIntervalMs: 5_000,
        checkTimeoutMs: 2_000,
      },
    ]);
  });

  it.each(["", "# nothing\n", "server:\nproxy:\nmodel_aliases:\n", "server: {port: }"])(
    "hold for a file that sets nothing: %j",
    (text) => {
      const { config, errors, warnings } = loadConfig({ path: "config.yaml", text }, {});
      expect({ config, errors, warnings }).toEqual({
        config: loaded.config,
        errors: [],
        warnings: [],
      });
    },
  );
});
