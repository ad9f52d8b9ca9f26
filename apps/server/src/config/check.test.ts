import { describe, expect, it } from "vitest";

import { loadConfig } from "./load.ts";

function findings(text: string): readonly string[] {
  const { errors, warnings } = loadConfig({ path: "config.yaml", text }, {});
  return [...errors, ...warnings].map(
    ({ severity, key, message }) => `${severity} ${key}: ${message}`,
  );
}

const INSPECTOR = "translators.anthropic.inspector";
const UNREDACTED = `warning ${INSPECTOR}.enabled: requests and replies are written to files with their contents unredacted; use it only in development`;

describe("checkConfig", () => {
  it.each([
    {
      number: "CF-19",
      text: "model_registry: {routing_strategy: {type: stict}}",
      found: [
        'warning model_registry.routing_strategy.type: "stict" is not a known value; allowed: strict, optimistic, discovery; did you mean "strict"?; strict is used',
      ],
    },
    {
      number: "CF-20",
      text: "discovery: {model_discovery: {interval: 0s, timeout: 0, concurrent_workers: -1}}",
      found: ["interval", "timeout", "concurrent_workers"].map(
        (key) =>
          `error discovery.model_discovery.${key}: must be above 0 while model discovery is enabled`,
      ),
    },
    {
      number: "CF-20",
      text: "discovery: {model_discovery: {enabled: false, interval: 0s}}",
      found: [],
    },
    {
      number: "CF-21",
      text: "server: {cors: {enabled: true, allowed_origins: []}}",
      found: [
        'error server.cors.allowed_origins: must name an origin, or "*", while CORS is enabled',
      ],
    },
    {
      number: "CF-22",
      text: "server: {cors: {enabled: true, allow_credentials: true}}",
      found: [
        'error server.cors.allow_credentials: cannot be used with the origin "*"; name the origins',
      ],
    },
    {
      number: "CF-22",
      text: "server: {cors: {enabled: false, allow_credentials: true, allowed_origins: [], max_age: -1}}",
      found: [],
    },
    {
      number: "",
      text: "server: {cors: {enabled: true, max_age: -1}}",
      found: ["error server.cors.max_age: must be at least 0"],
    },
    {
      number: "CF-23",
      text: 'dashboard: {access_policy: {allowed_cidrs: ["127.0.0.1"]}}',
      found: [
        'error dashboard.access_policy.allowed_cidrs[0]: "127.0.0.1" is not a CIDR; write an address and a length, such as 10.0.0.0/8',
      ],
    },
    {
      number: "CF-23",
      text: "dashboard: {access_policy: {allowed_cidrs: []}}",
      found: [
        "error dashboard.access_policy.allowed_cidrs: must name at least one range while the dashboard or its gate is enabled",
      ],
    },
    {
      number: "CF-23",
      text: 'dashboard: {enabled: false, access_policy: {allowed_cidrs: ["127.0.0.1"]}}',
      found: [],
    },
    {
      number: "CF-26",
      text: "model_aliases: {a: [], ' b': [m], '': [m], c: [m, ' ']}",
      found: [
        "error model_aliases.a: lists no model; name at least one",
        "error model_aliases.…: the alias has blanks around its name",
        "error model_aliases.…: the alias has no name",
        "error model_aliases.c[1]: the model has no name",
      ],
    },
    {
      number: "CF-26",
      text: "model_aliases: {a: [m, n, m]}",
      found: ['warning model_aliases.a[2]: "m" is listed twice'],
    },
    {
      number: "C14",
      text: "model_aliases: {House: [m], house: [n]}",
      found: [
        'warning model_aliases.house: replaces "House": the case of an alias makes no difference',
      ],
    },
    {
      number: "CF-46",
      text: "logging: {level: verbose, format: xml, output: nowhere}",
      found: [
        'warning logging.level: "verbose" is not a known value; allowed: debug, info, warn, warning, error; the default is used',
        'warning logging.format: "xml" is not a known value; allowed: json, text; the default is used',
        'warning logging.output: "nowhere" is not a known value; allowed: stdout, file; the default is used',
      ],
    },
    { number: "CF-46", text: "logging: {level: WARNING}", found: [] },
    {
      number: "",
      text: "logging: {format: Text}",
      found: [
        'warning logging.format: "Text" is not a known value; allowed: json, text; did you mean "text"?; the default is used',
      ],
    },
    {
      number: "",
      text: "server: {rate_limits: {burst_size: 0}}",
      found: ["warning server.rate_limits.burst_size: 0 refuses every request that is limited"],
    },
    {
      number: "",
      text: "proxy: {sticky_sessions: {enabled: true, idle_ttl_seconds: 0, key_sources: [ip, cookie]}}",
      found: [
        'warning proxy.sticky_sessions.key_sources[1]: "cookie" is not a known value; allowed: session_header, prefix_hash, auth_header, ip',
        "warning proxy.sticky_sessions.idle_ttl_seconds: 0 keeps a session until others need its room",
      ],
    },
  ])("$number finds in $text what is wrong", ({ text, found }) => {
    expect(findings(text)).toEqual(found);
  });

  it.each(["junk", "10.0.0.0", "10.0.0.0/33", "::1/129", "10.0.0.0/8/8", "10.0.0.0/", "a/8", ""])(
    "C7 refuses the trusted range %j instead of trusting the private ranges",
    (cidr) => {
      const text = `server: {rate_limits: {trusted_proxy_cidrs: ["10.0.0.0/8", "${cidr}"]}}`;
      expect(findings(text)).toEqual([
        `error server.rate_limits.trusted_proxy_cidrs[1]: "${cidr}" is not a CIDR; write an address and a length, such as 10.0.0.0/8`,
      ]);
    },
  );

  it("C7 takes an empty list of trusted ranges for trust in nobody", () => {
    const text = "server: {rate_limits: {trusted_proxy_cidrs: []}}";
    const { config } = loadConfig({ path: "config.yaml", text }, {});
    expect(config.server.rate_limits.trusted_proxy_cidrs).toEqual([]);
    expect(findings(text)).toEqual([]);
  });

  it.each([
    "/",
    "/etc",
    "/etc/olla",
    "/var/log",
    "/usr/",
    "/root",
    "/home/../etc/olla",
    "C:\\Windows\\x",
  ])("CF-25 refuses to inspect into %s", (folder) => {
    const text = `translators: {anthropic: {inspector: {enabled: true, output_dir: '${folder}'}}}`;
    expect(findings(text)).toEqual([
      `error ${INSPECTOR}.output_dir: "${folder}" is a folder of the system; name one of your own`,
      UNREDACTED,
    ]);
  });

  it.each(["logs/inspector", "/data/inspector", "/etcetera", "./usr"])(
    "CF-25 inspects into %s, with a warning",
    (folder) => {
      const text = `translators: {anthropic: {inspector: {enabled: true, output_dir: ${folder}}}}`;
      expect(findings(text)).toEqual([UNREDACTED]);
    },
  );

  it("CF-25 accepts any folder and header while nothing is inspected", () => {
    const inspector = "{enabled: false, output_dir: /etc, session_header: 'no header'}";
    expect(findings(`translators: {anthropic: {inspector: ${inspector}}}`)).toEqual([]);
  });

  it("refuses a session header that is no field name", () => {
    const text = "translators: {anthropic: {inspector: {enabled: true, session_header: 'a b'}}}";
    expect(findings(text)).toContain(
      `error ${INSPECTOR}.session_header: is not the name of a header field`,
    );
  });

  it.each(["Authorization", "x-api-key", "Cookie"])("refuses %s as a session header", (header) => {
    const text = `translators: {anthropic: {inspector: {enabled: true, session_header: ${header}}}}`;
    expect(findings(text)).toContain(
      `error ${INSPECTOR}.session_header: holds a secret, and its value becomes a file's name`,
    );
  });
});
