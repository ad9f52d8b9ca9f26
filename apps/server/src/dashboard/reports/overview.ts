import { isRoutableStatus } from "@olla-ts/core";
import type { LiveOverview, LiveProblem, RecentFigures } from "@olla-ts/core/ports";

import type { Services } from "../../http/services.ts";
import { endpointFacts, type EndpointFacts } from "../../routes/endpoint-facts.ts";

/** Most problems told; a further one says how many there are. */
const MOST_PROBLEMS = 50;

/** The gateway as a whole, and what is wrong with it now. */
export function overviewReport(services: Services, recent: RecentFigures): LiveOverview {
  const { clock, settings, stats, startedAt, version, registry } = services;
  const facts = endpointFacts(services);
  const healthy = facts.filter(({ status }) => status === "healthy").length;
  return {
    at: Math.round(clock.wallTime()),
    startedAt: Math.round(startedAt),
    version,
    engine: settings.engine,
    balancer: settings.balancer,
    simulated: settings.simulated,
    status: services.systemStatus({
      endpoints: facts.length,
      healthyEndpoints: healthy,
      successPercent: services.recentSuccess(),
    }),
    problems: problemsOf(facts, services),
    endpoints: {
      total: facts.length,
      healthy,
      routable: facts.filter(({ status }) => isRoutableStatus(status)).length,
    },
    models: registry.catalogue().length,
    inFlight: facts.reduce((sum, { inFlight }) => sum + inFlight, 0),
    totals: stats.totals(),
    recent,
  };
}

const SEVERITY = { critical: 0, warning: 1, info: 2 } as const;

function problemsOf(
  facts: readonly EndpointFacts[],
  { settings, recentSuccess, format }: Services,
): readonly LiveProblem[] {
  const problems: LiveProblem[] = [];
  const whole = (severity: LiveProblem["severity"], message: string): void =>
    void problems.push({ severity, endpoint: undefined, message });
  if (facts.length === 0) whole("critical", "No endpoint is configured.");
  else if (!facts.some(({ status }) => isRoutableStatus(status))) {
    whole("critical", "No endpoint can take requests.");
  }
  const success = recentSuccess();
  if (success !== undefined && success < 95) {
    whole(
      success < 90 ? "critical" : "warning",
      `${format.percent(success)} of the requests of the last minutes succeeded.`,
    );
  }
  if (settings.simulated) {
    whole("info", "No backend was found on this machine: a simulated fleet answers.");
  }
  for (const { endpoint, issues, status } of facts) {
    const severity = isRoutableStatus(status) || status === "unknown" ? "warning" : "critical";
    if (issues.length === 0) continue;
    problems.push({ severity, endpoint: endpoint.name, message: issues.join(", ") });
  }
  const worstFirst = problems.toSorted((a, b) => SEVERITY[a.severity] - SEVERITY[b.severity]);
  if (worstFirst.length <= MOST_PROBLEMS) return worstFirst;
  return [
    ...worstFirst.slice(0, MOST_PROBLEMS),
    {
      severity: "info",
      endpoint: undefined,
      message: `${worstFirst.length - MOST_PROBLEMS} more problems are not listed here.`,
    },
  ];
}
