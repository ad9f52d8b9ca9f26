import type { StartPlan } from "./target.ts";

// Peers do what the gateway does as far as they can: balance by load, check health, try
// another endpoint, pass tokens on at once. Request logs are off everywhere.

export function haproxyConfig({ port, endpoints, workers }: StartPlan): string {
  const servers = endpoints.map(
    ({ name, host, port: at }) => `  server ${name} ${host}:${at} check inter 5s fall 1 rise 1`,
  );
  return `global
  maxconn 9000
  nbthread ${workers}
defaults
  mode http
  timeout connect 2s
  timeout client 600s
  timeout server 600s
  option http-no-delay
  retries 3
  option redispatch 1
  retry-on conn-failure empty-response 503
frontend clients
  bind 127.0.0.1:${port} backlog 4096
  default_backend models
backend models
  balance leastconn
  http-reuse always
  option httpchk GET /health
${servers.join("\n")}
`;
}

export function nginxConfig({ port, endpoints, workers, directory }: StartPlan): string {
  const servers = endpoints.map(
    ({ host, port: at }) => `    server ${host}:${at} max_fails=1 fail_timeout=5s;`,
  );
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `  ${name}_temp_path ${directory}/${name};`,
  );
  return `worker_processes ${workers};
daemon off;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log crit;
worker_rlimit_nofile 20000;
events { worker_connections 16000; }
http {
  access_log off;
${temporary.join("\n")}
  client_max_body_size 100m;
  client_body_buffer_size 2m;
  keepalive_requests 100000000;
  upstream models {
    least_conn;
${servers.join("\n")}
    keepalive 256;
    keepalive_requests 100000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    tcp_nodelay on;
    location / {
      proxy_pass http://models;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 600s;
      proxy_next_upstream error timeout http_503 non_idempotent;
    }
  }
}
`;
}

export function litellmConfig({ endpoints, models }: StartPlan): string {
  const entries = endpoints.flatMap(({ url }) =>
    models.map(
      (model) => `  - model_name: "${model}"
    litellm_params: { model: "openai/${model}", api_base: "${url}/v1", api_key: bench }`,
    ),
  );
  return `model_list:
${entries.join("\n")}
router_settings:
  routing_strategy: simple-shuffle
  num_retries: 2
litellm_settings:
  set_verbose: false
  telemetry: false
`;
}
