import type { FieldKind } from "./field-meta.ts";
import type { LoadedConfig } from "./load.ts";
import type { Origin } from "./origin.ts";
import { endpointSchema } from "./schema-endpoint.ts";
import { configSchema } from "./schema.ts";
import { fieldsOf } from "./shape.ts";
import { formatKey, isRecord, type KeyPath } from "./yaml-source.ts";

/** One key in force. */
export interface EffectiveValue {
  readonly key: string;
  /** As a file would say it; secrets are replaced by a mark. Undefined where there is none. */
  readonly value: unknown;
  readonly origin: Origin;
}

export const REDACTED = "(redacted)";

const ENDPOINTS = ["discovery", "static", "endpoints"];

/** Keys below `auth` that say how, not what. */
const OPEN_AUTH: ReadonlySet<unknown> = new Set([
  "type",
  "header",
  "token_file",
  "key_file",
  "username_file",
  "password_file",
]);

/** Every key in force, in the order of the schema; of endpoints only what the file says. */
export function effectiveValues(loaded: LoadedConfig): readonly EffectiveValue[] {
  const keys = [...fieldsOf(configSchema)].map((field) => valueOf(field, loaded));
  const endpoints = loaded.config.discovery.static.endpoints ?? [];
  const ofEndpoints = endpoints.flatMap((_, index) =>
    [...fieldsOf(endpointSchema, [...ENDPOINTS, index])]
      .map((field) => valueOf(field, loaded))
      .filter(({ origin, value }) => origin.kind === "file" && value !== undefined),
  );
  return [...keys, ...ofEndpoints];
}

function valueOf(
  { path, meta }: { readonly path: KeyPath; readonly meta: { readonly kind: FieldKind } },
  loaded: LoadedConfig,
): EffectiveValue {
  const value = path.reduce<unknown>(
    (at, part) =>
      Array.isArray(at) || isRecord(at)
        ? Object.getOwnPropertyDescriptor(at, part)?.value
        : undefined,
    loaded.config,
  );
  return {
    key: formatKey(path),
    value: redacted(path, shown(meta.kind, value)),
    origin: loaded.originOf(path),
  };
}

function shown(kind: FieldKind, value: unknown): unknown {
  return kind === "duration" && typeof value === "number" ? formatDuration(value) : value;
}

/** `90s` as `1m30s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return "0";
  let rest = milliseconds;
  let text = "";
  for (const [unit, length] of [
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1_000],
    ["ms", 1],
  ] as const) {
    const count = Math.floor(rest / length);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * length;
  }
  return text === "" ? `${milliseconds}ms` : text;
}

/** The value without what may be secret: credentials, fields for backends, parts of addresses. */
export function redacted(path: KeyPath, value: unknown): unknown {
  if (path.at(-2) === "auth") return OPEN_AUTH.has(path.at(-1)) ? value : hidden(value);
  if (path[0] === "admin" && path[1] === "token") return hidden(value);
  if (path.at(-1) === "headers" && isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, hidden(one)]));
  }
  return typeof value === "string" ? withoutCredentials(value) : value;
}

/** The name of a variable is no secret; what stands in for it may be. */
function hidden(value: unknown): unknown {
  if (typeof value !== "string") return value;
  return /^\$\{\w+\}$/.test(value) ? value : REDACTED;
}

function withoutCredentials(text: string): string {
  return text
    .replace(/(:\/\/)[^/?#]*@/, `$1${REDACTED}@`)
    .replace(/(:\/\/[^?#]*|^\/[^?#]*)\?.*$/s, `$1?${REDACTED}`);
}
