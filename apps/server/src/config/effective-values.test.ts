import { describe, expect, it } from "vitest";

import { effectiveValues, formatDuration, type EffectiveValue } from "./effective-values.ts";
import { loadConfig } from "./load.ts";

function valuesOf(
  text: string,
  env: Readonly<Record<string, string>> = {},
): (key: string) => EffectiveValue | undefined {
  const values = effectiveValues(loadConfig({ path: "config.yaml", text }, env));
  return (key) => values.find((one) => one.key === key);
}

describe("effectiveValues", () => {
  it("tells of each value where it comes from, the environment before the file", () => {
    const value = valuesOf("server:\n  port: 1\n  host: a\n", { OLLA_SERVER_PORT: "2" });
    expect(value("server.port")).toEqual({
      key: "server.port",
      value: 2,
      origin: { kind: "environment", variable: "OLLA_SERVER_PORT" },
    });
    expect(value("server.host")?.origin).toEqual({ kind: "file", file: "config.yaml", line: 3 });
    expect(value("server.read_timeout")).toMatchObject({
      value: "30s",
      origin: { kind: "default" },
    });
  });

  it("takes a value behind an anchor for one of the file", () => {
    const value = valuesOf("x: &p {port: 7}\nserver:\n  <<: *p\n  host: a\n");
    expect(value("server.port")).toMatchObject({ value: 7, origin: { kind: "file", line: 2 } });
  });

  it("shows what the file says of endpoints, without secrets", () => {
    const value = valuesOf(`discovery:
  static:
    endpoints:
      - url: "http://me:hunter2@a:1/p?key=hunter2#x"
        health_check_url: "/health?key=hunter2"
        auth: { type: api_key, key: hunter2, header: X-K, token: "\${T}", key_file: k }
        headers: { A: hunter2, B: "\${B}", C: "x\${C}" }
`);
    const base = "discovery.static.endpoints[0]";
    expect(value(`${base}.url`)?.value).toBe("http://(redacted)@a:1/p?(redacted)");
    expect(value(`${base}.health_check_url`)?.value).toBe("/health?(redacted)");
    expect(value(`${base}.auth.key`)?.value).toBe("(redacted)");
    expect(value(`${base}.auth.token`)?.value).toBe("${T}");
    expect(value(`${base}.auth.header`)?.value).toBe("X-K");
    expect(value(`${base}.auth.key_file`)?.value).toBe("k");
    expect(value(`${base}.headers`)?.value).toEqual({
      A: "(redacted)",
      B: "${B}",
      C: "(redacted)",
    });
    expect(value(`${base}.priority`)).toBeUndefined();
  });
});

describe("formatDuration", () => {
  it.each([
    [0, "0"],
    [1, "1ms"],
    [1_500, "1s500ms"],
    [90_000, "1m30s"],
    [86_400_000, "24h"],
    [0.5, "0.5ms"],
  ])("writes %d ms as %s", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});
