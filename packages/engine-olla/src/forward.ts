import { allowsRetry, pauseBeforeRetry, ProxyError, type Endpoint } from "@olla-ts/core";
import type {
  Attempt,
  CircuitBreaker,
  ProxyRequest,
  ProxyResponse,
  RandomSource,
} from "@olla-ts/core/ports";

import { Admission } from "./admission.ts";
import type { EndpointPool } from "./endpoint-pool.ts";
import type { ExchangeContext } from "./exchange-context.ts";
import { Exchange } from "./exchange.ts";
import type { RetryBudget } from "./retry-budget.ts";
import { overloaded } from "./time-limits.ts";

/** Told to clients when every breaker is open: when one closes again is not known here. */
const BREAKER_RETRY_AFTER_SECONDS = 5;

/** What forwarding needs of its engine. */
export interface ForwardContext extends ExchangeContext {
  readonly breaker: CircuitBreaker | undefined;
  readonly budget: RetryBudget;
  readonly random: RandomSource;
  readonly poolOf: (endpoint: Endpoint) => EndpointPool;
}

/**
 * Sends a request to its candidates, one after another, until one answers.
 *
 * @throws ProxyError the last failure, or why nothing could be sent
 */
export async function forward(
  context: ForwardContext,
  request: ProxyRequest,
): Promise<ProxyResponse> {
  const attempts: Attempt[] = [];
  let remaining = request.candidates;
  let refusal: ProxyError | undefined;
  for (;;) {
    if (request.cancellation.aborted) throw clientLeft();
    const endpoint = request.select(remaining);
    const exchange = open(context, request, endpoint);
    if (exchange instanceof ProxyError) {
      refusal = exchange;
    } else {
      if (attempts.length === 0) context.budget.deposit();
      else context.counters.retries += 1;
      const error = await exchange.send();
      attempts.push({ endpoint, error });
      if (error === undefined) return answer(exchange, endpoint, attempts);
      if (error.code === "client_aborted") throw error;
      if (!allowsRetry(error.failure, request.repeatable, request.retry))
        throw summary(error, attempts);
    }
    remaining = without(remaining, endpoint);
    const failed = attempts.at(-1)?.error;
    if (isOver(request, remaining, attempts)) throw summary(failed ?? refusal, attempts);
    if (failed === undefined || exchange instanceof ProxyError) continue;
    if (!isFree(failed) && !context.budget.withdraw()) {
      throw summary(failed, attempts, "The retry budget is used up.");
    }
    const { clock, random } = context;
    const { cancellation, retry } = request;
    await pauseBeforeRetry(retry, attempts.length, { clock, random, cancellation });
  }
}

/** An exchange that may send, or why this endpoint cannot have one now. */
function open(
  context: ForwardContext,
  request: ProxyRequest,
  endpoint: Endpoint,
): Exchange | ProxyError {
  const pool = context.poolOf(endpoint);
  // Before the breaker is asked: a refused request must not use up its one probe.
  if (!pool.hasRoom()) {
    return overloaded("Too many requests wait for the backend. Try again later.", endpoint.name);
  }
  let admission: Admission | undefined;
  if (context.breaker !== undefined) {
    admission = Admission.ask(context.breaker, endpoint);
    if (admission === undefined) return refusedByBreaker(endpoint);
  }
  try {
    const upstream = request.toUpstream(endpoint);
    const { cancellation } = request;
    return new Exchange(context, {
      endpoint,
      pool,
      upstream,
      cancellation,
      admission,
      repeatable: request.repeatable,
      isProbe: false,
    });
  } catch (error) {
    admission?.abandoned();
    throw error;
  }
}

function answer(exchange: Exchange, endpoint: Endpoint, attempts: Attempt[]): ProxyResponse {
  const { status, headers, body, closeDelimited, headMs } = exchange;
  const requestBodyReleased = (): boolean => exchange.isOver;
  return { endpoint, status, headers, body, closeDelimited, attempts, headMs, requestBodyReleased };
}

/**
 * Retries that no budget has to bound: the failed endpoint leaves rotation, so
 * they end by themselves, or nothing was sent. With them in the budget, the death of one
 * busy backend would use it up and fail requests that another could serve.
 */
function isFree({ failure }: ProxyError): boolean {
  return failure.takesOut || failure.origin === "gateway";
}

function isOver(
  { retry }: ProxyRequest,
  remaining: readonly Endpoint[],
  attempts: readonly Attempt[],
): boolean {
  return remaining.length === 0 || attempts.length >= retry.maxAttempts;
}

function without(candidates: readonly Endpoint[], tried: Endpoint): readonly Endpoint[] {
  const rest = candidates.filter((candidate) => candidate !== tried);
  if (rest.length < candidates.length) return rest;
  throw new ProxyError("internal", "The balancer selected an endpoint that is no candidate.");
}

function refusedByBreaker({ name }: Endpoint): ProxyError {
  return new ProxyError(
    "breaker_open",
    "The backends of this model fail too often and are not asked for now. Try again later.",
    { endpoint: name, retryAfterSeconds: BREAKER_RETRY_AFTER_SECONDS },
  );
}

function clientLeft(): ProxyError {
  return new ProxyError("client_aborted", "The client closed the connection.");
}

/** What the caller of the engine hears: the last failure, with how many were tried. */
function summary(
  last: ProxyError | undefined,
  attempts: readonly Attempt[],
  remark = "",
): ProxyError {
  if (last === undefined) return new ProxyError("no_endpoint", "No endpoint could be tried.");
  if (attempts.length === 0) return last;
  const tried = attempts.length === 1 ? "1 endpoint was tried." : `${attempts.length} were tried.`;
  return new ProxyError(last.code, [last.message, tried, remark].join(" ").trimEnd(), {
    cause: last,
    status: last.status,
    ...(last.endpoint === undefined ? undefined : { endpoint: last.endpoint }),
    ...(last.retryAfterSeconds === undefined
      ? undefined
      : { retryAfterSeconds: last.retryAfterSeconds }),
  });
}
