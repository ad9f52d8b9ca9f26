import {
  ProxyError,
  toProxyError,
  type Intent,
  type RoutingDecision,
  type RoutingTable,
} from "@olla-ts/core";

import { Account, type AccountOptions } from "./explain-account.ts";
import type { RouteExplanation, RouteQuestion } from "./explanation.ts";
import { bodyLimit, scan, toIntent, type IdentifyOptions } from "./identify.ts";
import { leavesRoute, matchProxyRoute, redirectTarget, type ProxyRoute } from "./proxy-route.ts";
import type { Question } from "./question.ts";
import { decide } from "./route.ts";

export interface ExplainOptions
  extends
    AccountOptions,
    Pick<IdentifyOptions, "maxBodyBytes" | "maxMessageBytes" | "readAffinity" | "pathRules"> {
  /** Whether the gateway itself answers this path. */
  readonly isLocal: (method: string, route: ProxyRoute) => boolean;
}

/**
 * Where a request would go, by the functions that live requests go through. Sends nothing, takes
 * no turn, remembers and counts nothing.
 *
 * @throws ProxyError `invalid_request` when the target is no proxy route
 */
export function explainRoute(
  question: RouteQuestion,
  table: RoutingTable,
  options: ExplainOptions,
): RouteExplanation {
  const { target, method } = question;
  const location = redirectTarget(target, table);
  const route = matchProxyRoute(location ?? target, table);
  if (route === undefined) {
    throw new ProxyError(
      "invalid_request",
      `path: "${target}" is no proxy route; write one such as /olla/openai/v1/chat/completions`,
    );
  }
  const exchange: Question = {
    route,
    table,
    request: { headers: question.headers },
    clientAddress: question.clientAddress,
    body: question.body,
    bodyFacts: undefined,
  };
  if (location !== undefined) {
    const reason = `the path is spelled ${location}`;
    return { ...nobody(question, exchange, options), action: "redirected", reason };
  }
  if (options.isLocal(method, route)) {
    const reason = "the gateway answers this path itself";
    return { ...nobody(question, exchange, options), action: "answered", reason };
  }
  return explainForwarded(question, exchange, options);
}

function explainForwarded(
  question: RouteQuestion,
  exchange: Question,
  options: ExplainOptions,
): RouteExplanation {
  let known = nobody(question, exchange, options);
  try {
    refuse(exchange, options);
    scan(exchange);
    const intent = toIntent(exchange, options);
    const decision = decide(intent, exchange.table, options.conditions, true);
    const notes = notesOn(exchange, decision);
    known = { ...known, request: requestOf(question, intent), notes };
    const account = new Account({ ...exchange, intent, translation: undefined }, decision, options);
    known = { ...known, ...account.routing() };
    return { ...known, ...account.selection() };
  } catch (thrown) {
    const { code, status, message } = toProxyError(thrown);
    return { ...known, action: "rejected", error: { code, status, message } };
  }
}

/** What a live request is refused for before it is looked at. */
function refuse({ route, table, body }: Question, options: ExplainOptions): void {
  if (leavesRoute(route)) {
    throw new ProxyError(
      "invalid_request",
      'The path holds an encoded "..", which leads out of the route.',
    );
  }
  const refused = options.pathRules.refuse(route, table);
  if (refused !== undefined) throw refused;
  const limit = bodyLimit(route, options);
  if (limit <= 0 || body === undefined || body.length <= limit) return;
  throw new ProxyError("body_too_large", `The request body is larger than ${limit} bytes.`);
}

function nobody(
  question: RouteQuestion,
  { route, table }: Question,
  { balancer }: ExplainOptions,
): RouteExplanation {
  const intent: Intent = {
    scope: route.scope,
    path: route.path,
    query: route.query,
    operation: table.pathOperations.get(route.path),
    model: undefined,
    stream: false,
    affinity: undefined,
  };
  return {
    request: requestOf(question, intent),
    action: "rejected",
    strategy: undefined,
    reason: "invalid_request",
    alias: undefined,
    balancer: { strategy: balancer.strategy, sticky: undefined },
    winner: undefined,
    runnerUp: undefined,
    endpoints: [],
    error: undefined,
    notes: [],
  };
}

function requestOf({ method, target }: RouteQuestion, intent: Intent): RouteExplanation["request"] {
  const { operation, scope, model, stream, affinity } = intent;
  const [path = target] = target.split("?", 1); // a query may hold a key
  return {
    method,
    path,
    operation,
    scope: scope?.type,
    model,
    stream,
    affinity: affinity?.source,
  };
}

function notesOn(
  { body, bodyFacts, request, table }: Question,
  { action }: RoutingDecision,
): readonly string[] {
  const notes: string[] = [];
  if (body !== undefined && body.length > 0 && bodyFacts === undefined) {
    const type = request.headers["content-type"] ?? "absent";
    notes.push(`the body is not looked into: Content-Type is ${type}, not application/json`);
  }
  if (action === "rejected" && table.strategy.refreshOnMiss && bodyFacts?.model !== undefined) {
    notes.push("before it is refused, every endpoint is asked for its models once more");
  }
  return notes;
}
