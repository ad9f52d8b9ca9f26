import type { RealServer } from "./real-servers.ts";

/** How the gateway before real servers differs from its defaults. */
export interface RealConfigOptions {
  readonly engine: string;
  readonly balancer?: string;
  /** Type of every endpoint. Default: that of its server. */
  readonly type?: string;
}

/** A configuration with these servers as its endpoints, without rate limits. */
export function realConfig(
  servers: readonly RealServer[],
  { engine, balancer = "least-connections", type }: RealConfigOptions,
): string {
  return `
server:
  host: 127.0.0.1
  rate_limits: { global_requests_per_minute: 0, per_ip_requests_per_minute: 0 }
proxy:
  engine: ${engine}
  load_balancer: ${balancer}
discovery:
  static:
    endpoints:${servers.map((server) => entry(server, type ?? server.type)).join("")}`;
}

function entry({ name, url, apiKey }: RealServer, type: string): string {
  const auth = apiKey === undefined ? "" : `auth: { type: bearer, token: ${apiKey} }`;
  return `
      - name: ${name}
        url: ${url}
        type: ${type}
        preserve_path: ${new URL(url).pathname !== "/"}
        check_interval: 1s
        check_timeout: 500ms
        ${auth}`;
}
