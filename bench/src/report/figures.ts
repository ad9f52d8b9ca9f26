import type { Row } from "../run/results.ts";

/** Median of several measurements and how far they lie apart. */
export interface Figure {
  readonly median: number;
  /** Half the range of the measurements, as a share of the median. */
  readonly spread: number;
  readonly count: number;
}

export type Metric = (row: Row) => number | undefined;

/** Undefined without any measurement. */
export function figureOf(values: readonly number[]): Figure | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const { length } = sorted;
  const low = sorted[0];
  const high = sorted.at(-1);
  if (low === undefined || high === undefined) return undefined;
  const middle = sorted.slice(Math.floor((length - 1) / 2), Math.floor(length / 2) + 1);
  const median = middle.reduce((sum, value) => sum + value, 0) / middle.length;
  const spread = median === 0 ? 0 : (high - low) / 2 / Math.abs(median);
  return { median, spread, count: length };
}

export function rowsOf(rows: readonly Row[], workload: string, target: string): readonly Row[] {
  return rows.filter((row) => row.workload === workload && row.target === target);
}

export function measured(rows: readonly Row[], metric: Metric): Figure | undefined {
  return figureOf(rows.map((row) => metric(row)).filter((value) => value !== undefined));
}

/** Of each round's measurement to the other program's of the same round. */
export function ratioOf(
  rows: readonly Row[],
  base: readonly Row[],
  metric: Metric,
): Figure | undefined {
  const ratios = rows.flatMap((row, at) => {
    const other = base[at];
    const value = metric(row);
    const divisor = other === undefined ? undefined : metric(other);
    return value === undefined || divisor === undefined || divisor === 0 ? [] : [value / divisor];
  });
  return figureOf(ratios);
}

/** Programs in the order of a figure, lowest first; those without one are left out. */
export function targetsBy(
  rows: readonly Row[],
  workload: string,
  metric: Metric,
): readonly { readonly target: string; readonly rows: readonly Row[]; readonly figure: Figure }[] {
  const names = new Set(
    rows.filter((row) => row.workload === workload).map(({ target }) => target),
  );
  return [...names]
    .flatMap((target) => {
      const own = rowsOf(rows, workload, target);
      const figure = measured(own, metric);
      return figure === undefined ? [] : [{ target, rows: own, figure }];
    })
    .toSorted((a, b) => a.figure.median - b.figure.median);
}

/** Processor seconds of the gateway for a thousand answers. */
export const cpuPerThousand: Metric = ({ load, target }) =>
  load === undefined || load.requests === 0 || target === "direct"
    ? undefined
    : ((load.cpu["gateway"] ?? 0) / load.requests) * 1e3;

/** Processor seconds of the gateway for a million streamed tokens. */
export const cpuPerMillionTokens: Metric = ({ load, target }) =>
  load === undefined || load.tokens === 0 || target === "direct"
    ? undefined
    : ((load.cpu["gateway"] ?? 0) / load.tokens) * 1e6;

export const perSecond: Metric = ({ load }) =>
  load === undefined ? undefined : load.requests / load.seconds;

export const tokensPerSecond: Metric = ({ load }) =>
  load === undefined ? undefined : load.tokens / load.seconds;

export const errorCount: Metric = ({ load }) =>
  load === undefined
    ? undefined
    : Object.values(load.errors).reduce((sum, count) => sum + count, 0);

export const residentMegabytes: Metric = ({ load, target }) =>
  load === undefined || target === "direct"
    ? undefined
    : (load.residentBytes["gateway"] ?? 0) / 1_048_576;

export function named(name: string): Metric {
  return ({ figures }) => figures[name];
}

/** Three digits, with separators; empty when there is none. */
export function shown(value: number | undefined): string {
  if (value === undefined) return "–";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toLocaleString("en-US", {
    maximumFractionDigits: Math.min(4, digits),
    maximumSignificantDigits: value >= 1_000 ? undefined : 3,
  });
}

export function percent(share: number): string {
  return `${Math.round(share * 100)}`;
}
