import type { Endpoint } from "./endpoint.ts";
import type { HealthStatus } from "./health-status.ts";
import type { Intent } from "./intent.ts";
import { ProxyError } from "./proxy-error.ts";
import type {
  Exclusion,
  RejectedDecision,
  RoutedDecision,
  RoutingDecision,
} from "./routing-decision.ts";
import type { AliasRoute, ModelRoute, RoutingTable } from "./routing-table.ts";

/** What routing reads of an endpoint's present state. */
export interface EndpointConditions {
  /** May receive a request now: status routable, breaker not refusing, not draining. */
  isRoutable(slot: number): boolean;
  /** Whether an operator wants no further requests to go there. */
  isDraining(slot: number): boolean;
  status(slot: number): HealthStatus;
}

interface Rules {
  readonly table: RoutingTable;
  readonly conditions: EndpointConditions;
  /** Collects every exclusion when true; otherwise only those of endpoints that list the model. */
  readonly explain: boolean;
}

/**
 * Decides where a request may go. Pure: the same intent, table and conditions
 * give the same decision, live and in the explain API.
 */
export function decideRoute(
  intent: Intent,
  table: RoutingTable,
  conditions: EndpointConditions,
  explain = false,
): RoutingDecision {
  const rules: Rules = { table, conditions, explain };
  const excluded: Exclusion[] = [];
  if (intent.model === undefined) return routeWithoutModel(intent, rules, excluded);

  const key = intent.model.toLowerCase();
  const alias = table.aliases.get(key);
  if (alias !== undefined) {
    const routed = routeAlias(alias, intent, rules, excluded);
    if (routed !== undefined) return routed;
  }
  return routeModel(table.models.get(key), intent, rules, excluded);
}

function routeWithoutModel(intent: Intent, rules: Rules, excluded: Exclusion[]): RoutingDecision {
  const candidates = admit(rules.table.endpoints, intent, rules, excluded);
  if (candidates.length > 0) {
    return {
      action: "routed",
      strategy: undefined,
      reason: "no_model",
      candidates,
      model: undefined,
      alias: undefined,
      excluded,
    };
  }
  return {
    action: "rejected",
    strategy: undefined,
    reason: "no_endpoint",
    excluded,
    error: nobody(intent),
  };
}

function nobody(intent: Intent): ProxyError {
  if (intent.scope === undefined) {
    return nobodyUp();
  }
  return new ProxyError("provider_unavailable", `No ${intent.scope.type} endpoints available.`);
}

function routeAlias(
  alias: AliasRoute,
  intent: Intent,
  rules: Rules,
  excluded: Exclusion[],
): RoutedDecision | undefined {
  const candidates = admit(alias.endpoints, intent, rules, excluded);
  if (candidates.length === 0) return undefined;
  if (rules.explain) excludeUnlisted(alias.endpoints, rules.table.endpoints, excluded);
  return {
    action: "routed",
    strategy: "alias",
    reason: `alias "${alias.name}" resolved to ${candidates.length} endpoint(s)`,
    candidates,
    model: undefined,
    alias,
    excluded,
  };
}

function routeModel(
  model: ModelRoute | undefined,
  intent: Intent,
  rules: Rules,
  excluded: Exclusion[],
): RoutingDecision {
  const { table, explain } = rules;
  const listed = model?.endpoints ?? [];
  const candidates = admit(listed, intent, rules, excluded);
  if (explain) excludeUnlisted(listed, table.endpoints, excluded);
  if (candidates.length > 0) {
    return routedTo(candidates, "routed", foundReason(table), model, rules, excluded);
  }
  const miss = describeMiss(listed.length > 0, rules);
  if (miss.fallback) {
    const others: Exclusion[] = [];
    const anyone = admit(table.endpoints, intent, rules, others);
    if (anyone.length > 0) {
      // Not listing the model is no reason here: the full account is the one of all endpoints.
      return routedTo(anyone, "fallback", miss.reason, model, rules, explain ? others : excluded);
    }
  }
  return reject(miss.reason, listed.length > 0, intent, rules, excluded);
}

function routedTo(
  candidates: readonly Endpoint[],
  action: RoutedDecision["action"],
  reason: string,
  model: ModelRoute | undefined,
  rules: Rules,
  excluded: Exclusion[],
): RoutedDecision {
  const strategy = rules.table.strategy.type;
  return { action, strategy, reason, candidates, model, alias: undefined, excluded };
}

function foundReason({ strategy }: RoutingTable): string {
  return strategy.type === "discovery" ? "model_found_no_refresh" : "model_found";
}

