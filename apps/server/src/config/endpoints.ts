import type { EndpointSpec } from "@olla-ts/core/ports";

import { toAuthHeader } from "./auth.ts";
import { isConnectionField, isFieldName, isFieldValue } from "./field-syntax.ts";
import type { LoadedConfig } from "./load.ts";
import type { ConfigProblem } from "./problem.ts";
import type { EndpointConfig } from "./schema-endpoint.ts";
import { expand, missingVariables, type SecretSources } from "./secrets.ts";
import { didYouMean } from "./suggest.ts";
import type { KeyPath } from "./yaml-source.ts";

/** What the backend profiles know, needed to validate a type. */
export interface KnownTypes {
  /** Canonical type of any accepted spelling; undefined when there is none. */
  canonicalType(spelling: string): string | undefined;
  /** Header field of an API key, where the type has one of its own. */
  keyHeader?(type: string): string | undefined;
  /** For the error message. */
  readonly names: readonly string[];
}

/** Used when a file says nothing about endpoints. */
const DEFAULT_ENDPOINT: EndpointSpec = {
  name: "localhost",
  url: "http://localhost:11434",
  type: "ollama",
  priority: 100,
  preservePath: true,
  healthCheckUrl: undefined,
  modelUrl: undefined,
  checkIntervalMs: 5_000,
  checkTimeoutMs: 2_000,
  modelFilter: { include: [], exclude: [] },
  headers: [],
  query: "",
};

const BASE = ["discovery", "static", "endpoints"] as const;

/** The configured endpoints with their secrets resolved, and everything wrong with them. */
export function resolveEndpoints(
  { config, problem }: LoadedConfig,
  types: KnownTypes,
  sources: SecretSources,
): { readonly endpoints: readonly EndpointSpec[]; readonly problems: readonly ConfigProblem[] } {
  const entries = config.discovery.static.endpoints;
  if (entries === undefined) return { endpoints: [DEFAULT_ENDPOINT], problems: [] };

  const problems: ConfigProblem[] = [];
  const endpoints: EndpointSpec[] = [];
  for (const [index, entry] of entries.entries()) {
    const report: Report = (path, message, severity = "error") => {
      problems.push(problem(severity, [...BASE, index, ...path], message));
    };
    const spec = toSpec(entry, types, sources, report);
    if (spec === undefined) continue;
    const sameUrl = endpoints.find(({ url }) => url === spec.url);
    const sameName = endpoints.find(({ name }) => name === spec.name);
    if (sameUrl !== undefined)
      report(["url"], `endpoint "${sameUrl.name}" has this address already; keep one of them`);
    else if (sameName !== undefined)
      report(["name"], `"${spec.name}" is the name of another endpoint; names are unique`);
    else endpoints.push(spec);
  }
  return { endpoints, problems };
}

/** Called with the path below the endpoint that is at fault, and what is wrong. */
type Report = (path: KeyPath, message: string, severity?: ConfigProblem["severity"]) => void;

function toSpec(
  entry: EndpointConfig,
  types: KnownTypes,
  sources: SecretSources,
  report: Report,
): EndpointSpec | undefined {
  const url = parseEndpointUrl(entry.url, report);
  const type = types.canonicalType(entry.type);
  if (type === undefined) {
    const allowed = [...types.names, "auto"];
    const hint = didYouMean(entry.type, allowed);
    report(["type"], `"${entry.type}" is not a known type; allowed: ${allowed.join(", ")}${hint}`);
  }
  const checkTimeoutMs = entry.check_timeout ?? Math.min(2_000, entry.check_interval / 2);
  if (checkTimeoutMs >= entry.check_interval) {
    report(["check_timeout"], `must be below check_interval (${entry.check_interval / 1_000}s)`);
  } else if (checkTimeoutMs <= 0) report(["check_timeout"], "must be above 0");
  const keyHeader = type === undefined ? undefined : types.keyHeader?.(type);
  const headers = toHeaders(entry, keyHeader, sources, report);
  checkFilter(entry, report);
  if (entry.name !== undefined && !isPrintable(entry.name)) {
    report(["name"], "holds a control character or half of a character; write plain text");
  }
  if (url === undefined || type === undefined) return undefined;
  return {
    name: entry.name === undefined || entry.name === "" ? new URL(url).host : entry.name,
    url,
    type,
    priority: entry.priority,
    preservePath: entry.preserve_path,
    healthCheckUrl: entry.health_check_url,
    modelUrl: entry.model_url,
    checkIntervalMs: entry.check_interval,
    checkTimeoutMs,
    modelFilter: entry.model_filter,
    headers,
    query: toQuery(entry, sources, report),
  };
}

