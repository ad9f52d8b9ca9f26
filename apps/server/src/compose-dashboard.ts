import type { IncomingMessage, ServerResponse } from "node:http";

import type { Clock, Logger, RandomSource } from "@olla-ts/core/ports";
import { createCidrMatcher, redactQuery } from "@olla-ts/security";
import type { Statistics } from "@olla-ts/stats";

import { readPage } from "./compose-page.ts";
import type { GatewaySetup } from "./compose-setup.ts";
import { formatProblem } from "./config/problem.ts";
import type { ConfigFile } from "./config/schema.ts";
import { toAssets } from "./dashboard/assets.ts";
import { createEventStreams } from "./dashboard/event-streams.ts";
import { createDashboardHandler } from "./dashboard/handle-dashboard.ts";
import { createHistory } from "./dashboard/history.ts";
import { type LiveTopic, wholeTopic } from "./dashboard/live-topics.ts";
import { configurationReport } from "./dashboard/reports/configuration.ts";
import { endpointsReport } from "./dashboard/reports/endpoints.ts";
import { limitsReport } from "./dashboard/reports/limits.ts";
import { modelsReport } from "./dashboard/reports/models.ts";
import { overviewReport } from "./dashboard/reports/overview.ts";
import { createRequestWatch, type RequestWatch } from "./dashboard/request-watch.ts";
import { type AccessPolicy, accessPolicy } from "./http/access-policy.ts";
import { singleHeader } from "./http/gateway-server.ts";
import type { Services } from "./http/services.ts";
import { requestIdOf } from "./pipeline/request-id.ts";

/** Who may read the gateway's own documents and its page. */
export function createAccessPolicy({ dashboard }: ConfigFile): AccessPolicy {
  const { allowed_cidrs, allowed_hosts } = dashboard.access_policy;
  return accessPolicy({
    isAllowedPeer: createCidrMatcher(allowed_cidrs),
    allowedHosts: allowed_hosts,
  });
}

/** Watches requests for the page; undefined when there is none. */
export function createDashboardWatch(
  { dashboard, limits }: ConfigFile,
  clock: Clock,
): RequestWatch | undefined {
  if (!dashboard.enabled) return undefined;
  return createRequestWatch({
    clock,
    capacity: dashboard.recent_requests,
    maxEndpoints: limits.max_endpoints,
    maxModels: limits.max_models,
    redactQuery,
  });
}

export interface DashboardParts {
  /** The configuration in force, and what its routes read. */
  readonly setup: () => GatewaySetup;
  readonly services: () => Services;
  readonly stats: Statistics;
  readonly watch: RequestWatch;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: RandomSource;
  /** Those that the gateway was started with. */
  readonly settings: ConfigFile["dashboard"];
}

/** The page, and what it is told. Disposing ends its streams. */
export interface Dashboard extends Disposable {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Ends what would never end by itself. */
  readonly beginDrain: () => void;
}

export function createDashboard({
  setup,
  services,
  stats,
  watch,
  clock,
  log,
  random,
  settings,
}: DashboardParts): Dashboard {
  const started = new DisposableStack();
  const history = createHistory({
    clock,
    totals: () => stats.totals(),
    latencies: () => ({
      durations: stats.totalDistributions().durations.counts,
      firstTokens: watch.firstTokens(),
    }),
    inFlight() {
      const { table, states } = services();
      return table().endpoints.reduce((sum, { slot }) => sum + states.inFlight(slot), 0);
    },
  });
  let timer: Disposable | undefined;
  const sample = (): void => {
    timer = clock.schedule(sample, history.everyMs);
    history.sample();
    watch.sweep();
  };
  timer = clock.schedule(sample, history.everyMs);
  started.defer(() => timer?.[Symbol.dispose]());

  const policy = memoized(({ config }: GatewaySetup) => createAccessPolicy(config));
  const configuration = memoized(({ config, file, warnings }: GatewaySetup) =>
    configurationReport({ config, file, warnings: warnings.map((one) => formatProblem(one)) }),
  );
  const topics: readonly LiveTopic[] = [
    wholeTopic("overview", 2_000, () => overviewReport(services(), watch.total())),
    {
      name: "history",
      everyMs: 1_000,
      read(from) {
        const document = history.read(from);
        return { text: JSON.stringify(document), next: document.first + document.at.length };
      },
    },
    wholeTopic("endpoints", 2_000, () => endpointsReport(services(), watch)),
    wholeTopic("models", 5_000, () => modelsReport(services(), watch)),
    {
      name: "requests",
      everyMs: 1_000,
      read(from) {
        const document = watch.requests(from);
        return { text: JSON.stringify(document), next: document.first + document.requests.length };
      },
    },
    wholeTopic("limits", 2_000, () => limitsReport(setup().config, services(), stats.refusals())),
    wholeTopic("configuration", 5_000, () => configuration(setup())),
  ];
  const streams = started.use(createEventStreams({ clock, capacity: settings.max_streams }));
  const assets = toAssets(readPage());
  if ("missing" in assets) log.warn({ reason: assets.missing }, "Dashboard not available");
  return {
    handle: createDashboardHandler({
      refusalOf: (request) => policy(setup())(request),
      assets,
      topics,
      streams,
      requestId: (request) => requestIdOf(singleHeader(request, "x-request-id"), random),
      log,
    }),
    beginDrain: () => streams.close(),
    [Symbol.dispose]: () => started.dispose(),
  };
}

/** Made anew when it is asked of something else than the last time. */
function memoized<Source, Result>(make: (source: Source) => Result): (source: Source) => Result {
  let last: { readonly source: Source; readonly result: Result } | undefined;
  return (source) => {
    if (last?.source !== source) last = { source, result: make(source) };
    return last.result;
  };
}
