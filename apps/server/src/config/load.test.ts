import { describe, expect, it } from "vitest";

import { loadConfig, type LoadedConfig } from "./load.ts";
import { ConfigError, formatProblem } from "./problem.ts";

function load(text: string, env: Record<string, string> = {}): LoadedConfig {
  return loadConfig({ path: "config.yaml", text }, env);
}

function errorsOf(text: string): readonly string[] {
  return load(text).errors.map((problem) => formatProblem(problem));
}

function warningsOf(text: string): readonly string[] {
  const { errors, warnings } = load(text);
  expect(errors).toEqual([]);
  return warnings.map((problem) => formatProblem(problem));
}

describe("values of the file", () => {
  it("change the keys they name and no others", () => {
    const { config } = load("server: {port: 8080, cors: {max_age: 5}}");
    const { config: defaults } = loadConfig(undefined, {});
    expect(config).toEqual({
      ...defaults,
      server: { ...defaults.server, port: 8_080, cors: { ...defaults.server.cors, max_age: 5 } },
    });
  });

  it("replace a default list as a whole", () => {
    const { server } = load("server: {cors: {allowed_methods: [PUT]}}").config;
    expect(server.cors.allowed_methods).toEqual(["PUT"]);
  });

  it("CF-11 may be durations of all forms", () => {
    const { server } = load(
      "server: {read_timeout: 1h2m3.5s, write_timeout: 1.5h, idle_timeout: '0', shutdown_timeout: .5s}",
    ).config;
    expect([server.read_timeout, server.write_timeout, server.idle_timeout]).toEqual([
      3_723_500, 5_400_000, 0,
    ]);
    expect(server.shutdown_timeout).toBe(500);
  });

  it("C22 may be 0 for a duration", () => {
    expect(load("server: {read_timeout: 0}").config.server.read_timeout).toBe(0);
  });

  it.each([
    ["0x1F90", 8_080],
    ["0o17620", 8_080],
    ["8_080", 8_080],
    ["1e4", 10_000],
    ["8080.5", 8_080],
  ])("may be the integer %s", (written, port) => {
    expect(load(`server: {port: ${written}}`).config.server.port).toBe(port);
  });

  it("CF-13 C21 may be sizes with a unit", () => {
    const { request_limits } = load(
      "server: {request_limits: {max_body_size: 50MB, max_header_size: 65536}}",
    ).config.server;
    expect(request_limits).toEqual({ max_body_size: 52_428_800, max_header_size: 65_536 });
  });

  it.each(["yes", "on", "true", "True"])("may be %s for true", (word) => {
    expect(load(`server: {cors: {enabled: ${word}}}`).config.server.cors.enabled).toBe(true);
  });

  it("are taken as written where text is expected", () => {
    const { config } = load(
      `server: {host: 010.20}
model_aliases: {a: [1.10, 0x1F, true]}
discovery: {static: {endpoints: [{url: 'http://a', name: 007, headers: {X-Id: 12345678901234567890}}]}}`,
    );
    expect(config.server.host).toBe("010.20");
    expect(config.model_aliases).toEqual({ a: ["1.10", "0x1F", "true"] });
    expect(config.discovery.static.endpoints?.[0]).toMatchObject({
      name: "007",
      headers: { "X-Id": "12345678901234567890" },
    });
  });

  it("CF-8 leave endpoints undefined unless the file mentions them", () => {
    expect(load("discovery: {static: {}}").config.discovery.static.endpoints).toBeUndefined();
    expect(load("discovery: {static: {endpoints: []}}").config.discovery.static.endpoints).toEqual(
      [],
    );
    expect(load("discovery: {static: {endpoints: }}").config.discovery.static.endpoints).toEqual(
      [],
    );
  });

  it.each(["proxy: {profile: ''}", "model_registry: {type: ''}"])(
    "may leave blank, for the default: %s",
    (text) => {
      const { proxy, model_registry } = load(text).config;
      expect([proxy.profile, model_registry.type]).toEqual(["auto", "memory"]);
      expect(errorsOf(text)).toEqual([]);
    },
  );
});

