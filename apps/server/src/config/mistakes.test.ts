import { describe, expect, it } from "vitest";

import { prepare } from "../compose-setup.ts";
import { loadConfig } from "./load.ts";
import { ConfigError, formatProblem, type ConfigProblem } from "./problem.ts";

/** Every problem of a configuration, as `olla check` tells it. */
function problemsOf(text: string, env: Readonly<Record<string, string>> = {}): readonly string[] {
  const sources = { env, cwd: "/nowhere" };
  let problems: readonly ConfigProblem[];
  try {
    problems = prepare(loadConfig({ path: "config.yaml", text }, env), sources).warnings;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    ({ problems } = error);
  }
  return problems.map((problem) => formatProblem(problem));
}

/** A configuration with one endpoint, of these lines. */
function endpoint(...lines: readonly string[]): string {
  return `discovery:\n  static:\n    endpoints:\n      - ${lines.join("\n        ")}\n`;
}

const URL_LINE = "url: http://a:1";

/** What a person got wrong, and what of the message tells how to mend it. */
const MISTAKES: readonly (readonly [mistake: string, text: string, fix: string])[] = [
  ["a key misspelt", "server: {prot: 1}", 'did you mean "port"?'],
  ["a section misspelt", "sever: {port: 1}", 'did you mean "server"?'],
  ["another section misspelt", "modell_aliases: {}", 'did you mean "model_aliases"?'],
  ["a key at the wrong level", "port: 80", 'did you mean "server.port"?'],
  ["a port too large", "server: {port: 70000}", "must be at most 65535"],
  ["a port of 0", "server: {port: 0}", "must be at least 1"],
  ["a port in words", "server: {port: http}", 'expected a whole number, got "http"'],
  ["a section that is a list", "server: []", "expected keys with values, got a list"],
  ["a duration without its unit", "server: {read_timeout: 30}", 'did you mean "30s"?'],
  ["a duration in words", "server: {read_timeout: 30 seconds}", "such as 30s or 1h30m"],
  ["a negative duration", "proxy: {read_timeout: -5s}", "such as 30s or 1h30m"],
  [
    "a size in words",
    "server: {request_limits: {max_body_size: huge}}",
    "or a number with KB, MB or GB",
  ],
  ["a boolean in words", "server: {request_logging: maybe}", "is not true or false"],
  ["a list that is none", "server: {cors: {allowed_methods: GET}}", 'write ["GET"]'],
  ["an engine misspelt", "proxy: {engine: ola}", 'allowed: olla, sherpa; did you mean "olla"?'],
  ["a balancer misspelt", "proxy: {load_balancer: round_robin}", 'did you mean "round-robin"?'],
  ["a balancer that there is not", "proxy: {load_balancer: weighted}", "allowed: priority,"],
  ["a profile misspelt", "proxy: {profile: streming}", 'did you mean "streaming"?'],
  ["a log level misspelt", "logging: {level: inof}", 'did you mean "info"?'],
  ["a log format misspelt", "logging: {format: jsn}", 'did you mean "json"?'],
  [
    "a routing strategy misspelt",
    "model_registry: {routing_strategy: {type: optimstic}}",
    'did you mean "optimistic"?',
  ],
  [
    "a fallback misspelt",
    "model_registry: {routing_strategy: {options: {fallback_behavior: al}}}",
    'did you mean "all"?',
  ],
  [
    "a session source misspelt",
    "proxy: {sticky_sessions: {key_sources: [session_haeder]}}",
    'did you mean "session_header"?',
  ],
  [
    "a CIDR without its length",
    "server: {rate_limits: {trusted_proxy_cidrs: [10.0.0.0]}}",
    "such as 10.0.0.0/8",
  ],
  [
    "a CIDR too long",
    "dashboard: {access_policy: {allowed_cidrs: [10.0.0.0/33]}}",
    "such as 10.0.0.0/8",
  ],
  [
    "credentials for every origin",
    'server: {cors: {enabled: true, allow_credentials: true, allowed_origins: ["*"]}}',
    "name the origins",
  ],
  [
    "CORS without an origin",
    "server: {cors: {enabled: true, allowed_origins: []}}",
    'must name an origin, or "*"',
  ],
  ["discovery that never asks", "discovery: {model_discovery: {interval: 0}}", "must be above 0"],
  ["an alias without models", "model_aliases: {chat: []}", "name at least one"],
  ["an alias that is no list", "model_aliases: {chat: llama3}", 'write ["llama3"]'],
  ["a model twice", "model_aliases: {chat: [a, a]}", '"a" is listed twice'],
  [
    "an inspector in a folder of the system",
    "translators: {anthropic: {inspector: {enabled: true, output_dir: /etc/olla}}}",
    "name one of your own",
  ],
  [
    "an endpoint without an address",
    endpoint("name: a", "type: ollama"),
    "write url: http://host:port",
  ],
  [
    "an address without http",
    endpoint("url: localhost:11434", "type: ollama"),
    "write http://host:port",
  ],
  [
    "a password in an address",
    endpoint("url: http://me:pw@a:1", "type: ollama"),
    "move them to auth: {type: basic",
  ],
  ["a variable in an address", endpoint('url: "http://${HOST}:1"', "type: vllm"), "write it out"],
  ["a type misspelt", endpoint(URL_LINE, "type: olama"), 'did you mean "ollama"?'],
  ["no type, but one of no meaning", endpoint(URL_LINE, "type: none"), "allowed: "],
  [
    "a probe longer than its interval",
    endpoint(URL_LINE, "type: vllm", "check_interval: 2s", "check_timeout: 5s"),
    "must be below check_interval (2s)",
  ],
  [
    "probes too often",
    endpoint(URL_LINE, "type: vllm", "check_interval: 10ms"),
    "must be at least 1s",
  ],
  ["a negative priority", endpoint(URL_LINE, "type: vllm", "priority: -1"), "must be at least 0"],
  [
    "two endpoints with one address",
    `${endpoint(URL_LINE, "type: vllm", "name: a")}      - {url: http://a:1, type: vllm, name: b}\n`,
    "keep one of them",
  ],
  [
    "two endpoints with one name",
    `${endpoint(URL_LINE, "type: vllm", "name: a")}      - {url: http://b:1, type: vllm, name: a}\n`,
    "names are unique",
  ],
  [
    "a kind of credentials misspelt",
    endpoint(URL_LINE, "type: vllm", "auth: {type: baerer, token: x}"),
    'did you mean "bearer"?',
  ],
  [
    "credentials without a token",
    endpoint(URL_LINE, "type: vllm", "auth: {type: bearer}"),
    "give token or token_file",
  ],
  [
    "a token both ways",
    endpoint(URL_LINE, "type: vllm", "auth: {type: bearer, token: x, token_file: y}"),
    "keep one of them",
  ],
  [
    "a variable that is not set",
    endpoint(URL_LINE, "type: vllm", 'auth: {type: bearer, token: "${GONE}"}'),
    "the environment lacks GONE; set it, or write ${NAME:-fallback}",
  ],
  [
    "a field of the connection",
    endpoint(URL_LINE, "type: vllm", "headers: {Connection: close}"),
    "remove it",
  ],
  [
    "a filter with two stars",
    endpoint(URL_LINE, "type: vllm", 'model_filter: {include: ["**"]}'),
    "one * is anything",
  ],
  ["a tab for indentation", "server:\n\tport: 1\n", "use blanks"],
  ["a key twice", "server:\n  port: 1\n  port: 2\n", "remove one of the two"],
  ["a star without quotes", "server: {cors: {allowed_origins: [*]}}", "needs quotes"],
  ["a list for a file", "- server\n", "the file must hold keys and values, such as `server:`"],
  ["a key without effect", "proxy: {stream_buffer_size: 4096}", "has no effect: "],
];

describe("mistakes in a configuration", () => {
  it("are seeded fifty times and more", () => {
    expect(MISTAKES.length).toBeGreaterThanOrEqual(50);
    expect(new Set(MISTAKES.map(([, text]) => text)).size).toBe(MISTAKES.length);
  });

  it.each(MISTAKES)("%s: the message names the place and the fix", (_, text, fix) => {
    const problems = problemsOf(text);
    expect(problems.join("\n")).toContain(fix);
    expect(problems.filter((problem) => !/^config\.yaml:\d+:\d+: /.test(problem))).toEqual([]);
  });

  it.each([
    ["OLLA_SERVER_PORT", "http", "expected a whole number"],
    ["OLLA_PROXY_READ_TIMEOUT", "10", 'did you mean "10s"?'],
    ["OLLA_PROXY_ENGINE", "ola", 'did you mean "olla"?'],
    ["OLLA_SERVER_CORS_ENABLED", "maybe", "is not true or false"],
  ])("in the variable %s=%s are named by it", (variable, value, fix) => {
    const [problem] = problemsOf("", { [variable]: value });
    expect(problem).toMatch(new RegExp(`^${variable}: `));
    expect(problem).toContain(fix);
  });
});
