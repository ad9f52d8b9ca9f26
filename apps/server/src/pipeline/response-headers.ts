import {
  EQUIVALENT_OPERATIONS,
  type HeaderList,
  type RoutedDecision,
  type RoutingDecision,
} from "@olla-ts/core";

import { requestIdFields } from "../error-body.ts";
import type { Exchange } from "./exchange.ts";
import { headerSafe } from "./upstream-headers.ts";

/** Fields of a backend that are none of the client's business. */
const WITHHELD: ReadonlySet<string> = new Set([
  "set-cookie",
  "authorization",
  "proxy-authorization",
  "x-api-key",
  "x-auth-token",
]);

/** Fields that frame or route an answer, and so cannot come behind it. */
const NO_TRAILERS: ReadonlySet<string> = new Set([
  "age",
  "cache-control",
  "date",
  "expires",
  "host",
  "location",
  "retry-after",
  "vary",
  "via",
  "www-authenticate",
  "proxy-authenticate",
]);

/** The backend's fields for the client, less what is withheld, plus what the gateway tells. */
export function clientHeaders(
  exchange: Exchange,
  decision: RoutedDecision,
  version: string,
  rateFields: HeaderList,
): string[] {
  const { upstream, table, corsFields } = exchange;
  const received = upstream?.headers ?? [];
  const own =
    upstream === undefined ? undefined : table.upstreamHeaders.get(upstream.endpoint.slot);
  const fields: string[] = [];
  let hasRequestId = false;
  for (let index = 0; index + 1 < received.length; index += 2) {
    const name = received[index] ?? "";
    const lower = name.toLowerCase();
    if (WITHHELD.has(lower) || lower.startsWith("x-olla-")) continue;
    // RFC 9110 section 8.6; some clients would wait for the body.
    if (lower === "content-length" && upstream?.status === 204) continue;
    if (corsFields.length > 0 && lower.startsWith("access-control-")) continue;
    if (own !== undefined && own.length > 0 && isNamed(own, lower)) continue;
    if (lower === "x-request-id" || lower === "request-id") hasRequestId = true;
    const value = received[index + 1] ?? "";
    fields.push(name, lower === "location" ? throughGateway(value, exchange) : value);
  }
  if (!hasRequestId) pushDialectRequestId(fields, exchange);
  pushGatewayFields(fields, exchange, decision, version);
  for (const item of rateFields) fields.push(item);
  for (const item of corsFields) fields.push(item);
  return fields;
}

/** The backend's trailers for the client, less those that no trailer may be (RFC 9110 section 6.5.1). */
export function clientTrailers({ upstream, table }: Exchange, received: HeaderList): HeaderList {
  if (received.length === 0) return received;
  const own =
    upstream === undefined ? undefined : table.upstreamHeaders.get(upstream.endpoint.slot);
  const fields: string[] = [];
  for (let index = 0; index + 1 < received.length; index += 2) {
    const name = received[index] ?? "";
    const lower = name.toLowerCase();
    if (
      WITHHELD.has(lower) ||
      NO_TRAILERS.has(lower) ||
      /^(?:content|x-olla|access-control)-/.test(lower)
    )
      continue;
    if (own !== undefined && isNamed(own, lower)) continue;
    fields.push(name, received[index + 1] ?? "");
  }
  return fields;
}

/** A redirect to the backend's own address leads the client to the same path of its route. */
function throughGateway(location: string, { upstream, request, route }: Exchange): string {
  const origin = upstream?.endpoint.origin;
  if (origin === undefined || !location.startsWith(`${origin}/`)) return location;
  const target = request.url ?? "";
  const prefix = target.slice(0, Math.max(0, target.indexOf(route.path)));
  return prefix + location.slice(origin.length);
}

