import type { LiveEndpoint, LiveError } from "@olla-ts/core/ports";
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import {
  formatAgo,
  formatClock,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
} from "../format.ts";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Facts } from "../parts/facts.tsx";
import { Empty, Loading, Panel } from "../parts/panel.tsx";
import { Choice, isFound, SearchBox } from "../parts/search-box.tsx";
import { Status, toneOf } from "../parts/status.tsx";
import type { ViewProps } from "./view.ts";

type Shown = "all" | "trouble";

/** Every endpoint as it is now. */
export function EndpointsView({ known, place, go }: ViewProps): JSX.Element {
  const { endpoints, overview } = known;
  const [search, setSearch] = useState("");
  const [shown, setShown] = useState<Shown>("all");
  if (endpoints === undefined) return <Loading />;
  const now = overview?.at ?? 0;
  const rows = endpoints.filter(
    ({ name, type, url, status, issues }) =>
      isFound(search, [name, type, url, status]) &&
      (shown === "all" || toneOf(status) !== "good" || issues.length > 0),
  );
  const most = Math.max(4, ...endpoints.map(({ inFlight }) => inFlight));
  return (
    <Panel
      title="Endpoints"
      note={`${rows.length} of ${endpoints.length}; rates of the last minute`}
      flush
      aside={
        <>
          <Choice
            label="Which endpoints"
            values={[
              { value: "all", text: "All" },
              { value: "trouble", text: "In trouble" },
            ]}
            value={shown}
            onChange={setShown}
          />
          <SearchBox label="Find an endpoint" value={search} onChange={setSearch} />
        </>
      }
    >
      {rows.length === 0 ? (
        <Empty>
          {endpoints.length === 0 ? "No endpoint is configured." : "No endpoint is like that."}
        </Empty>
      ) : (
        <DataTable
          label="Endpoints"
          columns={columns(most, now)}
          rows={rows}
          keyOf={({ name }) => name}
          detail={(row) => <EndpointDetail endpoint={row} now={now} />}
          opened={place.selected}
          onOpen={(selected) => go({ ...place, selected })}
        />
      )}
    </Panel>
  );
}

function columns(most: number, now: number): readonly Column<LiveEndpoint>[] {
  return [
    {
      title: "Endpoint",
      heading: true,
      order: ({ name }) => name,
      cell: ({ name, type, priority }) => (
        <>
          <span class="name">{name}</span>
          <span class="sub">
            {type} · priority {priority}
          </span>
        </>
      ),
    },
    {
      title: "State",
      order: ({ status }) => status,
      cell: ({ status, breaker }) => (
        <>
          <Status status={status} />
          {breaker !== undefined && (
            <span class={breaker === "closed" ? "sub" : "sub bad"}>breaker {breaker}</span>
          )}
        </>
      ),
    },
    {
      title: "In flight",
      align: "end",
      order: ({ inFlight }) => inFlight,
      cell: ({ inFlight }) => (
        <>
          {inFlight}
          <span class="bar" aria-hidden="true">
            <span style={{ width: `${(inFlight / most) * 100}%` }} />
          </span>
        </>
      ),
    },
    {
      title: "Req/s",
      align: "end",
      order: ({ recent }) => recent.requestsPerSecond,
      cell: ({ recent }) => formatRate(recent.requestsPerSecond),
    },
    {
      title: "Response",
      align: "end",
      order: ({ recent }) => recent.averageMs ?? 0,
      cell: ({ recent, latency }) => (
        <>
          {formatDuration(recent.averageMs)}
          {latency.p95Ms > 0 && <span class="sub">p95 {formatDuration(latency.p95Ms)}</span>}
        </>
      ),
    },
    {
      title: "First token",
      align: "end",
      order: ({ recent }) => recent.firstTokenMs ?? 0,
      cell: ({ recent }) => formatDuration(recent.firstTokenMs),
    },
    {
      title: "Tokens/s",
      align: "end",
      order: ({ recent }) => recent.tokensPerSecond ?? 0,
      cell: ({ recent }) => formatRate(recent.tokensPerSecond),
    },
    {
      title: "Success",
      align: "end",
      order: ({ successPercent }) => successPercent ?? 101,
      cell: ({ successPercent, failed }) => (
        <>
          {formatPercent(successPercent)}
          {failed > 0 && <span class="sub">{formatCount(failed)} failed</span>}
        </>
      ),
    },
    {
      title: "Models",
      align: "end",
      order: ({ models }) => models,
      cell: ({ models }) => models,
    },
    {
      title: "Checked",
      align: "end",
      optional: true,
      cell: ({ checkedAt, probeMs }) => (
        <>
          {formatAgo(checkedAt, now)}
          {probeMs !== undefined && <span class="sub">in {formatDuration(probeMs)}</span>}
        </>
      ),
    },
  ];
}

function EndpointDetail({ endpoint, now }: { endpoint: LiveEndpoint; now: number }): JSX.Element {
  const { latency, firstByte, issues, lastErrors } = endpoint;
  return (
    <div class="details">
      <div>
        <h3>Since the start</h3>
        <Facts
          facts={[
            ["Requests", formatCount(endpoint.requests)],
            ["Failed", formatCount(endpoint.failed)],
            ["Response, median", formatDuration(latency.p50Ms)],
            ["Response, 99 %", formatDuration(latency.p99Ms)],
            ["First byte, median", formatDuration(firstByte.p50Ms)],
            ["First byte, 95 %", formatDuration(firstByte.p95Ms)],
          ]}
        />
      </div>
      <div>
        <h3>Endpoint</h3>
        <Facts
          facts={[
            ["Address", <code>{endpoint.url}</code>],
            ["Id", <code>{endpoint.id}</code>],
            ["Breaker", endpoint.breaker ?? "none"],
            ["Last check", formatAgo(endpoint.checkedAt, now)],
            ["Trouble", issues.length === 0 ? "none" : issues.join(", ")],
          ]}
        />
      </div>
      <div class="wide">
        <h3>Last errors</h3>
        <LastErrors errors={lastErrors} />
      </div>
    </div>
  );
}

function LastErrors({ errors }: { errors: readonly LiveError[] }): JSX.Element {
  if (errors.length === 0) return <p class="quiet">None since the start.</p>;
  return (
    <ul class="errors">
      {errors.map(({ at, code, message }) => (
        <li key={`${at} ${code}`}>
          <time>{formatClock(at)}</time> <code>{code}</code> {message}
        </li>
      ))}
    </ul>
  );
}
