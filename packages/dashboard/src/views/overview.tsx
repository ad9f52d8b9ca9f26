import type {
  LiveEndpoint,
  LiveHistory,
  LiveOverview,
  LiveProblem,
  LiveReport,
} from "@olla-ts/core/ports";
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { formatCount, formatDuration, formatPercent, formatRate } from "../format.ts";
import type { Values } from "../parts/chart-scale.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { Empty, Loading, Panel } from "../parts/panel.tsx";
import { Choice } from "../parts/search-box.tsx";
import { Dot, toneOf } from "../parts/status.tsx";
import { Sparkline, TimeChart } from "../parts/time-chart.tsx";
import { addressOf, type Place } from "../router.ts";
import type { ViewProps } from "./view.ts";

const MINUTE_MS = 60_000;
const SPANS = [
  { value: "5", text: "5 min" },
  { value: "15", text: "15 min" },
  { value: "60", text: "1 h" },
] as const;

type Span = (typeof SPANS)[number]["value"];

/** State, what is wrong now, and the last minutes as figures and charts. */
export function OverviewView({ known, go }: ViewProps): JSX.Element {
  const { overview, history, endpoints } = known;
  const [span, setSpan] = useState<Span>("15");
  if (overview === undefined) return <Loading />;
  const spanMs = Number(span) * MINUTE_MS;
  return (
    <>
      <Problems problems={overview.problems} go={go} />
      <Tiles overview={overview} history={history} spanMs={spanMs} />
      <Panel
        title="Over time"
        note="every request counted, sampled every 5 s"
        aside={<Choice label="Time shown" values={SPANS} value={span} onChange={setSpan} />}
      >
        {history === undefined ? <Loading /> : <Charts history={history} spanMs={spanMs} />}
      </Panel>
      <Panel title="Endpoints" note={endpoints && `${endpoints.length} configured`}>
        {endpoints === undefined ? <Loading /> : <Fleet endpoints={endpoints} go={go} />}
      </Panel>
    </>
  );
}

const PROBLEM_ICONS: Readonly<Record<LiveProblem["severity"], IconName>> = {
  critical: "alert",
  warning: "alert",
  info: "info",
};

