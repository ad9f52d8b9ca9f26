import type { LiveSetting } from "@olla-ts/core/ports";
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { formatBytes, formatDuration, formatSpan } from "../format.ts";
import { Icon } from "../parts/icon.tsx";
import { Empty, Loading, Panel } from "../parts/panel.tsx";
import { Choice, isFound, SearchBox } from "../parts/search-box.tsx";
import type { ViewProps } from "./view.ts";

type Shown = "all" | "changed";

/** The settings in force. */
export function ConfigurationView({ known }: ViewProps): JSX.Element {
  const { configuration } = known;
  const [search, setSearch] = useState("");
  const [shown, setShown] = useState<Shown>("all");
  if (configuration === undefined) return <Loading />;
  const { settings, file, warnings } = configuration;
  const rows = settings.filter(
    ({ key, description, isDefault, env }) =>
      (shown === "all" || !isDefault) && isFound(search, [key, description, env]),
  );
  const sections = Map.groupBy(rows, ({ key }) => key.split(".")[0] ?? "");
  return (
    <>
      {warnings.length > 0 && (
        <Panel title="Warnings" flush>
          <ul class="problems">
            {warnings.map((warning) => (
              <li key={warning} class="problem warning">
                <Icon name="alert" /> <span>{warning}</span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <Panel
        title="Configuration"
        note={file === undefined ? "built-in defaults" : file}
        flush
        aside={
          <>
            <Choice
              label="Which settings"
              values={[
                { value: "all", text: "All" },
                { value: "changed", text: "Changed" },
              ]}
              value={shown}
              onChange={setShown}
            />
            <SearchBox label="Find a setting" value={search} onChange={setSearch} />
          </>
        }
      >
        {rows.length === 0 && <Empty>No setting is like that.</Empty>}
        {[...sections].map(([section, entries]) => (
          <div key={section} class="settings">
            <h3>{section}</h3>
            <dl>
              {entries.map((setting) => (
                <Setting key={setting.key} setting={setting} />
              ))}
            </dl>
          </div>
        ))}
      </Panel>
    </>
  );
}

function Setting({ setting }: { setting: LiveSetting }): JSX.Element {
  const { key, description, isDefault, env } = setting;
  const [, ...rest] = key.split(".");
  return (
    <div class={isDefault ? "setting" : "setting changed"}>
      <dt>
        <code>{rest.length === 0 ? key : rest.join(".")}</code>
        {!isDefault && <span class="badge">changed</span>}
      </dt>
      <dd class="value">
        <code>{valueText(setting)}</code>
      </dd>
      <dd class="sub">
        {description}
        {env !== undefined && (
          <>
            {" "}
            <code>{env}</code>
          </>
        )}
      </dd>
    </div>
  );
}

function valueText({ kind, value }: LiveSetting): string {
  if (value === undefined) return "set, not shown";
  if (typeof value === "number") {
    if (kind === "duration" && value % 1_000 === 0) return formatSpan(value / 1_000);
    if (kind === "duration") return formatDuration(value);
    return kind === "bytes" ? formatBytes(value) : String(value);
  }
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(", ");
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([name, item]) => `${name}: ${String(item)}`);
    return entries.length === 0 ? "none" : entries.join("; ");
  }
  if (typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : "empty";
}
