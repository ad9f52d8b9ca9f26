import type { LiveReport, LiveRequest } from "@olla-ts/core/ports";
import { describe, expect, it } from "vitest";

import { until } from "./harness/gateway.ts";
import { send } from "./harness/http-client.ts";
import { MIXED_ALIAS, MIXED_MODELS, sendMixed } from "./harness/mixed-traffic.ts";
import { parseMetrics, type Metrics } from "./harness/prometheus.ts";
import { startWorld, type World } from "./harness/world.ts";

const REQUESTS = 306;

type Backend = "openai" | "ollama" | "failing" | "breaking";

/** Operations by the end of their path, as OpenTelemetry names them. */
const OPERATIONS: Readonly<Record<string, string>> = {
  "/v1/chat/completions": "chat",
  "/api/chat": "chat",
  "/v1/messages": "chat",
  "/v1/completions": "text_completion",
  "/v1/embeddings": "embeddings",
};

/** What every place that tells of requests has to agree on. */
interface Counted {
  readonly operation: string | undefined;
  readonly endpoint: string | undefined;
  /** That served it. */
  readonly model: string | undefined;
  /** That was asked for, where no endpoint was sent the request. */
  readonly unsent: string | undefined;
  readonly status: number;
  readonly code: string | undefined;
  readonly attempts: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

interface AccessLine {
  readonly path: string;
  readonly status: number;
  readonly endpoint?: string;
  readonly model?: string;
  readonly served_model?: string;
  readonly error_code?: string;
  readonly attempts: number;
  readonly input_tokens?: number;
  readonly output_tokens?: number;
  readonly request_bytes: number;
  readonly response_bytes: number;
}

interface TokenStats {
  readonly totals: object;
  readonly endpoints: TokenStats["models"];
  readonly models: readonly {
    readonly name: string;
    readonly input_tokens: number;
    readonly output_tokens: number;
  }[];
}

async function startMixed(engine: string, workers: number): Promise<World<Backend>> {
  const { fast, paced, slow, failing, breaking, embedding } = MIXED_MODELS;
  const world = await startWorld<Backend>(
    {
      openai: { kind: "openai-compatible", models: [fast, paced, slow, embedding] },
      ollama: { kind: "ollama", models: [fast, paced, embedding] },
      failing: { models: [failing] },
      breaking: { models: [breaking] },
    },
    {
      engine,
      server: `  workers: ${workers}\n  request_limits: { max_body_size: 20KB }`,
      rateLimits:
        "{ global_requests_per_minute: 0, per_ip_requests_per_minute: 1, burst_size: 3, trust_proxy_headers: true }",
      more: `model_aliases: { ${MIXED_ALIAS}: [fast] }\ndashboard: { recent_requests: 1000 }`,
    },
  );
  await world.backends.failing.setFault({ type: "status", status: 500 });
  await world.backends.breaking.setFault({ type: "reset-after-tokens", tokens: 2 });
  return world;
}

function accessLines({ gateway }: World<Backend>): readonly Counted[] {
  return gateway.log
    .filter(({ message }) => message === "Access log")
    .map(({ fields }) => {
      const line = fields as unknown as AccessLine;
      return {
        operation: OPERATIONS[line.path.replace(/^\/olla\/[^/]+/, "")],
        endpoint: line.endpoint,
        model: line.endpoint === undefined ? undefined : (line.served_model ?? line.model),
        unsent: line.endpoint === undefined ? known(line.model) : undefined,
        status: line.status,
        code: line.error_code,
        attempts: line.attempts,
        inputTokens: line.input_tokens ?? 0,
        outputTokens: line.output_tokens ?? 0,
        requestBytes: line.request_bytes,
        responseBytes: line.response_bytes,
      };
    });
}

function known(model: string | undefined): string | undefined {
  return Object.values(MIXED_MODELS).find(({ id }) => id === model)?.id;
}

function toCounted(request: LiveRequest): Counted {
  const { path, endpoint, model, servedModel, status, code, attempts } = request;
  const { inputTokens, outputTokens, requestBytes, responseBytes } = request;
  return {
    operation: OPERATIONS[path.replace(/^\/olla\/[^/]+/, "")],
    endpoint,
    model: endpoint === undefined ? undefined : (servedModel ?? model),
    unsent: endpoint === undefined ? known(model) : undefined,
    status,
    code,
    attempts: attempts.length,
    inputTokens,
    outputTokens,
    requestBytes,
    responseBytes,
  };
}

/** In an order of their own, to compare those of two places. */
function sorted(requests: readonly Counted[]): readonly string[] {
  return requests.map((request) => JSON.stringify(request)).toSorted();
}

function sum(requests: readonly Counted[], figure: (request: Counted) => number): number {
  return requests.reduce((all, request) => all + figure(request), 0);
}

function isAborted({ code }: Counted): boolean {
  return code === "client_aborted";
}

/** No word of a backend is behind it. */
function isRefused({ code, attempts }: Counted): boolean {
  return code !== undefined && code !== "client_aborted" && attempts === 0;
}

function isFailed(request: Counted): boolean {
  return request.code !== undefined && !isAborted(request) && !isRefused(request);
}

/** Counts by a text that each has; those without are left out. */
function countBy(
  requests: readonly Counted[],
  key: (request: Counted) => string | undefined,
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const request of requests) {
    const name = key(request);
    if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Tokens by a text that each has. */
function tokensBy(
  requests: readonly Counted[],
  key: (request: Counted) => string | undefined,
): Readonly<Record<string, number>> {
  const groups = Map.groupBy(requests, key);
  return nonZero(
    [...groups].map(([name, group]) => [
      name ?? "",
      sum(group, ({ inputTokens, outputTokens }) => inputTokens + outputTokens),
    ]),
  );
}

/** Samples by one of their labels, those of 0 left out, the others added up. */
function byLabel(
  { samples }: Metrics,
  name: string,
  label: string,
): Readonly<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const { name: one, labels, value } of samples) {
    const key = labels[label];
    if (one !== name || key === undefined || value === 0) continue;
    values[key] = (values[key] ?? 0) + value;
  }
  return values;
}

