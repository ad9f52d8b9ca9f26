import {
  upstreamModelName,
  upstreamPath,
  type Cancellation,
  type Endpoint,
  type HeaderList,
  type RoutedDecision,
} from "@olla-ts/core";
import type {
  LoadBalancer,
  ProxyEngine,
  ProxyRequest,
  ProxyResponse,
  UpstreamRequest,
} from "@olla-ts/core/ports";

import { withModel } from "./body-scanner.ts";
import type { Exchange } from "./exchange.ts";
import { select } from "./select.ts";
import { upstreamHeaders, type Hop } from "./upstream-headers.ts";

export interface ForwardOptions {
  readonly engine: ProxyEngine;
  readonly balancer: LoadBalancer;
  readonly isTrustedPeer: (address: string) => boolean;
  readonly version: string;
}

const NO_FIELDS: HeaderList = [];

/** Changing a backend's models twice does harm; everything else that is posted is inference. */
const MANAGEMENT = /\/(?:pull|push|create|copy|delete|load|unload|blobs)(?:\/|$)/;

/**
 * Fifth step: sends the request, over further candidates while the client has
 * nothing yet, and resolves with the answer's head.
 *
 * @throws ProxyError when nobody answered
 */
export async function forward(
  exchange: Exchange,
  decision: RoutedDecision,
  options: ForwardOptions,
): Promise<ProxyResponse> {
  const request = new ForwardedRequest(exchange, decision, options);
  const response = await options.engine.processRequest(request);
  exchange.upstream = response;
  return response;
}

class ForwardedRequest implements ProxyRequest {
  readonly candidates: readonly Endpoint[];
  readonly cancellation: Cancellation;
  readonly #exchange: Exchange;
  readonly #decision: RoutedDecision;
  readonly #options: ForwardOptions;

  constructor(exchange: Exchange, decision: RoutedDecision, options: ForwardOptions) {
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
    return select(this.#exchange, this.#options.balancer, remaining);
  }

  toUpstream(endpoint: Endpoint): UpstreamRequest {
    const { request, route, table, intent, body } = this.#exchange;
    const own = table.upstreamHeaders.get(endpoint.slot) ?? NO_FIELDS;
    const profile = table.profiles.get(endpoint.type);
    return {
      method: request.method ?? "GET",
      path: upstreamPath(endpoint, profile, route.path, route.query, intent?.operation),
      headers: upstreamHeaders(request.rawHeaders, own, this.#hop()),
      body: body === undefined ? undefined : this.#bodyFor(endpoint, body),
    };
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
