import {
  pauseBeforeRetry,
  ProxyError,
  statusFailure,
  upstreamModelName,
  upstreamPath,
  withQuery,
  type Cancellation,
  type Endpoint,
  type HeaderList,
  type Operation,
  type ProfileLimits,
  type ProviderProfile,
  type RetryRules,
  type RoutedDecision,
  type ServingPlan,
} from "@olla-ts/core";
import type {
  Clock,
  LoadBalancer,
  ProxyEngine,
  ProxyRequest,
  ProxyResponse,
  RandomSource,
  UpstreamRequest,
} from "@olla-ts/core/ports";

import { withAnthropicVersion } from "./anthropic-version.ts";
import { withModel } from "./body-scanner.ts";
import { eligibleEndpoints, planFor } from "./eligible.ts";
import { overloaded, type EndpointPlaces } from "./endpoint-places.ts";
import type { Exchange } from "./exchange.ts";
import type { NativeSupport } from "./native-support.ts";
import { select } from "./select.ts";
import type { Translation, TranslationFactory } from "./translation.ts";
import { translatedHeaders, upstreamHeaders, type Hop } from "./upstream-headers.ts";

export interface ForwardOptions {
  readonly engine: ProxyEngine;
  readonly balancer: LoadBalancer;
  readonly retry: RetryRules;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly isTrustedPeer: (address: string) => boolean;
  readonly version: string;
  /** Undefined: nothing is translated, every request goes out as it came. */
  readonly translate: TranslationFactory | undefined;
  readonly native: NativeSupport;
  /** Requests that an endpoint is serving now. */
  readonly inFlight: (endpoint: Endpoint) => number;
  readonly places: EndpointPlaces;
  /** What the profile of an endpoint allows of one request. */
  readonly limitsOf: (profile: ProviderProfile | undefined) => ProfileLimits | undefined;
}

const NO_FIELDS: HeaderList = [];

/** Changing a backend's models twice does harm; everything else that is posted is inference. */
const MANAGEMENT = /\/(?:pull|push|create|copy|delete|load|unload|blobs)(?:\/|$)/;

/**
 * Fifth step: sends the request, over further candidates while the client has
 * nothing yet, and resolves with the answer's head. An endpoint that says it is
 * busy or still loading is an answer only when nobody else has a better one.
 *
 * @throws ProxyError when nobody answered
 */
export async function forward(
  exchange: Exchange,
  decision: RoutedDecision,
  options: ForwardOptions,
): Promise<ProxyResponse> {
  let busy: Answer | undefined;
  let candidates = decision.candidates;
  let retry = options.retry;
  const { trace } = exchange;
  trace?.forwarding();
  for (;;) {
    const request = new ForwardedRequest(exchange, { ...decision, candidates }, retry, options);
    const place = options.places.enter(candidates, exchange.cancellation);
    if (place !== undefined) {
      const taken = takePlace(place, busy);
      await (trace?.waitFor(taken) ?? taken);
    }
    const answer = await attempt(exchange, request, options.engine, busy);
    if (answer !== busy) busy?.response.body.cancel();
    const { response } = answer;
    if (answer === busy || !isBusy(response) || !request.repeatable) {
      return accept(exchange, answer);
    }
    const tried = new Set(response.attempts.map(({ endpoint }) => endpoint));
    candidates = candidates.filter((endpoint) => !tried.has(endpoint));
    if (candidates.length === 0) return accept(exchange, answer);
    retry = { ...retry, maxAttempts: retry.maxAttempts - response.attempts.length };
    if (retry.maxAttempts <= 0) return accept(exchange, answer);
    busy = answer;
    await pauseBeforeRetry(retry, tried.size, { ...options, cancellation: exchange.cancellation });
  }
}

/** An answer's head, and what was found out on the way to it. */
interface Answer {
  readonly response: ProxyResponse;
  readonly plan: ServingPlan | undefined;
  readonly dropped: readonly string[];
}

/** Waits for room at one of the candidates, and gives it up to the attempt that follows at once. */
async function takePlace(place: Promise<Disposable>, busy: Answer | undefined): Promise<void> {
  try {
    (await place)[Symbol.dispose]();
  } catch (error) {
    busy?.response.body.cancel();
    throw error;
  }
}

/** The next answer; the busy one that is held already, when nobody else answers. */
async function attempt(
  exchange: Exchange,
  request: ProxyRequest,
  engine: ProxyEngine,
  busy: Answer | undefined,
): Promise<Answer> {
  try {
    const response = await engine.processRequest(request);
    return { response, plan: exchange.plan, dropped: exchange.dropped };
  } catch (error) {
    if (busy === undefined) throw error;
    if (!exchange.cancellation.aborted) return busy;
    busy.response.body.cancel();
    throw error;
  }
}

function accept(exchange: Exchange, { response, plan, dropped }: Answer): ProxyResponse {
  exchange.plan = plan;
  exchange.dropped = dropped;
  exchange.upstream = response;
  return response;
}

function isBusy({ status }: ProxyResponse): boolean {
  return statusFailure(status) === "upstream_busy";
}

class ForwardedRequest implements ProxyRequest {
  readonly candidates: readonly Endpoint[];
  readonly cancellation: Cancellation;
  readonly retry: RetryRules;
  readonly #exchange: Exchange;
  readonly #decision: RoutedDecision;
  readonly #options: ForwardOptions;

