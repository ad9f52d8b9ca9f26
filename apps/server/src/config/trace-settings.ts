import { isConnectionField, isFieldName, isFieldValue } from "./field-syntax.ts";
import type { LoadedConfig } from "./load.ts";
import type { ConfigProblem } from "./problem.ts";
import { expand, missingVariables, type SecretSources } from "./secrets.ts";

/** How spans are made and where they go. Holds credentials: never log it. */
export interface TraceSettings {
  /** Address that spans are posted to. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** 0 to 1. */
  readonly sampleRatio: number;
  readonly serviceName: string;
  readonly timeoutMs: number;
  /** Spans per thread. */
  readonly maxQueue: number;
}

const BASE = ["telemetry", "traces"];

/** The settings with their secrets resolved, and everything wrong with them; nothing while traces are off. */
export function resolveTraces(
  loaded: LoadedConfig,
  { env }: SecretSources,
): { readonly traces: TraceSettings | undefined; readonly problems: readonly ConfigProblem[] } {
  const { traces } = loaded.config.telemetry;
  if (!traces.enabled) return { traces: undefined, problems: [] };
  const problems: ConfigProblem[] = [];
  const report = (path: readonly string[], message: string): void => {
    problems.push(loaded.problem("error", [...BASE, ...path], message));
  };
  const isSet = (key: string): boolean => loaded.originOf([...BASE, key]).kind !== "default";
  const endpoint = isSet("endpoint") ? traces.endpoint : (collectorOf(env) ?? traces.endpoint);
  if (!isCollector(endpoint)) {
    report(
      ["endpoint"],
      "is not an address; write http://host:4318/v1/traces, and keys in headers",
    );
  }
  return {
    traces: {
      endpoint,
      headers: toHeaders(traces.headers, env, report),
      sampleRatio: traces.sample_ratio,
      serviceName: isSet("service_name")
        ? traces.service_name
        : env["OTEL_SERVICE_NAME"] || traces.service_name,
      timeoutMs: traces.timeout,
      maxQueue: traces.max_queue,
    },
    problems,
  };
}

/** The address that the variables of OpenTelemetry name: of traces, or the base of all signals. */
function collectorOf(env: SecretSources["env"]): string | undefined {
  const ofTraces = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
  if (ofTraces !== undefined && ofTraces !== "") return ofTraces;
  const base = env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  if (base === undefined || base === "") return undefined;
  return `${base.replace(/\/+$/, "")}/v1/traces`;
}

function isCollector(endpoint: string): boolean {
  const parsed = URL.parse(endpoint);
  return (
    parsed !== null &&
    /^https?:$/.test(parsed.protocol) &&
    parsed.username === "" &&
    parsed.password === ""
  );
}

function toHeaders(
  written: Readonly<Record<string, string>>,
  env: SecretSources["env"],
  report: (path: readonly string[], message: string) => void,
): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(written)) {
    const path = ["headers", name];
    const expanded = expand(value, env);
    if ("missing" in expanded) report(path, missingVariables(expanded.missing));
    else if (!isFieldName(name)) report(path, "is not the name of a header field");
    else if (isConnectionField(name) || name.toLowerCase() === "host") {
      report(path, "belongs to the connection, which the gateway makes itself; remove it");
    } else if (!isFieldValue(expanded.text)) {
      report(path, "holds a line break or another character that no header field can carry");
    } else fields[name] = expanded.text;
  }
  return fields;
}