/** Whether the text can stand in logs, metrics and header fields. */
function isPrintable(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}

/** The address without trailing slash, query and fragment. */
function parseEndpointUrl(written: string | undefined, report: Report): string | undefined {
  if (written === undefined || written.trim() === "") {
    report(["url"], "is missing; write url: http://host:port");
    return undefined;
  }
  if (written.includes("${")) {
    report(["url"], "holds ${…}, which is replaced in auth and headers only; write it out");
    return undefined;
  }
  const parsed = URL.parse(written);
  if (parsed !== null && (parsed.username !== "" || parsed.password !== "")) {
    report(
      ["url"],
      "holds a user name or password; move them to auth: {type: basic, username: …, password: …}",
    );
    return undefined;
  }
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.host === "") {
    report(["url"], "is not an address; write http://host:port or https://host:port");
    return undefined;
  }
  return parsed.origin + parsed.pathname.replace(/\/+$/, "");
}

function toHeaders(
  entry: EndpointConfig,
  keyHeader: string | undefined,
  sources: SecretSources,
  report: Report,
): readonly string[] {
  const fields = new Map<string, readonly [string, string]>();
  for (const [name, written] of Object.entries(entry.headers)) {
    const path = ["headers", name];
    const expanded = expand(written, sources.env);
    if ("missing" in expanded) report(path, missingVariables(expanded.missing));
    else if (!isFieldName(name)) report(path, "is not the name of a header field");
    else if (isConnectionField(name)) {
      report(path, "belongs to the connection, which the gateway makes itself; remove it");
    } else if (!isFieldValue(expanded.text)) {
      report(path, "holds a line break or another character that no header field can carry");
    } else if (name.toLowerCase() === "host") {
      report(path, "is always that of the endpoint's url; this one is ignored", "warning");
    } else fields.set(name.toLowerCase(), [name, expanded.text]);
  }
  if (entry.auth !== undefined) {
    const auth = { ...entry.auth, header: entry.auth.header ?? keyHeader };
    const header = toAuthHeader(auth, sources, (key, message) => report(["auth", key], message));
    if (header !== undefined) fields.set(header[0].toLowerCase(), header);
  }
  return [...fields.values()].flat();
}

/** The parameters as they stand in an address. */
function toQuery({ query }: EndpointConfig, sources: SecretSources, report: Report): string {
  const pairs: string[] = [];
  for (const [name, written] of Object.entries(query)) {
    const expanded = expand(written, sources.env);
    if ("missing" in expanded) report(["query", name], missingVariables(expanded.missing));
    else if (!name.isWellFormed() || !expanded.text.isWellFormed()) {
      report(["query", name], "holds half of a character; write plain text");
    } else pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(expanded.text)}`);
  }
  return pairs.join("&");
}

function checkFilter({ model_filter }: EndpointConfig, report: Report): void {
  for (const list of ["include", "exclude"] as const) {
    for (const [index, pattern] of model_filter[list].entries()) {
      const path = ["model_filter", list, index];
      if (pattern.trim() === "") report(path, "is empty; write a pattern, such as llama*");
      else if (pattern.includes("**")) report(path, `"${pattern}" holds **; one * is anything`);
    }
  }
}
