import type { Row } from "../run/results.ts";
import { barChart } from "./bar-chart.ts";
import {
  cpuPerMillionTokens,
  cpuPerThousand,
  errorCount,
  measured,
  named,
  perSecond,
  percent,
  ratioOf,
  residentMegabytes,
  rowsOf,
  shown,
  targetsBy,
  tokensPerSecond,
  type Metric,
} from "./figures.ts";
import { table } from "./sections.ts";

const BASE = "haproxy";

/** A section of the document and its chart, if there is one. */
export interface Section {
  readonly text: string;
  readonly chart?: { readonly file: string; readonly svg: string };
}

interface LoadSection {
  readonly workload: string;
  /** What the processor time is for: a thousand answers or a million tokens. */
  readonly per: "answers" | "tokens";
  readonly title: string;
}

const LOAD_SECTIONS: readonly LoadSection[] = [
  { workload: "W1", per: "answers", title: "Processor seconds per 1,000 requests" },
  { workload: "W2", per: "answers", title: "Processor seconds per 1,000 streams of 200 tokens" },
  { workload: "W3", per: "tokens", title: "Processor seconds per million tokens, 1,000 streams" },
  { workload: "W3-200", per: "tokens", title: "Processor seconds per million tokens, 200 streams" },
  { workload: "W4", per: "answers", title: "Processor seconds per 1,000 requests of 1 MB" },
];

/** Every section that the rows have something for. */
export function workloadSections(rows: readonly Row[]): Readonly<Record<string, Section>> {
  const sections: Record<string, Section> = {};
  for (const section of LOAD_SECTIONS) {
    if (rows.some(({ workload }) => workload === section.workload)) {
      sections[section.workload] = loadSection(rows, section);
    }
  }
  const others = {
    W5: failoverSection,
    W6: memorySection,
    W7: startupSection,
    W8: scaleOutSection,
  };
  for (const [name, make] of Object.entries(others)) {
    if (rows.some(({ workload }) => workload.startsWith(name)))
      sections[name] = { text: make(rows) };
  }
  return sections;
}

const milliseconds: Readonly<Record<string, Metric>> = {
  latency50: ({ load }) => thousandth(load?.latency?.p50),
  latency99: ({ load }) => thousandth(load?.latency?.p99),
  transit50: ({ load }) => thousandth(load?.transit?.p50),
  transit99: ({ load }) => thousandth(load?.transit?.p99),
};

function thousandth(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value / 1e3;
}

function loadSection(rows: readonly Row[], { workload, per, title }: LoadSection): Section {
  const cost = per === "tokens" ? cpuPerMillionTokens : cpuPerThousand;
  const isStream = rowsOf(rows, workload, "olla-ts-olla").some(
    ({ load }) => (load?.tokens ?? 0) > 0,
  );
  const times = isStream ? "transit" : "latency";
  const rate = isStream ? tokensPerSecond : perSecond;
  const base = rowsOf(rows, workload, BASE);
  const ranked = targetsBy(rows, workload, cost);
  const line = (target: string, own: readonly Row[]): string[] => {
    const figure = measured(own, cost);
    const ratio = ratioOf(own, base, cost);
    return [
      emphasised(target),
      shown(figure?.median),
      figure === undefined ? "" : percent(figure.spread),
      shown(ratio?.median),
      shown(measured(own, rate)?.median),
      shown(measured(own, milliseconds[`${times}50`] ?? rate)?.median),
      shown(measured(own, milliseconds[`${times}99`] ?? rate)?.median),
      shown(measured(own, residentMegabytes)?.median),
      shown(measured(own, errorCount)?.median),
    ];
  };
  const direct = rowsOf(rows, workload, "direct");
  const lines = ranked.map(({ target, rows: own }) => line(target, own));
  if (direct.length > 0) lines.unshift(line("direct", direct));
  const head = [
    "program",
    per === "tokens" ? "CPU s / 1M tokens" : "CPU s / 1,000",
    "± %",
    "÷ HAProxy",
    isStream ? "tokens/s" : "requests/s",
    `${times} p50 ms`,
    "p99 ms",
    "memory MB",
    "errors",
  ];
  const file = `bench-${workload}.svg`;
  const bars = ranked.map(({ target, figure }) => ({
    name: target,
    value: figure.median,
    label: shown(figure.median),
    isOwn: target.startsWith("olla-ts"),
  }));
  return {
    text: `![${title}](images/${file})\n\n${table(head, lines)}`,
    chart: { file, svg: barChart(title, bars) },
  };
}

function emphasised(target: string): string {
  return target === "olla-ts-olla" ? `**${target}**` : target;
}

/** One line per program and workload, of figures by their names. */
function figureTable(
  rows: readonly Row[],
  workloads: readonly string[],
  columns: Readonly<Record<string, Metric>>,
): string {
  const lines = workloads.flatMap((workload) => {
    const names = new Set(rows.filter((row) => row.workload === workload).map((row) => row.target));
    return [...names].map((target) => {
      const own = rowsOf(rows, workload, target).filter(({ error }) => error === undefined);
      const cells = Object.values(columns).map((metric) => shown(measured(own, metric)?.median));
      return [`${workload}: ${emphasised(target)}`, ...cells];
    });
  });
  return table(["program", ...Object.keys(columns)], lines);
}

function failoverSection(rows: readonly Row[]): string {
  return figureTable(rows, ["W5", "W5-hang", "W5-reset", "W5-503"], {
    requests: ({ load }) => load?.requests,
    failed: named("failed"),
    "unanswered after 5 s": named("unanswered"),
    "last failure after ms": named("lastFailureMs"),
    "slowest answer ms": named("slowestMs"),
    "back in rotation after ms": named("backAfterMs"),
  });
}

function memorySection(rows: readonly Row[]): string {
  return figureTable(rows, ["W6"], {
    "idle MB": named("idleMB"),
    "after W1 MB": named("afterLoadMB"),
    "1,000 streams MB": named("held1000MB"),
    "5,000 streams MB": named("held5000MB"),
    "streams held": named("held5000"),
    "KB per stream": named("held5000KBPerStreamFromIdle"),
    "clients gone MB": named("afterMB"),
    "still running": named("stillActiveAfter"),
  });
}

function startupSection(rows: readonly Row[]): string {
  return figureTable(rows, ["W7"], {
    "first answer ms": named("firstAnswerMs"),
    "CPU s": named("cpuSeconds"),
    "memory MB": named("residentMB"),
  });
}

function scaleOutSection(rows: readonly Row[]): string {
  const sizes = ["W8", "W8-models"].flatMap((name) =>
    [1, 10, 100, 1_000].map((size) => `${name}-${size}`),
  );
  return figureTable(rows, sizes, {
    "CPU s / 1,000": cpuPerThousand,
    "idle CPU ms/s": named("idleCpuMsPerS"),
    "memory MB": named("residentMB"),
    "first answer ms": named("firstAnswerMs"),
    errors: errorCount,
  });
}
