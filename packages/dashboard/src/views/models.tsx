import type { LiveModel } from "@olla-ts/core/ports";
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import {
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatTokens,
} from "../format.ts";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Facts } from "../parts/facts.tsx";
import { Empty, Loading, Panel } from "../parts/panel.tsx";
import { Choice, isFound, SearchBox } from "../parts/search-box.tsx";
import { Dot } from "../parts/status.tsx";
import type { Place } from "../router.ts";
import { PlaceLink } from "./overview.tsx";
import type { ViewProps } from "./view.ts";

type Shown = "all" | "used" | "unavailable";

/** Every model: where it is, and what it serves. */
export function ModelsView({ known, place, go }: ViewProps): JSX.Element {
  const { models, overview } = known;
  const [search, setSearch] = useState("");
  const [shown, setShown] = useState<Shown>("all");
  if (models === undefined) return <Loading />;
  const now = overview?.at ?? 0;
  const rows = models
    .filter((model) => isShown(model, shown) && isFound(search, textsOf(model)))
    .toSorted((a, b) => b.requests - a.requests || a.name.localeCompare(b.name));
  return (
    <Panel
      title="Models"
      note={`${rows.length} of ${models.length}; rates of the last minute`}
      flush
      aside={
        <>
          <Choice
            label="Which models"
            values={[
              { value: "all", text: "All" },
              { value: "used", text: "Used" },
              { value: "unavailable", text: "Unavailable" },
            ]}
            value={shown}
            onChange={setShown}
          />
          <SearchBox label="Find a model" value={search} onChange={setSearch} />
        </>
      }
    >
      {rows.length === 0 ? (
        <Empty>
          {models.length === 0 ? "No endpoint lists a model." : "No model is like that."}
        </Empty>
      ) : (
        <DataTable
          label="Models"
          columns={columns(now, go)}
          rows={rows}
          keyOf={({ name }) => name}
          detail={(model) => <ModelDetail model={model} go={go} />}
          opened={place.selected}
          onOpen={(selected) => go({ ...place, selected })}
        />
      )}
    </Panel>
  );
}

function isShown({ requests, endpoints }: LiveModel, shown: Shown): boolean {
  if (shown === "used") return requests > 0;
  return shown === "all" || !endpoints.some(({ routable }) => routable);
}

function textsOf({ name, aliases, family, capabilities, endpoints }: LiveModel): string[] {
  return [name, ...aliases, family, ...capabilities, ...endpoints.map((one) => one.name)];
}

/** Endpoints named in a row; the rest is a number. */
const MOST_NAMED = 3;

function columns(now: number, go: (place: Place) => void): readonly Column<LiveModel>[] {
  return [
    {
      title: "Model",
      heading: true,
      order: ({ name }) => name,
      cell: (model) => (
        <>
          <span class="name">{model.name}</span>
          <span class="sub">{describe(model)}</span>
        </>
      ),
    },
    {
      title: "On",
      order: ({ endpoints }) => endpoints.filter(({ routable }) => routable).length,
      cell: ({ endpoints }) => <Places endpoints={endpoints} most={MOST_NAMED} go={go} />,
    },
    {
      title: "Requests",
      align: "end",
      order: ({ requests }) => requests,
      cell: ({ requests, failed }) => (
        <>
          {formatCount(requests)}
          {failed > 0 && <span class="sub">{formatCount(failed)} failed</span>}
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
      title: "Tokens/s",
      align: "end",
      order: ({ recent }) => recent.tokensPerSecond ?? 0,
      cell: ({ recent }) => formatRate(recent.tokensPerSecond),
    },
    {
      title: "First token",
      align: "end",
      order: ({ recent }) => recent.firstTokenMs ?? 0,
      cell: ({ recent }) => formatDuration(recent.firstTokenMs),
    },
    {
      title: "Response p95",
      align: "end",
      order: ({ p95Ms }) => p95Ms,
      cell: ({ p95Ms, requests }) => formatDuration(requests === 0 ? undefined : p95Ms),
    },
    {
      title: "Last used",
      align: "end",
      order: ({ lastUsedAt }) => lastUsedAt ?? 0,
      cell: ({ lastUsedAt }) => formatAgo(lastUsedAt, now),
    },
  ];
}

function describe({ family, parameterSize, quantization, contextLength }: LiveModel): string {
  const parts = [family, parameterSize, quantization].filter((part) => part !== "");
  if (contextLength !== undefined) parts.push(`${formatTokens(contextLength)} context`);
  return parts.join(" · ");
}

function Places({
  endpoints,
  most,
  go,
}: {
  endpoints: LiveModel["endpoints"];
  most: number;
  go: (place: Place) => void;
}): JSX.Element {
  return (
    <span class="places">
      {endpoints.slice(0, most).map(({ name, routable }) => (
        <PlaceLink
          key={name}
          place={{ view: "endpoints", selected: name }}
          go={go}
          className="chip"
        >
          <Dot tone={routable ? "good" : "bad"} />
          <span>{name}</span>
        </PlaceLink>
      ))}
      {endpoints.length > most && <span class="quiet">+{endpoints.length - most}</span>}
    </span>
  );
}

function ModelDetail({ model, go }: { model: LiveModel; go: (place: Place) => void }): JSX.Element {
  const { aliases, capabilities, diskBytes } = model;
  return (
    <div class="details">
      <div>
        <h3>Model</h3>
        <Facts
          facts={[
            ["Also known as", aliases.length === 0 ? "–" : aliases.join(", ")],
            ["Capabilities", capabilities.length === 0 ? "–" : capabilities.join(", ")],
            ["On disk", diskBytes === 0 ? "–" : formatBytes(diskBytes)],
            ["Tokens written", formatCount(model.outputTokens)],
            ["Response, median", formatDuration(model.requests === 0 ? undefined : model.p50Ms)],
          ]}
        />
      </div>
      <div class="wide">
        <h3>Endpoints</h3>
        <Places endpoints={model.endpoints} most={Number.POSITIVE_INFINITY} go={go} />
      </div>
    </div>
  );
}
