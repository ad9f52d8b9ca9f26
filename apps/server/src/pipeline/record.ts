import {
  genAiOperation,
  parseTraceparent,
  servedModel,
  type Endpoint,
  type ModelRoute,
} from "@olla-ts/core";
import type {
  Clock,
  Logger,
  RequestOutcome,
  StatsCollector,
  TranslatorStats,
} from "@olla-ts/core/ports";

import { answerSpeed } from "./answer-speed.ts";
import type { Exchange } from "./exchange.ts";
import type { Tracing } from "./tracing.ts";
import { translatorUse } from "./translator-use.ts";

export interface RecordOptions {
  readonly stats: StatsCollector;
  readonly translators: TranslatorStats;
  readonly clock: Clock;
  /** Undefined when requests are not logged. */
  readonly accessLog: Logger | undefined;
  readonly log: Logger;
  readonly redactQuery: (query: string) => string;
  /** Told of every request; undefined when nobody watches. */
  readonly watch: ((exchange: Exchange, outcome: RequestOutcome) => void) | undefined;
  /** Undefined when there are no traces. */
  readonly tracing: Tracing | undefined;
}

/** Status of the log line and the statistics when the client left before an answer. */
const CLIENT_LEFT = 499;

/** Last step, exactly once per request whatever happened: statistics and the access line. */
export function record(exchange: Exchange, options: RecordOptions): void {
  const { response, upstream, error, startedAt, firstByteAt, body, responseBytes } = exchange;
  const endedAt = options.clock.now();
  const durationMs = endedAt - startedAt;
  const speed = answerSpeed(exchange);
  const status =
    error?.code === "client_aborted" && !response.writableFinished
      ? CLIENT_LEFT
      : response.statusCode;
  const endpoint = upstream?.endpoint ?? exchange.lastTried;
  const model = endpoint === undefined ? undefined : modelServed(exchange, endpoint);
  const outcome: RequestOutcome = {
    endpoint,
    // By its path, so that what was refused before it was read counts too.
    operation: genAiOperation(exchange.table.pathOperations.get(exchange.route.path)),
    model,
    status,
    code: error?.code ?? (upstream !== undefined && status >= 500 ? "upstream_error" : undefined),
    durationMs,
    firstByteMs: firstByteAt === undefined ? undefined : firstByteAt - startedAt,
    ...speed,
    requestBytes: body?.length ?? 0,
    responseBytes,
    attempts: exchange.attempts,
    inputTokens: exchange.usage?.inputTokens ?? 0,
    outputTokens: exchange.usage?.outputTokens ?? 0,
    client: exchange.clientAddress,
    fallback: exchange.decision?.action === "fallback",
    missedModel: exchange.decision?.action === "rejected" ? knownModel(exchange) : undefined,
    unsentModel: endpoint === undefined ? knownModel(exchange) : undefined,
  };
  options.stats.record(outcome);
  options.watch?.(exchange, outcome);
  options.tracing?.record(exchange, outcome);
  const use = translatorUse(exchange);
  if (use !== undefined) options.translators.record(use, outcome);
  if (error !== undefined && error.status >= 500) logFailure(exchange, options.log);
  if (options.accessLog !== undefined) logAccess(exchange, outcome, options);
}

function modelServed({ routed }: Exchange, endpoint: Endpoint): ModelRoute | undefined {
  return routed === undefined ? undefined : servedModel(routed, endpoint);
}

/** The model asked for, when some endpoint has it. */
function knownModel({ intent, table }: Exchange): ModelRoute | undefined {
  return intent?.model === undefined ? undefined : table.models.get(intent.model.toLowerCase());
}

function logFailure(
  { requestId, error, upstream, lastTried, intent }: Exchange,
  log: Logger,
): void {
  log.warn(
    {
      request_id: requestId,
      code: error?.code,
      error: error?.message,
      cause: causeOf(error),
      endpoint: (upstream?.endpoint ?? lastTried)?.name,
      model: intent?.model,
    },
    "Request failed",
  );
}

function causeOf(error: Error | undefined): string | undefined {
  const cause = error?.cause;
  return cause instanceof Error ? cause.message : undefined;
}

function logAccess(
  exchange: Exchange,
  outcome: RequestOutcome,
  { accessLog, redactQuery }: RecordOptions,
): void {
  const { request, requestId, clientAddress, intent, decision, sticky } = exchange;
  const { model, endpoint } = outcome;
  const { headers, url = "" } = request;
  const question = url.indexOf("?");
  accessLog?.info(
    {
      request_id: requestId,
      trace_id: traceId(exchange),
      remote_addr: clientAddress,
      method: request.method,
      path: question === -1 ? url : url.slice(0, question),
      query: question === -1 ? undefined : redactQuery(url.slice(question + 1)),
      status: outcome.status,
      duration_ms: toThreeDecimals(outcome.durationMs),
      request_bytes: outcome.requestBytes,
      response_bytes: outcome.responseBytes,
      endpoint: endpoint?.name,
      model: intent?.model,
      served_model: model?.name === intent?.model ? undefined : model?.name,
      attempts: outcome.attempts,
      mode: exchange.plan?.mode === "translated" ? "translated" : undefined,
      input_tokens: exchange.usage?.inputTokens,
      output_tokens: exchange.usage?.outputTokens,
      tokens_per_second: toThreeDecimals(outcome.tokensPerSecond),
      first_token_ms: toThreeDecimals(outcome.firstTokenMs),
      routing_strategy: decision?.strategy,
      routing_action: decision?.action,
      routing_reason: decision?.reason,
      sticky_outcome: sticky === "disabled" ? undefined : sticky,
      error_code: outcome.code,
      user_agent: headers["user-agent"],
      referer: headers.referer,
      content_type: headers["content-type"],
      accept: headers.accept,
    },
    "Access log",
  );
}

function traceId({ request, trace }: Exchange): string | undefined {
  if (trace !== undefined) return trace.context.traceId;
  const { traceparent } = request.headers;
  return typeof traceparent === "string" ? parseTraceparent(traceparent)?.traceId : undefined;
}

function toThreeDecimals(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 1_000) / 1_000;
}
