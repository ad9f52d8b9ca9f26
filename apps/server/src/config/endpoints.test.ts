import type { EndpointSpec } from "@olla-ts/core/ports";
import { describe, expect, it } from "vitest";

import { resolveEndpoints } from "./endpoints.ts";
import { loadConfig } from "./load.ts";
import { formatProblem } from "./problem.ts";

const TYPES: ReadonlyMap<string, string> = new Map([
  ["", "auto"],
  ["auto", "auto"],
  ["ollama", "ollama"],
  ["vllm", "vllm"],
  ["openai", "openai-compatible"],
]);

/** Resolves entries written in YAML, one a line, each a flow mapping. */
function resolve(
  entries: readonly string[],
  env: Record<string, string> = {},
): { endpoints: readonly EndpointSpec[]; problems: readonly string[] } {
  const items = entries.map((entry) => `      - ${entry}\n`).join("");
  const text = `discovery:\n  static:\n    endpoints:\n${items}`;
  const loaded = loadConfig({ path: "config.yaml", text }, env);
  expect(loaded.errors).toEqual([]);
  const { endpoints, problems } = resolveEndpoints(
    loaded,
    { canonicalType: (spelling) => TYPES.get(spelling), names: ["ollama", "vllm"] },
    { env, cwd: "/" },
  );
  return { endpoints, problems: problems.map((problem) => formatProblem(problem)) };
}

/** The only endpoint of entries without problems. */
function only(entry: string, env: Record<string, string> = {}): EndpointSpec {
  const { endpoints, problems } = resolve([entry], env);
  expect(problems).toEqual([]);
  const [endpoint] = endpoints;
  if (endpoint === undefined || endpoints.length > 1) throw new Error("expected one endpoint");
  return endpoint;
}

describe("resolveEndpoints", () => {
  it("takes over what an entry says", () => {
    expect(
      only(
        "{url: 'http://a:1/base/', name: n, type: vllm, priority: 7, preserve_path: true, check_interval: 10s, check_timeout: 3s, health_check_url: /h, model_url: /m, model_filter: {include: [a*], exclude: [b]}, headers: {X-A: b}}",
      ),
    ).toEqual({
      name: "n",
      url: "http://a:1/base",
      type: "vllm",
      priority: 7,
      preservePath: true,
      healthCheckUrl: "/h",
      modelUrl: "/m",
      checkIntervalMs: 10_000,
      checkTimeoutMs: 3_000,
      modelFilter: { include: ["a*"], exclude: ["b"] },
      headers: ["X-A", "b"],
      query: "",
    });
  });

  it("keeps the defaults of an entry that has an address only, and names it after that", () => {
    expect(only("{url: 'http://gpu-1:8000'}")).toMatchObject({
      name: "gpu-1:8000",
      type: "auto",
      priority: undefined,
      preservePath: true,
      checkIntervalMs: 5_000,
      checkTimeoutMs: 2_000,
      headers: [],
    });
  });

  it("CF-32 honours priority 0", () => {
    expect(only("{url: 'http://a', priority: 0}").priority).toBe(0);
  });

  it("CF-33 accepts auto, other spellings and no type", () => {
    const { endpoints, problems } = resolve([
      "{url: 'http://a', type: openai}",
      "{url: 'http://b', type: auto}",
      "{url: 'http://c'}",
    ]);
    expect(problems).toEqual([]);
    expect(endpoints.map(({ type }) => type)).toEqual(["openai-compatible", "auto", "auto"]);
  });

  it("CF-33 refuses an unknown type and says which was meant", () => {
    expect(resolve(["{url: 'http://a', type: olama}"])).toEqual({
      endpoints: [],
      problems: [
        'config.yaml:4:27: discovery.static.endpoints[0].type: "olama" is not a known type; allowed: ollama, vllm, auto; did you mean "ollama"?',
      ],
    });
  });

  it.each([
    ["CF-27", "{name: a}", "is missing; write url: http://host:port"],
    ["CF-27", "{url: ' '}", "is missing; write url: http://host:port"],
    ["", "{url: localhost}", "is not an address; write http://host:port or https://host:port"],
    [
      "",
      "{url: 'localhost:11434'}",
      "is not an address; write http://host:port or https://host:port",
    ],
    ["", "{url: 'ftp://a'}", "is not an address; write http://host:port or https://host:port"],
    [
      "CF-38",
      "{url: 'http://${HOST}:1'}",
      "holds ${…}, which is replaced in auth and headers only",
    ],
  ])("%s refuses %s", (_, entry, message) => {
    const { endpoints, problems } = resolve([entry], { HOST: "a" });
    expect(endpoints).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`discovery.static.endpoints[0].url: ${message}`);
  });

  it.each(["http://someone:hunter2@a", "http://someone@a", "https://:hunter2@a/base"])(
    "CF-28 refuses the user info of %s without repeating it",
    (url) => {
      const { problems } = resolve([`{url: '${url}'}`]);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain("holds a user name or password; move them to auth");
      expect(problems[0]).not.toMatch(/hunter2|someone/);
    },
  );

  it.each([
    ["CF-30", "check_interval: 4s, check_timeout: 4s", "must be below check_interval (4s)"],
    ["", "check_timeout: 6s", "must be below check_interval (5s)"],
    ["", "check_timeout: 0s", "must be above 0"],
  ])("%s refuses %s", (_, keys, message) => {
    const { problems } = resolve([`{url: 'http://a', ${keys}}`]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`endpoints[0].check_timeout: ${message}`);
  });

  it.each([
    ["1s", 500],
    ["2s", 1_000],
    ["3s", 1_500],
    ["60s", 2_000],
  ])("C13 lets check_interval %s stand alone, with a timeout of %d ms", (interval, timeout) => {
    expect(only(`{url: 'http://a', check_interval: ${interval}}`).checkTimeoutMs).toBe(timeout);
  });

  it("C12 honours a check_timeout above 5 s", () => {
    expect(only("{url: 'http://a', check_interval: 1m, check_timeout: 30s}").checkTimeoutMs).toBe(
      30_000,
    );
  });

  it("C9 refuses a second endpoint with the same address or name, and says so once", () => {
    const { endpoints, problems } = resolve([
      "{url: 'http://host:1', name: a}",
      "{url: 'http://HOST:1/', name: b}",
      "{url: 'http://host:2', name: a}",
      "{url: 'http://host:3', name: c}",
    ]);
    expect(endpoints.map(({ name }) => name)).toEqual(["a", "c"]);
    expect(problems).toEqual([
      'config.yaml:5:10: discovery.static.endpoints[1].url: endpoint "a" has this address already; keep one of them',
      'config.yaml:6:32: discovery.static.endpoints[2].name: "a" is the name of another endpoint; names are unique',
    ]);
  });

  it("accepts two base paths on one host", () => {
    const { endpoints } = resolve(["{url: 'http://h/a', name: a}", "{url: 'http://h/b', name: b}"]);
    expect(endpoints.map(({ url }) => url)).toEqual(["http://h/a", "http://h/b"]);
  });

  it("C8 refuses empty patterns and double stars, and accepts stars anywhere", () => {
    const { problems } = resolve([
      "{url: 'http://a', model_filter: {include: [a*b, '*c*', '', x], exclude: [d**e]}}",
    ]);
    expect(problems.map((line) => line.replace(/^.*model_filter/, ""))).toEqual([
      ".include[2]: is empty; write a pattern, such as llama*",
      '.exclude[0]: "d**e" holds **; one * is anything',
    ]);
  });

  it("tells every problem of every entry", () => {
    const { problems } = resolve([
      "{name: a, type: nothing, check_timeout: 9s}",
      "{url: 'http://b', auth: {type: oauth}, headers: {'a b': c}}",
    ]);
    expect(problems.map((line) => line.split(": ")[1])).toEqual([
      "discovery.static.endpoints[0].url",
      "discovery.static.endpoints[0].type",
      "discovery.static.endpoints[0].check_timeout",
      "discovery.static.endpoints[1].headers.…",
      "discovery.static.endpoints[1].auth.type",
    ]);
  });
});

