import { readFileSync } from "node:fs";

import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";

import { chat } from "./harness/chat.ts";
import { startCollector } from "./harness/collector.ts";
import { until } from "./harness/gateway.ts";
import { postJson, send } from "./harness/http-client.ts";
import { parseMetrics, type Metrics } from "./harness/prometheus.ts";
import { promqlNeeds } from "./harness/promql.ts";
import { startWorld } from "./harness/world.ts";

/** Labels that Prometheus adds to whatever it scrapes. */
const OF_SCRAPES = ["instance", "job"];

const ALERTS = "deploy/prometheus/olla-alerts.yaml";
const DASHBOARD = "deploy/grafana/olla-dashboard.json";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly datasource: unknown;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  readonly targets?: readonly Target[];
}

interface Dashboard {
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly expr?: string }[] };
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly type: string;
      readonly definition?: string;
    }[];
  };
}

function fileText(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

const { groups } = parse(fileText(ALERTS)) as {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(fileText(DASHBOARD)) as Dashboard;
const targets = dashboard.panels.flatMap(({ title, targets: list = [] }) =>
  list.map(({ expr, legendFormat }) => ({ title, expr, legendFormat })),
);
const variables = dashboard.templating.list;

/** A scrape of a gateway that has done everything that metrics tell of. */
async function scrape(): Promise<Metrics> {
  await using collector = await startCollector();
  const models = [{ id: "m1", reply: "one two three four five", tokenIntervalMs: 8 }];
  const traces = `telemetry: { traces: { enabled: true, endpoint: "${collector.endpoint}" } }`;
  await using world = await startWorld(
    { only: { models } },
    {
      rateLimits: "{ global_requests_per_minute: 0, per_ip_requests_per_minute: 1, burst_size: 4 }",
      more: traces,
    },
  );
  const messages = [{ role: "user", content: "hello" }];
  const asked = { model: "m1", stream: true, stream_options: { include_usage: true }, messages };
  await postJson(world.url, "/olla/openai/v1/chat/completions", asked);
  await world.backends.only.setFault({ type: "status", status: 500, times: 1 });
  const others = ["m1", "m1", "none", "m1", "m1", "m1"];
  for (const model of others) await (await chat(world.url, { model })).arrayBuffer();
  let metrics: Metrics | undefined;
  await until(async () => {
    metrics = parseMetrics((await send(world.url, { path: "/internal/metrics" })).text);
    return metrics.value("olla_requests_total") === 1 + others.length;
  });
  if (metrics === undefined) throw new Error("no metrics");
  return metrics;
}

describe("files for monitoring", () => {
  let labelsOf: ReadonlyMap<string, ReadonlySet<string>>;

  beforeAll(async () => {
    const found = new Map<string, Set<string>>();
    for (const { name, labels } of (await scrape()).samples) {
      const known = found.get(name) ?? new Set(OF_SCRAPES);
      for (const label of Object.keys(labels)) known.add(label);
      found.set(name, known);
    }
    labelsOf = found;
  });

  /** What the expression names and the gateway does not have. */
  function missing(expression: string, further: readonly string[] = []): readonly string[] {
    const { metrics, matchers, grouping } = promqlNeeds(expression);
    const known = new Set([...metrics].flatMap((metric) => [...(labelsOf.get(metric) ?? [])]));
    return [
      ...[...metrics].filter((metric) => !labelsOf.has(metric)),
      ...matchers
        .filter(({ metric, label }) => labelsOf.get(metric)?.has(label) !== true)
        .map(({ metric, label }) => `${metric}{${label}}`),
      ...[...grouping, ...further].filter((label) => !known.has(label)),
    ];
  }

  it.each(rules)("alert $alert asks only for what there is", ({ expr, annotations }) => {
    expect(promqlNeeds(expr).metrics.size).toBeGreaterThan(0);
    const told = Object.values(annotations).flatMap((text) =>
      [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label = ""]) => label),
    );
    expect(missing(expr, told)).toEqual([]);
  });

  it("alerts have names of their own, a severity, a summary and a time that Prometheus reads", () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { labels, annotations, for: time = "1m" } of rules) {
      expect(labels["severity"]).toMatch(/^(?:critical|warning|info)$/);
      expect(annotations["summary"]).toContain("$labels.instance");
      expect(annotations["description"]).toBeTruthy();
      expect(time).toMatch(/^\d+[smh]$/);
    }
  });

  it.each(targets)("panel $title asks only for what there is: $expr", ({ expr, legendFormat }) => {
    const told = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label);
    expect(missing(expr, told)).toEqual([]);
    const { grouping } = promqlNeeds(expr);
    const kept = expr.startsWith("sum") ? told.filter((label) => !grouping.has(label)) : [];
    expect(kept).toEqual([]);
  });

  it("the dashboard's variables and annotations ask only for what there is", () => {
    const definitions = variables.flatMap(({ definition = [] }) => definition);
    expect(definitions).toHaveLength(2);
    for (const definition of definitions) {
      const [, metric = "", label = ""] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? [];
      expect(labelsOf.get(metric)).toContain(label);
    }
    const expressions = dashboard.annotations.list.flatMap(({ expr = [] }) => expr);
    expect(expressions.flatMap((expr) => missing(expr))).toEqual([]);
  });

  it("the dashboard can be read by Grafana: its data source is chosen, panels do not overlap", () => {
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39);
    expect(variables[0]).toMatchObject({ name: "datasource", type: "datasource" });
    const used = [...fileText(DASHBOARD).matchAll(/\$\{?([a-z]\w*)/g)].map(([, name]) => name);
    expect(new Set(used)).toEqual(new Set(variables.map(({ name }) => name)));
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    }
    for (const { datasource } of dashboard.panels.flatMap((panel) => panel.targets ?? [])) {
      expect(datasource).toEqual({ type: "prometheus", uid: "${datasource}" });
    }
  });
});

describe("promqlNeeds", () => {
  it("finds metrics, labels of matchers, and labels of groups", () => {
    const needs = promqlNeeds(
      'sum by (le, a) (rate(x_bucket{b=~"by (z)", c="1"}[5m])) / on (d) group_left y_total > bool 0.5 and z',
    );
    expect([...needs.metrics]).toEqual(["x_bucket", "y_total", "z"]);
    expect(needs.matchers).toEqual([
      { metric: "x_bucket", label: "b" },
      { metric: "x_bucket", label: "c" },
    ]);
    expect([...needs.grouping]).toEqual(["le", "a", "d"]);
  });

  it.each(["sum(x", "x)", "x{a=", "x ; y"])("refuses %s", (expression) => {
    expect(() => promqlNeeds(expression)).toThrow(/no token|bracket/);
  });
});
