import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { prepare, type GatewaySetup } from "../compose-setup.ts";
import { loadConfig } from "./load.ts";

const MINIMAL = `
server:
  port: 40114
discovery:
  static:
    endpoints:
      - name: laptop
        url: "http://127.0.0.1:11434"
        type: ollama
`;

const FOUR_BACKENDS = `
server:
  host: "127.0.0.1"
  port: 40114
proxy:
  engine: olla
  load_balancer: priority
  response_header_timeout: 120s      # cold model loads
  sticky_sessions:
    enabled: true
    key_sources: [session_header, prefix_hash]
discovery:
  static:
    endpoints:
      - name: gpu-vllm
        url: "http://10.20.0.11:8000"
        type: vllm
        priority: 100
        check_interval: 15s
        check_timeout: 3s
        auth: { type: bearer, token: "\${VLLM_TOKEN:-dev-token}" }
      - name: rack-ollama-1
        url: "http://10.20.0.21:11434"
        type: ollama
        priority: 80
        model_filter: { exclude: ["*embed*"] }
      - name: rack-ollama-2
        url: "http://10.20.0.22:11434"
        type: ollama
        priority: 80
      - name: desk-lmstudio
        url: "http://10.20.0.31:1234"
        type: lm-studio
        priority: 40
        model_filter: { include: ["qwen*", "phi*"] }
model_aliases:
  house-chat:
    - "llama3.1:8b"
    - "meta-llama/Llama-3.1-8B-Instruct"
    - "qwen2.5-7b-instruct"
logging: { level: info, format: text }
`;

const PRODUCTION = `
server:
  host: "0.0.0.0"
  port: 40114
  read_timeout: 120s
  read_header_timeout: 10s
  write_timeout: 0s
  idle_timeout: 90s
  shutdown_timeout: 30s
  request_limits: { max_body_size: 33554432, max_header_size: 65536 }
  rate_limits:
    global_requests_per_minute: 6000
    per_ip_requests_per_minute: 240
    burst_size: 80
    cleanup_interval: 5m
    trust_proxy_headers: true
    trusted_proxy_cidrs: ["10.40.0.0/16"]
  cors:
    enabled: true
    allowed_origins: ["https://chat.example.org"]
    allowed_methods: [GET, POST, OPTIONS]
    allowed_headers: [Authorization, Content-Type, X-Olla-Session-ID]
    allow_credentials: true
    max_age: 600
proxy:
  engine: olla
  load_balancer: least-connections
  connection_timeout: 5s
  connection_keep_alive: 30s
  response_header_timeout: 90s
  read_timeout: 3m
  tls_handshake_timeout: 5s
  sticky_sessions:
    enabled: true
    idle_ttl_seconds: 1800
    max_sessions: 50000
    key_sources: [session_header, prefix_hash, auth_header]
    prefix_hash_bytes: 2048
discovery:
  type: static
  model_discovery: { enabled: true, interval: 2m, timeout: 10s, concurrent_workers: 8 }
  static:
    endpoints:
      - name: vllm-a
        url: "https://vllm-a.internal.example:8443"
        type: vllm
        priority: 100
        check_interval: 10s
        check_timeout: 3s
        auth: { type: bearer, token_file: "secrets/edge-vllm.token" }
      - name: vllm-b
        url: "https://vllm-b.internal.example:8443"
        type: vllm
        priority: 100
        check_interval: 10s
        check_timeout: 3s
        auth: { type: bearer, token_file: "secrets/edge-vllm.token" }
      - name: team-gateway
        url: "https://gw.example.org/tenant-7"
        type: openai-compatible
        preserve_path: true
        priority: 50
        model_url: "/v1/models"
        health_check_url: "/v1/models"
        check_interval: 30s
        check_timeout: 5s
        auth: { type: api_key, key_file: "secrets/gateway.key", header: "X-Gateway-Key" }
        headers: { X-Tenant: "\${TENANT:-seven}" }
        model_filter: { exclude: ["*-preview", "*embed*"] }
      - name: cpu-llamacpp
        url: "http://10.40.3.9:8080"
        type: llamacpp
        priority: 10
model_registry:
  type: memory
  enable_unifier: true
  unification: { stale_threshold: 6h, cleanup_interval: 10m }
  routing_strategy:
    type: strict
    options: { fallback_behavior: compatible_only, discovery_timeout: 2s, discovery_refresh_on_miss: false }
model_aliases:
  default-chat: ["meta-llama/Llama-3.3-70B-Instruct", "llama-3.3-70b-instruct-q4_k_m.gguf"]
translators:
  anthropic: { enabled: true, passthrough_enabled: true, max_message_size: 10485760 }
dashboard:
  enabled: true
  access_policy:
    allowed_cidrs: ["127.0.0.0/8", "10.40.0.0/16"]
    allowed_hosts: ["localhost", "olla.internal.example"]
logging: { level: info, format: json, output: stdout }
`;

