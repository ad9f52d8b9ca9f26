import type { LiveLimits } from "@olla-ts/core/ports";
import type { JSX } from "preact";

import { formatBytes, formatCount, formatPercent, formatSpan, words } from "../format.ts";
import { DataTable } from "../parts/data-table.tsx";
import { Facts } from "../parts/facts.tsx";
import { Empty, Loading, Panel } from "../parts/panel.tsx";
import type { ViewProps } from "./view.ts";

/** Refusals, sessions and translations. */
export function LimitsView({ known }: ViewProps): JSX.Element {
  const { limits } = known;
  if (limits === undefined) return <Loading />;
  return (
    <>
      <div class="columns">
        <Panel title="Limits in force">
          <Facts
            facts={[
              ["One client", perMinute(limits.perClientPerMinute)],
              ["All clients", perMinute(limits.globalPerMinute)],
              ["Burst", formatCount(limits.burst)],
              ["Body", size(limits.maxBodyBytes)],
              ["Head", size(limits.maxHeaderBytes)],
              ["Security", limits.security],
            ]}
          />
        </Panel>
        <Sessions sticky={limits.sticky} />
      </div>
      <div class="columns">
        <Panel title="Refused by the gateway" note="since the start">
          <Codes codes={limits.refusals} none="Nothing was refused." />
        </Panel>
        <Panel title="Every error" note="since the start, by code">
          <Codes codes={limits.codes} none="No error since the start." />
        </Panel>
      </div>
      <Translations translators={limits.translators} />
    </>
  );
}

function perMinute(limit: number): string {
  return limit === 0 ? "no limit" : `${formatCount(limit)} a minute`;
}

function size(bytes: number): string {
  return bytes === 0 ? "no limit" : formatBytes(bytes);
}

function Sessions({ sticky }: Pick<LiveLimits, "sticky">): JSX.Element {
  if (sticky === undefined) {
    return (
      <Panel title="Sticky sessions">
        <Empty>Off. proxy.sticky_sessions.enabled turns them on.</Empty>
      </Panel>
    );
  }
  const asked = sticky.hits + sticky.misses;
  const ttl = sticky.idleTtlSeconds === 0 ? "never" : formatSpan(sticky.idleTtlSeconds);
  return (
    <Panel title="Sticky sessions">
      <Facts
        facts={[
          [
            "Kept now",
            `${formatCount(sticky.activeSessions)} of ${formatCount(sticky.maxSessions)}`,
          ],
          ["Found again", formatPercent(asked === 0 ? undefined : (sticky.hits / asked) * 100)],
          ["Hits", formatCount(sticky.hits)],
          ["Misses", formatCount(sticky.misses)],
          ["Pushed out", formatCount(sticky.evictions)],
          ["Forgotten after", ttl],
        ]}
      />
    </Panel>
  );
}

function Codes({ codes, none }: { codes: LiveLimits["codes"]; none: string }): JSX.Element {
  const sorted = Object.entries(codes).toSorted(([, a], [, b]) => b - a);
  if (sorted.length === 0) return <Empty>{none}</Empty>;
  const most = sorted[0]?.[1] ?? 1;
  return (
    <ul class="codes">
      {sorted.map(([code, count]) => (
        <li key={code}>
          <span>{words(code)}</span>
          <b>{formatCount(count)}</b>
          <span class="bar" aria-hidden="true">
            <span style={{ width: `${(count / most) * 100}%` }} />
          </span>
        </li>
      ))}
    </ul>
  );
}

type Translator = LiveLimits["translators"][number];

function Translations({ translators }: Pick<LiveLimits, "translators">): JSX.Element {
  return (
    <Panel title="Translations between dialects" note="since the start" flush>
      {translators.length === 0 ? (
        <Empty>No request needed a translation.</Empty>
      ) : (
        <DataTable
          label="Translations"
          rows={translators}
          keyOf={({ name }: Translator) => name}
          columns={[
            { title: "Client's dialect", heading: true, cell: ({ name }) => name },
            { title: "Requests", align: "end", cell: ({ requests }) => formatCount(requests) },
            { title: "Translated", align: "end", cell: (row) => formatCount(row.translated) },
            { title: "As they came", align: "end", cell: (row) => formatCount(row.passthrough) },
            { title: "Streams", align: "end", cell: ({ streaming }) => formatCount(streaming) },
            { title: "Failed", align: "end", cell: ({ failed }) => formatCount(failed) },
            { title: "Tokens", align: "end", cell: (row) => formatCount(row.outputTokens) },
          ]}
        />
      )}
    </Panel>
  );
}
