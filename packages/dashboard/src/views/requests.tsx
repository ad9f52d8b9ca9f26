import type { LiveRequest } from "@olla-ts/core/ports";
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { formatClock, formatDuration } from "../format.ts";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Icon } from "../parts/icon.tsx";
import { Empty, Loading, Panel } from "../parts/panel.tsx";
import { Choice, isFound, SearchBox } from "../parts/search-box.tsx";
import { Dot, toneOfCode } from "../parts/status.tsx";
import { RequestDetail } from "./request-detail.tsx";
import type { ViewProps } from "./view.ts";

type Shown = "all" | "failed" | "retried";

/** The latest requests as they end, each with the reasons for its way. */
export function RequestsView({ known, place, go }: ViewProps): JSX.Element {
  const [search, setSearch] = useState("");
  const [shown, setShown] = useState<Shown>("all");
  const [frozen, setFrozen] = useState<readonly LiveRequest[]>();
  const latest = known.requests;
  if (latest === undefined) return <Loading />;
  const requests = frozen ?? latest.requests;
  const newer = latest.first + latest.requests.length - 1 - (requests.at(-1)?.sequence ?? -1);
  const rows = requests
    .filter((request) => isShown(request, shown) && isFound(search, textsOf(request)))
    .toReversed();
  return (
    <Panel
      title="Requests"
      note={latest.kept === 0 ? "none are kept" : `the latest ${latest.kept}, newest first`}
      flush
      aside={
        <>
          <button
            type="button"
            class="plain"
            aria-pressed={frozen !== undefined}
            onClick={() => setFrozen(frozen === undefined ? latest.requests : undefined)}
          >
            <Icon name={frozen === undefined ? "pause" : "play"} />
            {frozen === undefined ? "Pause" : `Resume, ${newer} new`}
          </button>
          <Choice
            label="Which requests"
            values={[
              { value: "all", text: "All" },
              { value: "failed", text: "Errors" },
              { value: "retried", text: "Retried" },
            ]}
            value={shown}
            onChange={setShown}
          />
          <SearchBox label="Find a request" value={search} onChange={setSearch} />
        </>
      }
    >
      {rows.length === 0 ? (
        <Empty>{emptyText(latest.kept, requests.length)}</Empty>
      ) : (
        <DataTable
          label="Requests"
          columns={COLUMNS}
          rows={rows}
          keyOf={({ id, sequence }) => `${sequence} ${id}`}
          detail={(request) => <RequestDetail request={request} />}
          opened={place.selected}
          onOpen={(selected) => go({ ...place, selected })}
        />
      )}
    </Panel>
  );
}

function emptyText(kept: number, requests: number): string {
  if (kept === 0) return "dashboard.recent_requests is 0.";
  return requests === 0 ? "No request has come yet." : "No request is like that.";
}

function isShown({ status, attempts, code }: LiveRequest, shown: Shown): boolean {
  if (shown === "failed") return status >= 400 || code !== undefined;
  return shown === "all" || attempts.length > 1;
}

function textsOf(request: LiveRequest): readonly (string | undefined)[] {
  const { id, path, model, servedModel, endpoint, client, code, status, reason } = request;
  return [id, path, model, servedModel, endpoint, client, code, String(status), reason];
}

const COLUMNS: readonly Column<LiveRequest>[] = [
  {
    title: "Ended",
    cell: ({ at }) => <time>{formatClock(at)}</time>,
  },
  {
    title: "Status",
    cell: ({ status, code }) => (
      <>
        <span class="status">
          <Dot tone={toneOfCode(status)} />
          {status}
        </span>
        {code !== undefined && <span class="sub">{code}</span>}
      </>
    ),
  },
  {
    title: "Request",
    heading: true,
    cell: ({ method, path, model, stream }) => (
      <>
        <span class="name">{model ?? "no model"}</span>
        <span class="sub">
          {method} {path}
          {stream ? " · stream" : ""}
        </span>
      </>
    ),
  },
  {
    title: "Went to",
    cell: ({ endpoint, attempts, translated }) => (
      <>
        {endpoint ?? "–"}
        {attempts.length > 1 && <span class="sub">attempt {attempts.length}</span>}
        {translated && <span class="sub">translated</span>}
      </>
    ),
  },
  {
    title: "Because",
    optional: true,
    cell: ({ action, reason, strategy, sticky }) => (
      <>
        {reason ?? "–"}
        <span class="sub">
          {[strategy, action, sticky === undefined ? undefined : `session ${sticky}`]
            .filter((part) => part !== undefined)
            .join(" · ")}
        </span>
      </>
    ),
  },
  {
    title: "Took",
    align: "end",
    order: ({ durationMs }) => durationMs,
    cell: ({ durationMs }) => formatDuration(durationMs),
  },
  {
    title: "First token",
    align: "end",
    order: ({ firstTokenMs }) => firstTokenMs ?? 0,
    cell: ({ firstTokenMs }) => formatDuration(firstTokenMs),
  },
  {
    title: "Tokens",
    align: "end",
    order: ({ outputTokens }) => outputTokens,
    cell: ({ inputTokens, outputTokens }) =>
      inputTokens + outputTokens === 0 ? "–" : `${inputTokens} → ${outputTokens}`,
  },
];