/** Reason and treatment when no usable endpoint has the model. */
function describeMiss(known: boolean, { table }: Rules): { reason: string; fallback: boolean } {
  if (!table.catalogued) return { reason: "model_discovery_disabled", fallback: true };
  const { type, fallback } = table.strategy;
  if (type === "strict") {
    return { reason: known ? "model_unavailable" : "model_not_found", fallback: false };
  }
  if (type === "discovery") return { reason: "model_unavailable_no_refresh", fallback: false };
  if (fallback === "all") {
    const reason = known ? "all_healthy_fallback" : "model_not_found_fallback";
    return { reason, fallback: true };
  }
  if (!known) return { reason: "model_not_found", fallback: false };
  const reason =
    fallback === "none" ? "model_unavailable_no_fallback" : "model_unavailable_compatible_only";
  return { reason, fallback: false };
}

function reject(
  reason: string,
  known: boolean,
  intent: Intent,
  { table, conditions }: Rules,
  excluded: Exclusion[],
): RejectedDecision {
  const strategy = table.strategy.type;
  // Nobody could say which models there are, so the model is not to blame.
  const nobodyIsUp = !known && !table.endpoints.some(({ slot }) => conditions.isRoutable(slot));
  if (nobodyIsUp) {
    return { action: "rejected", strategy, reason: "no_endpoint", excluded, error: nobodyUp() };
  }
  if (isScopeEmpty(intent, table)) {
    return { action: "rejected", strategy, reason: "no_endpoint", excluded, error: nobody(intent) };
  }
  const name = intent.model ?? "";
  const missing = !known && strategy !== "discovery";
  const error = missing
    ? new ProxyError("model_not_found", `No endpoint has the model "${name}".`)
    : new ProxyError(
        "model_unavailable",
        `The model "${name}" is on no endpoint that can take this request now.`,
        { retryAfterSeconds: 5 },
      );
  return { action: "rejected", strategy, reason, excluded, error };
}

function nobodyUp(): ProxyError {
  return new ProxyError("no_endpoint", "No healthy endpoints available.", { retryAfterSeconds: 5 });
}

/** Whether the route admits no configured endpoint at all, whatever the model. */
function isScopeEmpty({ scope }: Intent, { endpoints }: RoutingTable): boolean {
  return scope !== undefined && !endpoints.some(({ type }) => scope.types.has(type));
}

/**
 * The endpoints of `listed` that this request may use, in the same order.
 * When nobody serves the path, the path is no reason to refuse: the hint is dropped.
 */
function admit(
  listed: readonly Endpoint[],
  intent: Intent,
  rules: Rules,
  excluded: Exclusion[],
): readonly Endpoint[] {
  const pathTypes = rules.table.pathTypes.get(intent.path);
  const before = excluded.length;
  const candidates = listed.filter((endpoint) => {
    const exclusion = excludedBy(endpoint, intent, pathTypes, rules);
    if (exclusion !== undefined) excluded.push(exclusion);
    return exclusion === undefined;
  });
  if (candidates.length > 0 || pathTypes === undefined) return candidates;
  excluded.length = before;
  return listed.filter((endpoint) => {
    const exclusion = excludedBy(endpoint, intent, undefined, rules);
    if (exclusion !== undefined) excluded.push(exclusion);
    return exclusion === undefined;
  });
}

function excludedBy(
  endpoint: Endpoint,
  intent: Intent,
  pathTypes: ReadonlySet<string> | undefined,
  { conditions }: Rules,
): Exclusion | undefined {
  const { slot, type } = endpoint;
  if (intent.scope !== undefined && !intent.scope.types.has(type)) {
    return { endpoint, rule: "provider_scope", detail: `type ${type} is not ${intent.scope.type}` };
  }
  if (pathTypes !== undefined && type !== "auto" && !pathTypes.has(type)) {
    return {
      endpoint,
      rule: "path_unsupported",
      detail: `type ${type} does not serve ${intent.path}`,
    };
  }
  if (conditions.isRoutable(slot)) return undefined;
  if (conditions.isDraining(slot)) {
    return { endpoint, rule: "draining", detail: "drained by an operator" };
  }
  const status = conditions.status(slot);
  if (status === "healthy" || status === "busy" || status === "warming") {
    return { endpoint, rule: "breaker_open", detail: "circuit breaker is open" };
  }
  return { endpoint, rule: "not_routable", detail: `status is ${status}` };
}

function excludeUnlisted(
  listed: readonly Endpoint[],
  all: readonly Endpoint[],
  excluded: Exclusion[],
): void {
  // Those excluded before, as endpoints of an alias, have their reason.
  const accounted = new Set([...listed, ...excluded.map(({ endpoint }) => endpoint)]);
  for (const endpoint of all) {
    if (accounted.has(endpoint)) continue;
    excluded.push({ endpoint, rule: "model_not_listed", detail: "does not list the model" });
  }
}