  constructor(
    exchange: Exchange,
    decision: RoutedDecision,
    retry: RetryRules,
    options: ForwardOptions,
  ) {
    this.retry = retry;
    this.candidates = decision.candidates;
    this.cancellation = exchange.cancellation;
    this.#exchange = exchange;
    this.#decision = decision;
    this.#options = options;
  }

  get repeatable(): boolean {
    const { method } = this.#exchange.request;
    if (method === "GET" || method === "HEAD" || method === "OPTIONS") return true;
    return method === "POST" && !MANAGEMENT.test(this.#exchange.route.path);
  }

  select(remaining: readonly Endpoint[]): Endpoint {
    const { balancer, places } = this.#options;
    const open = places.withRoom(remaining);
    if (open.length === 0) throw overloaded("No other backend has room for this request.");
    const eligible = eligibleEndpoints(this.#exchange, open, this.#options);
    return select(this.#exchange, balancer, eligible);
  }

  toUpstream(endpoint: Endpoint): UpstreamRequest {
    const { table, intent } = this.#exchange;
    const profile = table.profiles.get(endpoint.type);
    const operation = intent?.operation;
    const plan = planFor(this.#exchange, endpoint, this.#options);
    this.#exchange.plan = plan;
    const upstream =
      plan.mode === "translated"
        ? this.#translated(endpoint, profile, plan)
        : this.#asItIs(endpoint, profile, operation);
    this.#exchange.attempts += 1;
    const { lastTried } = this.#exchange;
    if (lastTried !== undefined) (this.#exchange.triedBefore ??= []).push(lastTried);
    this.#exchange.lastTried = endpoint;
    return this.#exchange.trace?.traced(endpoint, upstream) ?? upstream;
  }

  #asItIs(
    endpoint: Endpoint,
    profile: ProviderProfile | undefined,
    operation: Operation | undefined,
  ): UpstreamRequest {
    const { request, route, body } = this.#exchange;
    return {
      method: request.method ?? "GET",
      path: this.#withOwnQuery(
        endpoint,
        upstreamPath(endpoint, profile, route.path, route.query, operation),
      ),
      headers: upstreamHeaders(request.rawHeaders, this.#ownFields(endpoint), this.#hop()),
      body: body === undefined ? undefined : this.#bodyFor(endpoint, body),
      answerTimeoutMs: this.#options.limitsOf(profile)?.timeoutMs ?? 0,
    };
  }

  #translated(
    endpoint: Endpoint,
    profile: ProviderProfile | undefined,
    plan: ServingPlan,
  ): UpstreamRequest {
    const { request, intent } = this.#exchange;
    const translation = this.#translation();
    const target = translation.substitute ?? plan.operation;
    const path = target === undefined ? undefined : profile?.operations[target];
    if (target === undefined || path === undefined) {
      throw new ProxyError("invalid_request", "The selected backend cannot serve such a request.");
    }
    this.#exchange.plan = { mode: "translated", operation: target };
    const model = upstreamModelName(this.#decision, endpoint) ?? intent?.model ?? "";
    const { body, dropped } = translation.requestFor(target, endpoint.type, model);
    this.#exchange.dropped = dropped;
    const headers = translatedHeaders(request.rawHeaders, this.#ownFields(endpoint), this.#hop());
    return {
      method: "POST",
      // The client's query belongs to its own dialect.
      path: this.#withOwnQuery(endpoint, upstreamPath(endpoint, profile, path, "", target)),
      headers: target === "messages" ? withAnthropicVersion(headers) : headers,
      body,
      answerTimeoutMs: this.#options.limitsOf(profile)?.timeoutMs ?? 0,
    };
  }

  #translation(): Translation {
    const { intent, body } = this.#exchange;
    this.#exchange.translation ??=
      intent?.operation === undefined || body === undefined
        ? undefined
        : this.#options.translate?.(intent.operation, body, intent.model ?? "");
    if (this.#exchange.translation !== undefined) return this.#exchange.translation;
    throw new ProxyError("invalid_request", "The request has no body.");
  }

  #ownFields({ slot }: Endpoint): HeaderList {
    return this.#exchange.table.upstreamHeaders.get(slot) ?? NO_FIELDS;
  }

  #withOwnQuery({ slot }: Endpoint, target: string): string {
    return withQuery(target, this.#exchange.table.upstreamQueries.get(slot) ?? "");
  }

  #bodyFor(endpoint: Endpoint, body: Buffer): Buffer {
    const name = upstreamModelName(this.#decision, endpoint);
    const facts = this.#exchange.bodyFacts;
    return name === undefined || facts === undefined ? body : withModel(body, facts, name);
  }

  #hop(): Hop {
    const { request, clientAddress, requestId, intent } = this.#exchange;
    const peer = plainAddress(request.socket.remoteAddress ?? "");
    return {
      peer,
      peerIsTrusted: this.#options.isTrustedPeer(peer),
      clientAddress,
      requestId,
      model: intent?.model,
      version: this.#options.version,
    };
  }
}

/** IPv4 addresses as people write them, also where the socket is an IPv6 one. */
function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
