import { describe, expect, it } from "vitest";

import { formatSummary, type EndpointLine, type SummaryFacts } from "./summary.ts";

const endpoint: EndpointLine = {
  name: "gpu-a",
  url: "http://10.0.0.1:8000",
  type: "vllm",
  status: "healthy",
  models: ["qwen3:8b"],
  problem: undefined,
};

const facts: SummaryFacts = {
  version: "1.2.3",
  address: "http://localhost:40114",
  source: "config.yaml",
  engine: "olla",
  balancer: "priority",
  endpoints: [endpoint],
  warnings: [],
  simulated: false,
};

function linesOf(changes: Partial<SummaryFacts> = {}): readonly string[] {
  return formatSummary({ ...facts, ...changes }, false).split("\n");
}

describe("formatSummary", () => {
  it("tells version, address, configuration, engine and balancer", () => {
    expect(linesOf().slice(0, 3)).toEqual([
      "olla 1.2.3 listening on http://localhost:40114",
      "  configuration  config.yaml",
      "  engine         olla, balancer priority",
    ]);
  });

  it("shows an endpoint with its state, kind, address and models", () => {
    expect(linesOf()[3]).toBe("  gpu-a  healthy       vllm  http://10.0.0.1:8000  qwen3:8b");
  });

  it("names four models and counts the rest", () => {
    const models = ["a", "b", "c", "d", "e", "f"];
    expect(linesOf({ endpoints: [{ ...endpoint, models }] })[3]).toMatch(
      / {2}a, b, c, d and 2 more$/,
    );
    expect(linesOf({ endpoints: [{ ...endpoint, models: [] }] })[3]).toMatch(/ {2}no models$/);
  });

  it("says what is wrong with an endpoint that is not healthy", () => {
    const offline = { ...endpoint, status: "offline", problem: "connection refused" } as const;
    expect(linesOf({ endpoints: [offline] })[3]).toMatch(/gpu-a {2}offline .* connection refused$/);
    const silent = { ...offline, problem: undefined };
    expect(linesOf({ endpoints: [silent] })[3]).toMatch(/http:\/\/10\.0\.0\.1:8000$/);
  });

  it("lines the endpoints up", () => {
    const [first, second] = linesOf({ endpoints: [endpoint, { ...endpoint, name: "b" }] }).slice(3);
    expect(first?.indexOf("healthy")).toBe(second?.indexOf("healthy"));
  });

  it("says that no endpoints are configured", () => {
    expect(linesOf({ endpoints: [] })).toContain("  no endpoints are configured");
  });

  it("says that a simulated fleet answers, and how to have a real one", () => {
    const text = linesOf({ simulated: true }).join("\n");
    expect(text).toMatch(/simulated fleet: no backend was found/);
    expect(text).toMatch(/Write a config\.yaml/);
    expect(linesOf().join("\n")).not.toMatch(/simulated/);
  });

  it("repeats the warnings and ends with a request to try", () => {
    const lines = linesOf({ warnings: ["config.yaml:1:1: bogus: unknown key, ignored"] });
    expect(lines).toContain("  warning: config.yaml:1:1: bogus: unknown key, ignored");
    expect(lines.at(-2)).toBe("  try            curl http://localhost:40114/olla/openai/v1/models");
    expect(lines.at(-1)).toBe("");
  });

  it("has colours only where they are wanted", () => {
    const escape = "\u001B[";
    expect(formatSummary(facts, true)).toContain(escape);
    expect(
      formatSummary({ ...facts, endpoints: [], warnings: ["w"], simulated: true }, false),
    ).not.toContain(escape);
  });
});
