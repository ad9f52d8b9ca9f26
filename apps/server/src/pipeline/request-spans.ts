import type { RequestOutcome, Span, SpanAttributes } from "@olla-ts/core/ports";

import type { Exchange } from "./exchange.ts";
import { isFailure } from "./is-failure.ts";
import type { RequestTrace, TracedAttempt } from "./request-trace.ts";
import { shorten, shortened } from "./shorten.ts";

/** When the request ended, and what turns monotonic times into milliseconds since 1970. */
export interface SpanTimes {
  readonly endedAt: number;
  readonly wallOffset: number;
}

/** The spans of a request that is over; the first one is of the whole, the others are its parts. */
export function requestSpans(
  exchange: Exchange,
  outcome: RequestOutcome,
  trace: RequestTrace,
  times: SpanTimes,
): readonly Span[] {
  const { recordedState: traceState, context } = trace;
  const { traceId } = context;
  const { endedAt, wallOffset } = times;
  const parts: Span[] = [];

  function part(
    name: string,
    from: number,
    to: number,
    over: Partial<Pick<Span, "spanId" | "kind" | "attributes" | "failed">> = {},
  ): void {
    parts.push({
      traceId,
      spanId: over.spanId ?? trace.newSpanId(),
      parentSpanId: context.spanId,
      traceState,
      name,
      kind: "internal",
      startedAt: from + wallOffset,
      endedAt: Math.max(from, to) + wallOffset,
      attributes: {},
      failed: false,
      ...over,
    });
  }

  part("admit", exchange.startedAt, trace.forwardedAt ?? endedAt);
  for (const wait of trace.waits) part("queue", wait.startedAt, wait.endedAt);
  for (const [index, attempt] of trace.attempts.entries()) {
    const { spanId, startedAt, result } = attempt;
    part("attempt", startedAt, attempt.endedAt ?? endedAt, {
      spanId,
      kind: "client",
      attributes: attemptAttributes(attempt, index),
      failed: result?.error !== undefined && result.error.code !== "client_aborted",
    });
  }
  const sentAt = trace.attempts.at(-1)?.startedAt;
  const begunAt = exchange.firstTokenAt ?? exchange.firstByteAt;
  if (sentAt !== undefined && begunAt !== undefined) {
    part("first_token", sentAt, begunAt);
    part("stream", begunAt, exchange.lastPartAt ?? endedAt);
  }
  const whole: Span = {
    traceId,
    spanId: context.spanId,
    parentSpanId: trace.parentSpanId,
    traceState,
    name: nameOf(exchange, outcome),
    kind: "server",
    startedAt: exchange.startedAt + wallOffset,
    endedAt: endedAt + wallOffset,
    attributes: requestAttributes(exchange, outcome),
    failed: isFailure(outcome.code, outcome.status),
  };
  return [whole, ...parts];
}

/** Of few values: of models only those that exist. */
function nameOf({ request, route }: Exchange, { model, operation }: RequestOutcome): string {
  if (operation === undefined) return `${request.method ?? "GET"} /olla/${route.prefix}`;
  return model === undefined ? operation : `${operation} ${model.name}`;
}

function requestAttributes(exchange: Exchange, outcome: RequestOutcome): SpanAttributes {
  const { request, route, intent, decision, usage, plan } = exchange;
  const { endpoint, model, status, code, attempts } = outcome;
  const { host } = request.headers;
  return present({
    "gen_ai.operation.name": outcome.operation,
    "gen_ai.provider.name": endpoint?.type,
    "gen_ai.request.model": shortened(intent?.model),
    "gen_ai.response.model": exchange.upstream === undefined ? undefined : model?.name,
    "gen_ai.usage.input_tokens": usage?.inputTokens,
    "gen_ai.usage.output_tokens": usage?.outputTokens,
    "server.address": shortened(host?.replace(/:\d+$/, "")),
    "client.address": outcome.client === "" ? undefined : outcome.client,
    "http.request.method": request.method,
    "http.response.status_code": status,
    "http.route": `/olla/${route.prefix}`,
    "url.path": shorten(`/olla/${route.prefix}${route.path}`),
    "url.scheme": "http",
    "user_agent.original": shortened(request.headers["user-agent"]),
    "http.request.body.size": outcome.requestBytes,
    "http.response.body.size": outcome.responseBytes,
    "error.type": code ?? (status >= 400 ? String(status) : undefined),
    "olla.request_id": exchange.requestId,
    "olla.endpoint": endpoint?.name,
    "olla.attempts": attempts,
    "olla.mode": plan?.mode,
    "olla.stream": intent?.stream,
    "olla.routing.strategy": decision?.strategy,
    "olla.routing.action": decision?.action,
  });
}

function attemptAttributes(
  { endpoint, method, result }: TracedAttempt,
  index: number,
): SpanAttributes {
  const { hostname, port, protocol } = new URL(endpoint.origin);
  const status = result?.status;
  return present({
    "gen_ai.provider.name": endpoint.type,
    "olla.endpoint": endpoint.name,
    "server.address": hostname,
    "server.port": port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
    "http.request.method": method,
    "http.request.resend_count": index === 0 ? undefined : index,
    "http.response.status_code": status,
    "http.response.body.size": result?.bytes,
    "error.type":
      result?.error?.code ?? (status !== undefined && status >= 400 ? String(status) : undefined),
  });
}

function present(
  attributes: Readonly<Record<string, string | number | boolean | undefined>>,
): SpanAttributes {
  const known: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) known[name] = value;
  }
  return known;
}
