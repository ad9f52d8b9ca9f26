import { describe, expect, it } from "vitest";

import { effectiveValues } from "./effective-values.ts";
import { loadConfig } from "./load.ts";
import { resolveTraces } from "./trace-settings.ts";

function resolve(traces: string, env: Readonly<Record<string, string>> = {}) {
  const text = `telemetry: { traces: { ${traces} } }`;
  return resolveTraces(loadConfig({ path: "config.yaml", text }, env), { env, cwd: "/" });
}

describe("resolveTraces", () => {
  it("gives nothing while traces are off, whatever else is wrong", () => {
    const off = resolve("endpoint: nowhere, headers: { X-Key: '${NONE}' }");
    expect(off).toEqual({ traces: undefined, problems: [] });
  });

  it("has the collector of this machine as its default", () => {
    expect(resolve("enabled: true").traces).toEqual({
      endpoint: "http://localhost:4318/v1/traces",
      headers: {},
      sampleRatio: 1,
      serviceName: "olla",
      timeoutMs: 10_000,
      maxQueue: 8_192,
    });
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318" }, "http://c:4318/v1/traces"],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318/base/" }, "http://c:4318/base/v1/traces"],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://c/t" }, "http://c/t"],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "" }, "http://localhost:4318/v1/traces"],
  ])("takes the address of %o when the file has none", (env, endpoint) => {
    expect(resolve("enabled: true", env).traces?.endpoint).toBe(endpoint);
    expect(resolve("enabled: true, endpoint: 'http://own/t'", env).traces?.endpoint).toBe(
      "http://own/t",
    );
  });

  it("takes the name of the service from the environment when the file has none", () => {
    const env = { OTEL_SERVICE_NAME: "edge" };
    expect(resolve("enabled: true", env).traces?.serviceName).toBe("edge");
    expect(resolve("enabled: true, service_name: own", env).traces?.serviceName).toBe("own");
    expect(resolve("enabled: true", { OTEL_SERVICE_NAME: "" }).traces?.serviceName).toBe("olla");
  });

  it("puts variables into fields, and names those that are missing", () => {
    const headers = "enabled: true, headers: { Authorization: 'Bearer ${TOKEN}' }";
    expect(resolve(headers, { TOKEN: "t0p" }).traces?.headers).toEqual({
      Authorization: "Bearer t0p",
    });
    expect(resolve(headers).problems).toMatchObject([
      { key: "telemetry.traces.headers.Authorization", message: expect.stringContaining("TOKEN") },
    ]);
  });

  it.each([
    ["endpoint: collector", "endpoint"],
    ["endpoint: 'ftp://c/t'", "endpoint"],
    ["endpoint: 'http://user:pass@c/t'", "endpoint"],
    ["headers: { 'no name': x }", "headers"],
    ["headers: { Host: x }", "headers.Host"],
    ['headers: { X: "a\\nb" }', "headers.X"],
  ])("refuses %s, without repeating what may be secret", (wrong, key) => {
    const { problems } = resolve(`enabled: true, ${wrong}`);
    expect(problems).toMatchObject([{ severity: "error" }]);
    expect(problems[0]?.key.replaceAll(/[[\]"]/g, "")).toContain(key);
    expect(problems[0]?.message).not.toContain("pass");
  });

  it.each(["-0.1", "1.1", "half", "[1]"])("refuses the share %s", (share) => {
    const text = `telemetry: { traces: { sample_ratio: ${share} } }`;
    expect(loadConfig({ path: "config.yaml", text }, {}).errors).toMatchObject([
      { key: "telemetry.traces.sample_ratio" },
    ]);
  });

  it("shows no field of the collector's", () => {
    const text = "telemetry: { traces: { headers: { X-Key: hidden } } }";
    const shown = JSON.stringify(effectiveValues(loadConfig({ path: "config.yaml", text }, {})));
    expect(shown).toContain("telemetry.traces.headers");
    expect(shown).not.toContain("hidden");
  });
});