describe("faults of the file", () => {
  it.each([
    [
      "CF-11",
      "server: {read_timeout: 30}",
      'server.read_timeout: 30 is not a duration; write a number with ns, us, ms, s, m or h, such as 30s or 1h30m; did you mean "30s"?',
    ],
    ["CF-12", "server: {read_timeout: 1d}", 'server.read_timeout: "1d" is not a duration'],
    ["C23", "proxy: {read_timeout: -1s}", 'proxy.read_timeout: "-1s" is not a duration'],
    ["CF-16", "server: {port: 0}", "server.port: must be at least 1"],
    ["", "server: {port: 65536}", "server.port: must be at most 65535"],
    ["", "server: {port: http}", 'server.port: expected a whole number, got "http"'],
    ["", "server: {port: .nan}", "server.port: expected a whole number, got NaN"],
    [
      "",
      "server: {request_limits: {max_body_size: .nan}}",
      "server.request_limits.max_body_size: NaN is not a size",
    ],
    [
      "CF-17",
      "proxy: {engine: ''}",
      'proxy.engine: "" is not a known value; allowed: olla, sherpa',
    ],
    [
      "CF-17",
      "proxy: {engine: sherpo}",
      'proxy.engine: "sherpo" is not a known value; allowed: olla, sherpa; did you mean "sherpa"?',
    ],
    [
      "CF-17",
      "proxy: {engine: Olla}",
      'proxy.engine: "Olla" is not a known value; allowed: olla, sherpa; did you mean "olla"?',
    ],
    [
      "CF-18",
      "proxy: {load_balancer: random}",
      'proxy.load_balancer: "random" is not a known value; allowed: priority, round-robin, least-connections',
    ],
    [
      "CF-18",
      "discovery: {type: dns}",
      'discovery.type: "dns" is not a known value; allowed: static',
    ],
    ["CF-18", "discovery: {type: ''}", 'discovery.type: "" is not a known value; allowed: static'],
    [
      "CF-18",
      "model_registry: {type: redis}",
      'model_registry.type: "redis" is not a known value; allowed: memory',
    ],
    [
      "C3",
      "proxy: {profile: bogus}",
      'proxy.profile: "bogus" is not a known value; allowed: auto, streaming, standard',
    ],
    [
      "C17",
      "model_registry: {routing_strategy: {options: {fallback_behavior: zzz}}}",
      'model_registry.routing_strategy.options.fallback_behavior: "zzz" is not a known value; allowed: compatible_only, none, all',
    ],
    [
      "CF-24",
      "translators: {anthropic: {max_message_size: -1}}",
      "translators.anthropic.max_message_size: must be at least 0",
    ],
    [
      "CF-24",
      "translators: {anthropic: {enabled: false, max_message_size: 104857601}}",
      "translators.anthropic.max_message_size: must be at most 104857600",
    ],
    [
      "",
      "proxy: {sticky_sessions: {max_sessions: -1}}",
      "proxy.sticky_sessions.max_sessions: must be at least 0",
    ],
    ["", "server: {cors: {enabled: maybe}}", 'server.cors.enabled: "maybe" is not true or false'],
    [
      "",
      'server: {cors: {allowed_origins: "*"}}',
      'server.cors.allowed_origins: expected a list, got "*"; write ["*"]',
    ],
    [
      "",
      "server: {cors: {allowed_origins: [~]}}",
      "server.cors.allowed_origins[0]: expected text, got nothing",
    ],
    ["", "server: {host: [a]}", "server.host: expected text, got a list"],
    ["", "server: 5", "server: expected keys with values, got a number"],
    ["", "proxy: {engine: {toString: 1}}", "proxy.engine: keys with values is not a known value"],
    [
      "",
      "discovery: {static: {endpoints: {url: a}}}",
      "discovery.static.endpoints: expected a list, got keys with values",
    ],
    [
      "",
      "discovery: {static: {endpoints: [a]}}",
      "discovery.static.endpoints[0]: expected keys with values, got text",
    ],
    ["", "model_aliases: [a]", "model_aliases: expected keys with values, got a list"],
    ["CF-26", "model_aliases: {a: }", "model_aliases.a: expected a list, got nothing"],
    [
      "CF-29",
      "discovery: {static: {endpoints: [{check_interval: 500ms}]}}",
      "discovery.static.endpoints[0].check_interval: must be at least 1s",
    ],
    [
      "CF-31",
      "discovery: {static: {endpoints: [{check_interval: 60s, check_timeout: 31s}]}}",
      "discovery.static.endpoints[0].check_timeout: must be at most 30s",
    ],
    [
      "CF-32",
      "discovery: {static: {endpoints: [{priority: -1}]}}",
      "discovery.static.endpoints[0].priority: must be at least 0",
    ],
  ])("%s refuses %s", (_, text, message) => {
    const errors = errorsOf(text);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.replace(/^config\.yaml:1:\d+: /, "")).toMatch(
      new RegExp(`^${message.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}`),
    );
  });

  it("carry file, line and column of the key", () => {
    expect(load("server:\n  port: 0\n  read_timeout: 30\n").errors).toMatchObject([
      { severity: "error", file: "config.yaml", line: 2, column: 3, key: "server.port" },
      { severity: "error", file: "config.yaml", line: 3, column: 3, key: "server.read_timeout" },
    ]);
  });

  it("C2 are told all at once, whatever kind they are of", () => {
    const errors = errorsOf(`server:
  port: 0
  cors: {enabled: true, allowed_origins: []}
proxy: {engine: zzz, load_balancer: 7}
model_aliases: {a: []}
discovery: {static: {endpoints: [x, {url: [a]}]}}
`);
    expect(errors.map((line) => line.split(": ")[1])).toEqual([
      "server.port",
      "proxy.engine",
      "proxy.load_balancer",
      "discovery.static.endpoints[0]",
      "discovery.static.endpoints[1].url",
      "server.cors.allowed_origins",
      "model_aliases.a",
    ]);
  });

  it("leave the defaults in the keys at fault and the file's values in the others", () => {
    const { server } = load("server: {port: 0, host: here}").config;
    expect([server.port, server.host]).toEqual([40_114, "here"]);
  });

  it("keep the places of list items behind a faulty one", () => {
    expect(errorsOf("model_aliases:\n  a:\n    - [x]\n    - ''\n")).toEqual([
      "config.yaml:3:7: model_aliases.a[0]: expected text, got a list",
      "config.yaml:4:7: model_aliases.a[1]: the model has no name",
    ]);
  });

  it("never repeat what may be a secret", () => {
    const errors = errorsOf(`discovery:
  static:
    endpoints:
      - url: [hunter2]
        auth: hunter2
      - headers: {Authorization: [hunter2], X-Key: {hunter2: 1}}
      - auth: {token: {hunter2: hunter2}, key: [hunter2]}
`);
    expect(errors).toHaveLength(6);
    expect(errors.join("\n")).not.toContain("hunter2");
  });

  it("CF-10 are thrown at once, with their place, when the text is not YAML", () => {
    expect(() => load("server:\n  port: 1\n  port: 2\n")).toThrow(ConfigError);
    expect(() => load("server:\n  port: 1\n  port: 2\n")).toThrow(
      /^config\.yaml:3:3: Map keys must be unique/,
    );
  });
});

