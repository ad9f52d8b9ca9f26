import type { StartPlan } from "./target.ts";

/**
 * One configuration for the gateway and for the reference it replaces: no limits, no
 * access lines, health checks on.
 */
export function ollaConfig({ port, endpoints }: StartPlan, engine: string): string {
  const entries = endpoints.map(
    ({ name, url }) => `
      - url: "${url}"
        name: "${name}"
        type: "openai-compatible"
        priority: 100
        model_url: "/v1/models"
        health_check_url: "/health"
        check_interval: 5s
        check_timeout: 2s`,
  );
  return `server:
  host: "127.0.0.1"
  port: ${port}
  write_timeout: 0s
  request_logging: false
  rate_limits:
    global_requests_per_minute: 0
    per_ip_requests_per_minute: 0
    health_requests_per_minute: 0
    burst_size: 0
proxy:
  engine: "${engine}"
  profile: "auto"
  load_balancer: "least-connections"
discovery:
  type: static
  static:
    endpoints:${entries.join("")}
  model_discovery:
    enabled: true
    interval: 5m
    timeout: 10s
logging:
  level: "error"
  format: "json"
`;
}
