import type { Endpoint, RoutingDecision } from "@olla-ts/core";
import type { Attempt, LiveAttempt, LiveRequest, RequestOutcome } from "@olla-ts/core/ports";

import type { Exchange } from "../pipeline/exchange.ts";
import { shorten, shortened } from "../pipeline/shorten.ts";

/** What is kept of a request. The decision is kept as it is, and told when somebody asks. */
export interface KeptRequest {
  readonly told: Omit<
    LiveRequest,
    "candidates" | "excluded" | "attempts" | "strategy" | "action" | "reason"
  >;
  readonly decision: RoutingDecision | undefined;
  readonly answered: Endpoint | undefined;
  readonly failures: readonly Attempt[];
  readonly tried: readonly Endpoint[] | undefined;
  readonly lastTried: Endpoint | undefined;
}

/** @param at milliseconds since 1970 */
export function keepRequest(
  exchange: Exchange,
  outcome: RequestOutcome,
  context: {
    readonly sequence: number;
    readonly at: number;
    readonly redactQuery: (query: string) => string;
  },
): KeptRequest {
  return {
    told: toldOf(exchange, outcome, context),
    decision: exchange.decision,
    answered: exchange.upstream?.endpoint,
    failures: exchange.upstream?.attempts ?? [],
    tried: exchange.triedBefore,
    lastTried: exchange.lastTried,
  };
}

export function firstTokenMs(exchange: Exchange): number | undefined {
  const { firstTokenAt, firstByteAt, startedAt, intent } = exchange;
  if (intent?.stream !== true) return undefined;
  const at = firstTokenAt ?? firstByteAt;
  return at === undefined ? undefined : at - startedAt;
}

function toldOf(
  exchange: Exchange,
  outcome: RequestOutcome,
  {
    sequence,
    at,
    redactQuery,
  }: {
    readonly sequence: number;
    readonly at: number;
    readonly redactQuery: (query: string) => string;
  },
): KeptRequest["told"] {
  const { request, intent, sticky, error, plan } = exchange;
  const { url = "/", headers } = request;
  const question = url.indexOf("?");
  const asked = intent?.model;
  const served = outcome.model?.name;
  return {
    sequence,
    at,
    id: exchange.requestId,
    client: exchange.clientAddress,
    userAgent: shortened(headers["user-agent"]),
    method: request.method ?? "GET",
    path: shorten(question === -1 ? url : url.slice(0, question)),
    query: question === -1 ? undefined : shorten(redactQuery(url.slice(question + 1))),
    operation: intent?.operation,
    model: shortened(asked),
    servedModel: served?.toLowerCase() === asked?.toLowerCase() ? undefined : served,
    stream: intent?.stream ?? false,
    translated: plan?.mode === "translated",
    status: outcome.status,
    code: outcome.code,
    error: shortened(error?.message),
    durationMs: outcome.durationMs,
    firstTokenMs: firstTokenMs(exchange),
    requestBytes: outcome.requestBytes,
    responseBytes: outcome.responseBytes,
    inputTokens: outcome.inputTokens,
    outputTokens: outcome.outputTokens,
    endpoint: outcome.endpoint?.name,
    sticky: sticky === "disabled" ? undefined : sticky,
  };
}

export function explained(kept: KeptRequest): LiveRequest {
  const { told, decision } = kept;
  return {
    ...told,
    strategy: decision?.strategy,
    action: decision?.action,
    reason: decision === undefined ? undefined : shorten(decision.reason),
    candidates:
      decision === undefined || decision.action === "rejected"
        ? []
        : decision.candidates.map(({ name }) => name),
    excluded: (decision?.excluded ?? []).map(({ endpoint, rule, detail }) => ({
      endpoint: endpoint.name,
      rule,
      detail,
    })),
    attempts: attemptsOf(kept),
  };
}

function attemptsOf({
  told,
  answered,
  failures,
  tried = [],
  lastTried,
}: KeptRequest): LiveAttempt[] {
  if (lastTried === undefined) return [];
  return [...tried, lastTried].map((endpoint) => {
    const isAnswer = endpoint === answered;
    const failure = failures.find((one) => one.endpoint === endpoint)?.error?.code;
    const isEnd = isAnswer || (answered === undefined && endpoint === lastTried);
    // Who is left out of the failures of a request that was answered said that it was busy.
    const busy = answered === undefined ? undefined : "upstream_busy";
    const code = isEnd ? told.code : (failure ?? busy);
    return { endpoint: endpoint.name, answered: isAnswer, code };
  });
}