describe("a file of several documents", () => {
  it("warns that only the first is read", () => {
    expect(warningsOf("server: {port: 1234}\n---\nserver: {port: 1}\n")).toEqual([
      "config.yaml:2:1: only the first document of the file is read, what is below --- is not",
    ]);
    expect(warningsOf("# nothing\n---\n---\nserver: {port: 1}\n")).toHaveLength(1);
  });

  it.each(["---\nserver: {port: 1}\n", "server: {port: 1}\n---\n", "server: {port: 1}\n...\n"])(
    "is not one with marks alone: %j",
    (text) => {
      expect(warningsOf(text)).toEqual([]);
    },
  );
});

describe("keys that are blank", () => {
  it("name the inspector's own folder and header, never the working directory", () => {
    const text = "translators: {anthropic: {inspector: {output_dir: '', session_header: ' '}}}";
    const { config } = loadConfig({ path: "config.yaml", text }, {});
    expect(config.translators.anthropic.inspector).toMatchObject({
      output_dir: "inspector-logs",
      session_header: "X-Session-ID",
    });
  });
});

describe("unknown keys", () => {
  it("CF-9 C1 warn with their place and the key that was meant, and change nothing", () => {
    expect(warningsOf("server:\n  prot: 1\nbogus: {a: 1}\n")).toEqual([
      'config.yaml:2:3: server.prot: unknown key, ignored; did you mean "port"?',
      "config.yaml:3:1: bogus: unknown key, ignored",
    ]);
  });

  it("are not named inside auth, where a secret without its key would be one", () => {
    const auth = "discovery: {static: {endpoints: [{url: 'http://a', auth: {hunter2, tokn: t}}]}}";
    expect(warningsOf(auth)).toEqual([
      "config.yaml:1:52: discovery.static.endpoints[0].auth: unknown key, ignored",
      'config.yaml:1:68: discovery.static.endpoints[0].auth.tokn: unknown key, ignored; did you mean "token"?',
    ]);
  });

  it.each([
    "proxy: {retry: {enabled: true}}",
    "discovery: {health_check: {initial_delay: 1s}}",
    "model_registry: {unification: {enabled: true, stale_threshold: 1h}}",
    "discovery: {static: {endpoints: [{url: 'http://a', tags: {a: b}}]}}",
    "proxy: {max_retries: 3, retry_backoff: 1s, profile_filter: {include: [ollama]}}",
    "discovery: {model_discovery: {retry_attempts: 1, retry_backoff: 1s}}",
  ])("do not include those that other versions accept: %s", (text) => {
    expect(warningsOf(text)).toEqual([]);
  });

  it("tell one by one what has no effect here, and why", () => {
    const text = `server: {rate_limits: {per_endpoint: {default_requests_per_minute: 1}}}
proxy: {stream_buffer_size: 8192}
discovery: {refresh_interval: 1m}
model_registry: {unification: {cache_ttl: 1m, custom_rules: [], family_overrides: {}}}
`;
    expect(warningsOf(text)).toEqual([
      "config.yaml:1:24: server.rate_limits.per_endpoint: has no effect: requests are limited per client and in all",
      "config.yaml:2:9: proxy.stream_buffer_size: has no effect: an answer is passed on in the pieces that it arrives in",
      "config.yaml:3:13: discovery.refresh_interval: has no effect: the endpoints of this file do not change by themselves",
      "config.yaml:4:32: model_registry.unification.cache_ttl: has no effect: the catalogue is current at any time",
      "config.yaml:4:47: model_registry.unification.custom_rules: has no effect: rules for models are in models.yaml",
      "config.yaml:4:65: model_registry.unification.family_overrides: has no effect: rules for models are in models.yaml",
    ]);
  });
});