describe("the name of an endpoint", () => {
  it.each([String.raw`"a\nb"`, String.raw`"a\x1b[31m"`, String.raw`"a\ud800"`, String.raw`"\x85"`])(
    "is refused when no log or header field can show %s",
    (name) => {
      const { problems } = resolve([`{url: 'http://a', name: ${name}}`]);
      expect(problems).toEqual([expect.stringContaining("name: holds a control character")]);
    },
  );

  it("may be of any script", () => {
    expect(only("{url: 'http://a', name: 'größe 密 🦙'}").name).toBe("größe 密 🦙");
  });
});

describe("header fields of an endpoint", () => {
  it("are expanded from the environment", () => {
    const { headers } = only("{url: 'http://a', headers: {X-T: 'a-${T}', X-F: '${NONE:-f}'}}", {
      T: "seven",
    });
    expect(headers).toEqual(["X-T", "a-seven", "X-F", "f"]);
  });

  it("may be empty when their variable is", () => {
    expect(only("{url: 'http://a', headers: {X-E: '${E}'}}", { E: "" }).headers).toEqual([
      "X-E",
      "",
    ]);
  });

  it("CF-39 yield to auth", () => {
    const { headers } = only(
      "{url: 'http://a', headers: {authorization: other, X-A: b}, auth: {type: bearer, token: t}}",
    );
    expect(headers).toEqual(["Authorization", "Bearer t", "X-A", "b"]);
  });

  it("cannot set Host, which is told", () => {
    const { endpoints, problems } = resolve(["{url: 'http://a', headers: {Host: b, X-A: c}}"]);
    expect(endpoints[0]?.headers).toEqual(["X-A", "c"]);
    expect(problems).toEqual([
      "config.yaml:4:37: discovery.static.endpoints[0].headers.Host: is always that of the endpoint's url; this one is ignored",
    ]);
  });

  it.each([
    "Content-Length",
    "transfer-encoding",
    "Connection",
    "Keep-Alive",
    "Upgrade",
    "TE",
    "Trailer",
    "Proxy-Connection",
    "Expect",
  ])("are refused when a fixed value would break requests: %s", (name) => {
    const { problems } = resolve([`{url: 'http://a', headers: {${name}: "5"}}`]);
    expect(problems).toEqual([
      expect.stringMatching(new RegExp(`headers\\.${name}: belongs to the connection`)),
    ]);
  });

  it("CF-36 are refused when a variable is missing, by name, wherever the field is", () => {
    const { problems } = resolve(["{url: 'http://a', headers: {X.Y-Z: '${NONE}'}}"]);
    expect(problems).toEqual([
      "config.yaml:4:37: discovery.static.endpoints[0].headers.X.Y-Z: the environment lacks NONE; set it, or write ${NAME:-fallback}",
    ]);
  });

  it.each([
    String.raw`"hunter2\nX: y"`,
    String.raw`"hunter2\0"`,
    '"hunter2 密"',
    String.raw`"hunter2\x07"`,
  ])("are refused when no header field can carry %s, without repeating it", (value) => {
    const { problems } = resolve([`{url: 'http://a', headers: {X-A: ${value}}}`]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain("headers.X-A: holds a line break or another character");
    expect(problems[0]).not.toContain("hunter2");
  });
});