/** Every key that the documentation shows, those without effect included, at its usual value. */
const SHIPPED = `
server:
  host: localhost
  port: 40114
  read_timeout: 30s
  read_header_timeout: 10s
  write_timeout: 0s
  shutdown_timeout: 10s
  request_logging: true
  request_limits:
    max_body_size: 104857600
    max_header_size: 1048576
  rate_limits:
    global_requests_per_minute: 1000
    per_ip_requests_per_minute: 100
    health_requests_per_minute: 1000
    burst_size: 50
    cleanup_interval: 5m
    trust_proxy_headers: false
    trusted_proxy_cidrs: [127.0.0.0/8, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]
    per_endpoint: { default_requests_per_minute: 60 }
proxy:
  engine: olla
  profile: auto
  load_balancer: least-connections
  connection_timeout: 60s
  connection_keep_alive: 30s
  response_header_timeout: 30s
  tls_handshake_timeout: 10s
  response_timeout: 15m
  read_timeout: 10m
  retry: { enabled: true, on_connection_failure: true, max_attempts: 0 }
discovery:
  type: static
  refresh_interval: 30s
  health_check: { initial_delay: 1s }
  model_discovery: { enabled: true, interval: 5m, timeout: 30s, concurrent_workers: 5, retry_attempts: 3, retry_backoff: 1s }
  static:
    endpoints:
      - { url: "http://localhost:11434", name: local-ollama, type: ollama, priority: 100, model_url: /api/tags, health_check_url: /, check_interval: 2s, check_timeout: 1s }
      - { url: "http://localhost:1234", name: local-lm-studio, type: lm-studio, priority: 100, model_url: /v1/models, health_check_url: /, check_interval: 2s, check_timeout: 1s }
      - { url: "http://localhost:8000", name: local-vllm, type: vllm, priority: 100, model_url: /v1/models, health_check_url: /health, check_interval: 5s, check_timeout: 2s }
model_registry:
  type: memory
  enable_unifier: true
  unification: { enabled: true, stale_threshold: 24h, cleanup_interval: 10m, cache_ttl: 10m, custom_rules: [] }
logging: { level: info, format: json, output: stdout }
engineering: { show_nerdstats: false }
`;

describe("configurations as they are in use", () => {
  let cwd: string;

  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), "olla-examples-"));
    mkdirSync(join(cwd, "secrets"));
    writeFileSync(join(cwd, "secrets/edge-vllm.token"), "edge\n");
    writeFileSync(join(cwd, "secrets/gateway.key"), "gate\n");
  });

  afterAll(() => {
    rmSync(cwd, { recursive: true });
  });

  function setUp(text: string): GatewaySetup {
    return prepare(loadConfig({ path: "config.yaml", text }, {}), { env: {}, cwd });
  }

  it.each([
    { title: "minimal", text: MINIMAL, names: ["laptop"] },
    {
      title: "with four backends",
      text: FOUR_BACKENDS,
      names: ["gpu-vllm", "rack-ollama-1", "rack-ollama-2", "desk-lmstudio"],
    },
    {
      title: "of a production system",
      text: PRODUCTION,
      names: ["vllm-a", "vllm-b", "team-gateway", "cpu-llamacpp"],
    },
  ])("CF-50 CF-58 load unchanged and without a warning: the one $title", ({ text, names }) => {
    const { endpoints, warnings } = setUp(text);
    expect(warnings).toEqual([]);
    expect(endpoints.map(({ name }) => name)).toEqual(names);
  });

  it("CF-50 load unchanged: the one that is shipped, with a warning for each key without effect", () => {
    const { endpoints, warnings } = setUp(SHIPPED);
    expect(endpoints.map(({ name }) => name)).toEqual([
      "local-ollama",
      "local-lm-studio",
      "local-vllm",
    ]);
    expect(warnings.map(({ key }) => key)).toEqual([
      "server.rate_limits.per_endpoint",
      "discovery.refresh_interval",
      "model_registry.unification.cache_ttl",
      "model_registry.unification.custom_rules",
    ]);
  });

  it("mean what they say", () => {
    const { config, endpoints } = setUp(PRODUCTION);
    expect(config.server).toMatchObject({ shutdown_timeout: 30_000, idle_timeout: 90_000 });
    expect(config.proxy).toMatchObject({ read_timeout: 180_000, connection_timeout: 5_000 });
    expect(config.proxy.sticky_sessions).toMatchObject({
      idle_ttl_seconds: 1_800,
      max_sessions: 50_000,
    });
    expect(endpoints[0]?.headers).toEqual(["Authorization", "Bearer edge"]);
    expect(endpoints[2]).toMatchObject({
      url: "https://gw.example.org/tenant-7",
      preservePath: true,
      checkTimeoutMs: 5_000,
      headers: ["X-Tenant", "seven", "X-Gateway-Key", "gate"],
    });
    expect(setUp(FOUR_BACKENDS).endpoints[0]?.headers).toEqual([
      "Authorization",
      "Bearer dev-token",
    ]);
  });
});
