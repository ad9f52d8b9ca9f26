/** What a chart draws: values per moment, null where there is none. */
export type Values = readonly (number | null)[];

/** Smallest of 1, 2, 2.5, 5 times a power of ten that is not below the value; 1 for nothing. */
export function niceCeiling(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= value * 0.999_999) ?? 10;
  return step * power;
}

/** Largest value of all series; 0 for none. */
export function largest(series: readonly Values[]): number {
  let found = 0;
  for (const values of series) for (const value of values) found = Math.max(found, value ?? 0);
  return found;
}

/** Each series on top of those before it. */
export function stack(series: readonly Values[]): readonly Values[] {
  const sums: number[] = [];
  return series.map((values) =>
    values.map((value, index) => {
      const sum = (sums[index] ?? 0) + (value ?? 0);
      sums[index] = sum;
      return sum;
    }),
  );
}

/** From which index on the samples lie in the last `spanMs`. */
export function firstWithin(at: readonly number[], spanMs: number): number {
  const oldest = (at.at(-1) ?? 0) - spanMs;
  const found = at.findIndex((moment) => moment >= oldest);
  return found === -1 ? at.length : found;
}

/** Span to show: not more than there is, at least a minute. */
export function shownSpan(at: readonly number[], spanMs: number): number {
  return Math.min(spanMs, Math.max(60_000, (at.at(-1) ?? 0) - (at[0] ?? 0)));
}

/** Place of everything on a plane of 1000 by 100. */
export interface Plane {
  readonly at: readonly number[];
  readonly start: number;
  readonly end: number;
  readonly top: number;
}

const WIDTH = 1_000;
const HEIGHT = 100;

/** SVG path of a line; it breaks where there is no value. */
export function linePath(values: Values, { at, start, end, top }: Plane): string {
  const span = Math.max(end - start, 1);
  let path = "";
  let isDrawing = false;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      isDrawing = false;
      continue;
    }
    const x = (((at[index] ?? start) - start) / span) * WIDTH;
    const y = HEIGHT - (value / top) * HEIGHT;
    // A lone value is a short line of its own.
    const isLone = !isDrawing && (values[index + 1] ?? null) === null;
    path += `${isDrawing ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(2)}${isLone ? "h2" : ""}`;
    isDrawing = true;
  }
  return path;
}

/** SVG path of the area between a line and the one below it. */
export function areaPath(values: Values, below: Values | undefined, plane: Plane): string {
  if (values.length === 0) return "";
  const upper = linePath(values, plane);
  const floor = below ?? values.map(() => 0);
  const last = values.length - 1;
  const span = Math.max(plane.end - plane.start, 1);
  let path = upper;
  for (let index = last; index >= 0; index -= 1) {
    const x = (((plane.at[index] ?? plane.start) - plane.start) / span) * WIDTH;
    const y = HEIGHT - ((floor[index] ?? 0) / plane.top) * HEIGHT;
    path += `L${x.toFixed(1)} ${y.toFixed(2)}`;
  }
  return `${path}Z`;
}
