import { ANTHROPIC } from "./anthropic-request.ts";
import type { Exchange } from "./exchange.ts";
import type { Inspector } from "./inspection.ts";

/** Has a request for a message taken down, whether or not it is a valid one. */
export function inspect(exchange: Exchange, inspector: Inspector): void {
  const { request, route, body, bodyFacts } = exchange;
  if (route.prefix !== ANTHROPIC || route.path !== "/v1/messages") return;
  if (request.method !== "POST" || body === undefined) return;
  exchange.inspection = inspector.begin(request.headers, bodyFacts?.model, body);
}