/** What the gateway tells with an answer that it wrote anew in the client's dialect. */
export function translatedAnswerHeaders(
  exchange: Exchange,
  decision: RoutedDecision,
  version: string,
  rateFields: HeaderList,
): string[] {
  const fields: string[] = [];
  pushDialectRequestId(fields, exchange);
  pushGatewayFields(fields, exchange, decision, version);
  if (exchange.dropped.length > 0) {
    fields.push("X-Olla-Dropped-Fields", headerSafe(exchange.dropped.join(", ")));
  }
  return [...fields, ...rateFields, ...exchange.corsFields];
}

/** The field that the client libraries of the operation's dialect read the request's id from. */
function pushDialectRequestId(fields: string[], { intent, requestId }: Exchange): void {
  const operation = intent?.operation;
  if (operation === undefined) return;
  const isAnthropic = operation === "messages" || operation === "count_tokens";
  fields.push(...requestIdFields(isAnthropic ? "anthropic" : "openai", requestId));
}

function pushGatewayFields(
  fields: string[],
  exchange: Exchange,
  decision: RoutedDecision,
  version: string,
): void {
  const { upstream } = exchange;
  fields.push("X-Olla-Request-ID", exchange.requestId);
  if (upstream !== undefined) {
    fields.push(
      "X-Olla-Endpoint",
      headerSafe(upstream.endpoint.name),
      "X-Olla-Backend-Type",
      upstream.endpoint.type,
      "X-Olla-Response-Time",
      `${Math.round(upstream.headMs)}ms`,
    );
  }
  fields.push("X-Served-By", `Olla/${version}`, "Via", `1.1 olla/${version}`);
  pushModel(fields, exchange);
  pushRouting(fields, decision);
  pushSticky(fields, exchange);
  pushMode(fields, exchange);
  if (exchange.intent?.operation === "count_tokens" && upstream?.status === 200) {
    fields.push("X-Olla-Token-Source", "backend");
  }
}

/** How the endpoint served an operation that can be translated, and why so. */
function pushMode(fields: string[], { plan, intent, upstream }: Exchange): void {
  const asked = intent?.operation;
  if (plan === undefined || asked === undefined || EQUIVALENT_OPERATIONS[asked] === undefined)
    return;
  fields.push("X-Olla-Mode", plan.mode);
  if (plan.mode === "passthrough" || upstream === undefined) return;
  const reason = `${upstream.endpoint.type} is asked by ${plan.operation} instead of ${asked}`;
  fields.push("X-Olla-Mode-Reason", reason);
}

/** What the gateway tells with an answer of its own. */
export function refusalHeaders(exchange: Exchange, rateFields: HeaderList): string[] {
  const fields = ["X-Olla-Request-ID", exchange.requestId];
  if (exchange.decision !== undefined) {
    pushModel(fields, exchange);
    pushRouting(fields, exchange.decision);
  }
  return [...fields, ...rateFields, ...exchange.corsFields];
}

function isNamed(own: HeaderList, lower: string): boolean {
  for (let index = 0; index < own.length; index += 2) {
    if (own[index]?.toLowerCase() === lower) return true;
  }
  return false;
}

function pushModel(fields: string[], { intent }: Exchange): void {
  if (intent?.model !== undefined) fields.push("X-Olla-Model", headerSafe(intent.model));
}

function pushRouting(fields: string[], { strategy, action, reason }: RoutingDecision): void {
  if (strategy === undefined) return;
  fields.push(
    "X-Olla-Routing-Strategy",
    strategy,
    "X-Olla-Routing-Decision",
    action,
    "X-Olla-Routing-Reason",
    headerSafe(reason),
  );
}

function pushSticky(fields: string[], { sticky, intent, request }: Exchange): void {
  if (sticky === undefined) return;
  fields.push("X-Olla-Sticky-Session", sticky);
  const source = intent?.affinity?.source;
  if (source === undefined) return;
  fields.push("X-Olla-Sticky-Key-Source", source);
  const sessionId = request.headers["x-olla-session-id"];
  if (source === "session_header" && typeof sessionId === "string") {
    fields.push("X-Olla-Session-ID", headerSafe(sessionId));
  }
}