function total({ samples }: Metrics, name: string, labels: Readonly<Record<string, string>> = {}) {
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([key, one]) => sample.labels[key] === one))
    .reduce((all, { value }) => all + value, 0);
}

function nonZero(
  entries: readonly (readonly [string, number])[],
): Readonly<Record<string, number>> {
  return Object.fromEntries(entries.filter(([, value]) => value !== 0));
}

async function document(url: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse((await send(url, { path })).text) as Readonly<Record<string, unknown>>;
}

describe.each([
  ["olla", 1],
  ["sherpa", 1],
  ["olla", 2],
])("the sums of engine %s in %d threads", (engine, workers) => {
  it("are the same in access log, metrics, status and dashboard", async () => {
    await using world = await startMixed(engine, workers);
    await sendMixed(world.url, REQUESTS, (id) =>
      world.backends.openai.requests.some(({ headers }) => headers["x-request-id"] === id),
    );
    await until(() => accessLines(world).length >= REQUESTS);
    const metrics = parseMetrics((await send(world.url, { path: "/internal/metrics" })).text);
    const { system, endpoints } = (await document(world.url, "/internal/status")) as {
      readonly system: Readonly<Record<string, number>>;
      readonly endpoints: readonly { readonly name: string; readonly requests: number }[];
    };
    const { models } = (await document(world.url, "/internal/stats/models")) as {
      readonly models: readonly (Readonly<Record<string, number>> & { readonly name: string })[];
    };
    const live = async <Topic extends keyof LiveReport>(topic: Topic): Promise<LiveReport[Topic]> =>
      (
        (await document(
          world.url,
          `/internal/ui/api/report?view=${topic}`,
        )) as unknown as LiveReport
      )[topic];

    const lines = accessLines(world);
    expect(lines).toHaveLength(REQUESTS);
    const failed = lines.filter((line) => isFailed(line));
    const aborted = lines.filter((line) => isAborted(line));
    const refused = lines.filter((line) => isRefused(line));
    for (const group of [failed, aborted, refused]) expect(group.length).toBeGreaterThan(15);
    const codes = countBy(lines, ({ code }) => code);
    expect(Object.keys(codes)).toEqual(
      expect.arrayContaining(["rate_limited", "body_too_large", "model_not_found", "path_refused"]),
    );
    const inputTokens = sum(lines, (line) => line.inputTokens);
    const outputTokens = sum(lines, (line) => line.outputTokens);
    expect(inputTokens).toBeGreaterThan(100);

    // The request feed of the dashboard is the access log in another form.
    const { requests: told } = await live("requests");
    expect(sorted(told.map((one) => toCounted(one)))).toEqual(sorted(lines));

    // Totals.
    const retries = sum(lines, ({ attempts }) => Math.max(0, attempts - 1));
    const requestBytes = sum(lines, (line) => line.requestBytes);
    const responseBytes = sum(lines, (line) => line.responseBytes);
    expect({
      requests: metrics.value("olla_requests_total"),
      failed: metrics.value("olla_failures_total"),
      aborted: metrics.value("olla_aborted_total"),
      retries: metrics.value("olla_retries_total"),
      inputTokens: metrics.value("olla_input_tokens_total"),
      outputTokens: metrics.value("olla_output_tokens_total"),
      requestBytes: metrics.value("olla_request_bytes_total"),
      responseBytes: metrics.value("olla_response_bytes_total"),
    }).toEqual({
      requests: REQUESTS,
      failed: failed.length,
      aborted: aborted.length,
      retries,
      inputTokens,
      outputTokens,
      requestBytes,
      responseBytes,
    });
    expect(system).toMatchObject({ total_requests: REQUESTS, total_failures: failed.length });
    const { totals, inFlight } = await live("overview");
    expect(totals).toMatchObject({
      requests: REQUESTS,
      succeeded: REQUESTS - failed.length - aborted.length - refused.length,
      failed: failed.length,
      aborted: aborted.length,
      refused: refused.length,
      retries,
      inputTokens,
      outputTokens,
      requestBytes,
      responseBytes,
    });
    expect(inFlight).toBe(0);
    expect(total(metrics, "olla_endpoint_connections")).toBe(0);
    expect(metrics.value("olla_waiting_requests")).toBe(0);

    // By code.
    const refusals = countBy(refused, ({ code }) => code);
    const limits = await live("limits");
    expect(byLabel(metrics, "olla_errors_total", "code")).toEqual(codes);
    expect(limits.codes).toEqual(codes);
    expect(byLabel(metrics, "olla_refused_total", "code")).toEqual(refusals);
    expect(limits.refusals).toEqual(refusals);

    // By endpoint.
    const ofEndpoints = countBy(lines, ({ endpoint }) => endpoint);
    const failedAt = countBy(failed, ({ endpoint }) => endpoint);
    const shown = await live("endpoints");
    expect(byLabel(metrics, "olla_endpoint_requests_total", "endpoint")).toEqual(ofEndpoints);
    expect(byLabel(metrics, "olla_endpoint_failures_total", "endpoint")).toEqual(failedAt);
    expect(nonZero(endpoints.map(({ name, requests }) => [name, requests]))).toEqual(ofEndpoints);
    expect(nonZero(shown.map(({ name, requests }) => [name, requests]))).toEqual(ofEndpoints);
    expect(nonZero(shown.map(({ name, failed: some }) => [name, some]))).toEqual(failedAt);

    // By model.
    const ofModels = countBy(lines, ({ model }) => model);
    const failedFor = countBy(failed, ({ model }) => model);
    const named = (await live("models")).map(({ name, requests }) => [name, requests] as const);
    expect(byLabel(metrics, "olla_model_requests_total", "model")).toEqual(ofModels);
    expect(byLabel(metrics, "olla_model_failed_requests_total", "model")).toEqual(failedFor);
    expect(nonZero(models.map((one) => [one.name, one["total_requests"] ?? 0]))).toEqual(ofModels);
    expect(nonZero(models.map((one) => [one.name, one["failed_requests"] ?? 0]))).toEqual(
      failedFor,
    );
    expect(nonZero(named)).toEqual(ofModels);
    expect(byLabel(metrics, "olla_model_endpoint_requests_total", "model")).toEqual(ofModels);

    // Tokens.
    const tokens = (await document(world.url, "/internal/stats/tokens")) as unknown as TokenStats;
    const spent = (all: TokenStats["models"]): Readonly<Record<string, number>> =>
      nonZero(
        all.map(({ name, input_tokens, output_tokens }) => [name, input_tokens + output_tokens]),
      );
    expect(tokens.totals).toMatchObject({ input_tokens: inputTokens, output_tokens: outputTokens });
    expect(spent(tokens.endpoints)).toEqual(tokensBy(lines, ({ endpoint }) => endpoint));
    expect(spent(tokens.models)).toEqual(tokensBy(lines, ({ model }) => model));
    const written = byLabel(metrics, "olla_model_output_tokens_total", "model");
    expect(sum(lines, (line) => line.outputTokens)).toBe(
      Object.values(written).reduce((all, one) => all + one, 0),
    );
    expect(nonZero((await live("models")).map((one) => [one.name, one.outputTokens]))).toEqual(
      written,
    );

    // By OpenTelemetry's names.
    const count = "gen_ai_server_request_duration_seconds_count";
    const generations = lines.filter(({ operation }) => operation !== undefined);
    expect(byLabel(metrics, count, "gen_ai_operation_name")).toEqual(
      countBy(lines, ({ operation }) => operation),
    );
    expect(byLabel(metrics, count, "error_type")).toEqual(
      countBy(generations, ({ code, status }) => code ?? (status >= 400 ? "4xx" : undefined)),
    );
    const { unknown: _, ...generated } = byLabel(metrics, count, "gen_ai_request_model");
    expect(generated).toEqual(countBy(generations, ({ model, unsent }) => model ?? unsent));
    const usage = "gen_ai_client_token_usage_sum";
    expect(total(metrics, usage, { gen_ai_token_type: "input" })).toBe(
      sum(generations, (line) => line.inputTokens),
    );
    expect(total(metrics, usage, { gen_ai_token_type: "output" })).toBe(
      sum(generations, (line) => line.outputTokens),
    );
  }, 60_000);
});