function Problems({
  problems,
  go,
}: {
  problems: readonly LiveProblem[];
  go: (place: Place) => void;
}): JSX.Element {
  return (
    <Panel title="Right now" flush>
      {problems.length === 0 && (
        <p class="problem fine">
          <Icon name="check" /> Nothing is wrong.
        </p>
      )}
      <ul class="problems" aria-label="What is wrong now">
        {problems.map(({ severity, endpoint, message }) => (
          <li key={`${endpoint} ${message}`} class={`problem ${severity}`}>
            <Icon name={PROBLEM_ICONS[severity]} />
            <span class="unseen">{severity}: </span>
            <span>
              {endpoint !== undefined && (
                <>
                  <PlaceLink place={{ view: "endpoints", selected: endpoint }} go={go}>
                    {endpoint}
                  </PlaceLink>{" "}
                </>
              )}
              {message}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** A link that changes the view without loading the page again. */
export function PlaceLink({
  place,
  go,
  className,
  children,
}: {
  place: Place;
  go: (place: Place) => void;
  className?: string;
  children: JSX.Element | JSX.Element[] | string;
}): JSX.Element {
  return (
    <a
      href={addressOf(place)}
      class={className}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        go(place);
      }}
    >
      {children}
    </a>
  );
}

function Tiles({
  overview: { recent, inFlight, totals },
  history,
  spanMs,
}: {
  overview: LiveOverview;
  history: LiveHistory | undefined;
  spanMs: number;
}): JSX.Element {
  const judged = totals.succeeded + totals.failed;
  const success = judged === 0 ? undefined : (totals.succeeded / judged) * 100;
  const sums = history?.succeeded.map(
    (value, index) => value + (history.failed[index] ?? 0) + (history.refused[index] ?? 0),
  );
  const tiles: readonly TileProps[] = [
    {
      title: "Requests per second",
      value: formatRate(recent.requestsPerSecond),
      note: `${formatCount(totals.requests)} since the start`,
      values: sums,
    },
    {
      title: "In flight",
      value: formatCount(inFlight),
      note: `${formatCount(totals.retries)} retries`,
      values: history?.inFlight,
    },
    {
      title: "Failures per second",
      value: formatRate(recent.failedPerSecond),
      note: success === undefined ? "no traffic yet" : `${formatPercent(success)} succeeded`,
      values: history?.failed,
    },
    {
      title: "Response time",
      value: formatDuration(recent.averageMs),
      note: `overall p95 ${formatDuration(totals.latency.p95Ms)}`,
      values: history?.p50Ms,
    },
    {
      title: "Time to first token",
      value: formatDuration(recent.firstTokenMs),
      note: "streams, last minute",
      values: history?.firstTokenP50Ms,
    },
    {
      title: "Tokens per second",
      value: formatRate(recent.tokenThroughput),
      note: `${formatRate(recent.tokensPerSecond)} in one answer`,
      values: history?.tokens,
    },
  ];
  return (
    <dl class="tiles">
      {tiles.map((tile) => (
        <Tile key={tile.title} {...tile} at={history?.at} spanMs={spanMs} />
      ))}
    </dl>
  );
}

interface TileProps {
  readonly title: string;
  readonly value: string;
  readonly note: string;
  readonly values: Values | undefined;
}

function Tile({
  title,
  value,
  note,
  values,
  at,
  spanMs,
}: TileProps & { at: readonly number[] | undefined; spanMs: number }): JSX.Element {
  return (
    <div class="tile">
      <dt>{title}</dt>
      <dd class="value">{value}</dd>
      <dd class="note">{note}</dd>
      {values !== undefined && at !== undefined && (
        <dd class="trend" aria-hidden="true">
          <Sparkline at={at} values={values} spanMs={spanMs} />
        </dd>
      )}
    </div>
  );
}

function Charts({
  history,
  spanMs,
}: {
  history: LiveReport["history"];
  spanMs: number;
}): JSX.Element {
  if (history.at.length === 0) return <Empty>The first sample comes in a few seconds.</Empty>;
  const { at, everyMs } = history;
  const shared = { at, everyMs, spanMs };
  return (
    <div class="charts">
      <TimeChart
        {...shared}
        title="Requests per second"
        stacked
        format={formatRate}
        series={[
          { name: "succeeded", colour: "good", values: history.succeeded },
          { name: "refused", colour: "warn", values: history.refused },
          { name: "failed", colour: "bad", values: history.failed },
        ]}
      />
      <TimeChart
        {...shared}
        title="Response time"
        format={formatDuration}
        series={[
          { name: "median", colour: "series-1", values: history.p50Ms },
          { name: "95 %", colour: "series-2", values: history.p95Ms },
        ]}
      />
      <TimeChart
        {...shared}
        title="Time to first token of streams"
        format={formatDuration}
        series={[
          { name: "median", colour: "series-1", values: history.firstTokenP50Ms },
          { name: "95 %", colour: "series-2", values: history.firstTokenP95Ms },
        ]}
      />
      <TimeChart
        {...shared}
        title="Tokens per second"
        format={formatRate}
        series={[{ name: "all answers", colour: "series-3", values: history.tokens }]}
      />
    </div>
  );
}

function Fleet({
  endpoints,
  go,
}: {
  endpoints: readonly LiveEndpoint[];
  go: (place: Place) => void;
}): JSX.Element {
  if (endpoints.length === 0) return <Empty>No endpoint is configured.</Empty>;
  return (
    <ul class="fleet">
      {endpoints.map(({ name, status, inFlight, recent }) => (
        <li key={name}>
          <PlaceLink place={{ view: "endpoints", selected: name }} go={go}>
            <Dot tone={toneOf(status)} />
            <span class="name">
              {name} <span class="unseen">{status}</span>
            </span>
            <span class="figures">
              {formatRate(recent.requestsPerSecond)}/s
              {inFlight > 0 ? ` · ${inFlight} in flight` : ""}
            </span>
          </PlaceLink>
        </li>
      ))}
    </ul>
  );
}
