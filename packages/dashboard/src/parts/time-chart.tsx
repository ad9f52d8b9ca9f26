import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { formatClock, formatSpan } from "../format.ts";
import {
  areaPath,
  firstWithin,
  largest,
  linePath,
  niceCeiling,
  type Plane,
  shownSpan,
  stack,
  type Values,
} from "./chart-scale.ts";

export interface Series {
  readonly name: string;
  /** `series-1`, …, `good`, `bad`, `warn`: a class of the style sheet. */
  readonly colour: string;
  readonly values: Values;
}

interface TimeChartProps {
  readonly title: string;
  readonly at: readonly number[];
  readonly series: readonly Series[];
  readonly spanMs: number;
  readonly everyMs: number;
  readonly format: (value: number | undefined) => string;
  /** Whether series are parts of a whole. */
  readonly stacked?: boolean;
}

/** A line along the upper edge would look cut off. */
const HEADROOM = 1.04;

/** Figures over time. Arrow keys and the pointer read single moments. */
export function TimeChart(props: TimeChartProps): JSX.Element {
  const { title, format, stacked = false, everyMs } = props;
  const spanMs = shownSpan(props.at, props.spanMs);
  const [reading, setReading] = useState<number>();
  const from = firstWithin(props.at, spanMs);
  const at = props.at.slice(from);
  const series = props.series.map((one) => ({ ...one, values: one.values.slice(from) }));
  const drawn = stacked ? stack(series.map(({ values }) => values)) : series.map((s) => s.values);
  const end = at.at(-1) ?? 0;
  const plane: Plane = {
    at,
    start: end - spanMs,
    end,
    top: niceCeiling(largest(drawn) * HEADROOM),
  };
  const index = reading === undefined ? undefined : nearest(at, plane, reading);
  const moment = index === undefined ? undefined : at[index];
  const share = moment === undefined ? 0 : (moment - plane.start) / spanMs;

  const move = (fraction: number): void => setReading(Math.min(1, Math.max(0, fraction)));
  const step = everyMs / spanMs;
  return (
    <figure class="chart">
      <figcaption>
        <span class="title">{title}</span>
        <Legend series={series} index={index} format={format} />
      </figcaption>
      <div class="body">
        <div class="scale" aria-hidden="true">
          <span>{format(plane.top)}</span>
          <span>{format(plane.top / 2)}</span>
          <span>0</span>
        </div>
        <div
          class="plot"
          role="img"
          tabIndex={0}
          aria-label={summaryOf(title, series, format)}
          onPointerMove={({ currentTarget, clientX }) => {
            const { left, width } = currentTarget.getBoundingClientRect();
            move((clientX - left) / width);
          }}
          onPointerLeave={() => setReading(undefined)}
          onBlur={() => setReading(undefined)}
          onKeyDown={(event) => {
            const moves: Record<string, number> = { ArrowLeft: -step, ArrowRight: step };
            const by = moves[event.key];
            if (by === undefined) return;
            event.preventDefault();
            move((reading ?? 1) + by);
          }}
        >
          <svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
            <path class="grid" d="M0 0.5H1000M0 50H1000M0 99.5H1000" />
            {drawn
              .map((values, place) => (
                <g key={series[place]?.name} class={series[place]?.colour}>
                  {(stacked || place === 0) && (
                    <path
                      class={stacked ? "area stacked" : "area"}
                      d={areaPath(
                        fillable(values, stacked),
                        stacked ? drawn[place - 1] : undefined,
                        plane,
                      )}
                    />
                  )}
                  <path class="line" d={linePath(values, plane)} />
                </g>
              ))
              // Where series coincide, the first one is seen.
              .toReversed()}
          </svg>
          {moment !== undefined && (
            <span class="cursor" style={{ left: `${share * 100}%` }}>
              <span class={share > 0.8 ? "time before" : "time"}>{formatClock(moment)}</span>
            </span>
          )}
        </div>
      </div>
      <div class="times" aria-hidden="true">
        {[1, 0.5, 0].map((part) => (
          <span key={part}>
            {end === 0 ? "" : part === 0 ? "now" : `−${formatSpan((spanMs * part) / 1_000)}`}
          </span>
        ))}
      </div>
      <span class="unseen" aria-live="polite">
        {index === undefined || moment === undefined
          ? ""
          : `${formatClock(moment)}: ${series
              .map(({ name, values }) => `${name} ${format(values[index] ?? undefined)}`)
              .join(", ")}`}
      </span>
    </figure>
  );
}

function Legend({
  series,
  index,
  format,
}: {
  series: readonly Series[];
  index: number | undefined;
  format: (value: number | undefined) => string;
}): JSX.Element {
  return (
    <span class="legend">
      {series.map(({ name, colour, values }) => (
        <span key={name} class={colour}>
          <i />
          {name} <b>{format((index === undefined ? values.at(-1) : values[index]) ?? undefined)}</b>
        </span>
      ))}
    </span>
  );
}

/** An area cannot have holes; a line with holes gets none. */
function fillable(values: Values, stacked: boolean): Values {
  return stacked || !values.includes(null) ? values : [];
}

function nearest(at: readonly number[], { start, end }: Plane, share: number): number | undefined {
  const wanted = start + (end - start) * share;
  let best: number | undefined;
  for (const [index, moment] of at.entries()) {
    if (best === undefined || Math.abs(moment - wanted) < Math.abs((at[best] ?? 0) - wanted)) {
      best = index;
    }
  }
  return best;
}

function summaryOf(
  title: string,
  series: readonly Series[],
  format: (value: number | undefined) => string,
): string {
  const now = series.map(({ name, values }) => `${name} ${format(values.at(-1) ?? undefined)}`);
  return `${title}, now ${now.join(", ")}. Arrow keys read earlier moments.`;
}

/** A line without axes, beside a figure that has its own text. */
export function Sparkline({
  at,
  values,
  spanMs,
}: {
  at: readonly number[];
  values: Values;
  spanMs: number;
}): JSX.Element {
  const span = shownSpan(at, spanMs);
  const from = firstWithin(at, span);
  const shown = values.slice(from);
  const end = at.at(-1) ?? 0;
  const top = Math.max(largest([shown]) * 1.1, 0.001);
  const plane: Plane = { at: at.slice(from), start: end - span, end, top };
  return (
    <svg class="sparkline" viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
      {!shown.includes(null) && <path class="area" d={areaPath(shown, undefined, plane)} />}
      <path class="line" d={linePath(shown, plane)} />
    </svg>
  );
}
