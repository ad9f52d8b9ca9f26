import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import type { HeaderList, RoutingTable } from "@olla-ts/core";
import type { Clock, RandomSource } from "@olla-ts/core/ports";

import { Exchange } from "../pipeline/exchange.ts";
import { handleProxyRequest, type PipelineOptions } from "../pipeline/pipeline.ts";
import { matchProxyRoute, redirectTarget, type ProxyRoute } from "../pipeline/proxy-route.ts";
import { writeRefusal } from "../pipeline/refuse.ts";
import { requestIdOf } from "../pipeline/request-id.ts";
import { ClientErrors } from "./client-error.ts";
import type { Cors } from "./cors.ts";
import { headFault, targetOf } from "./head-fault.ts";
import { refuseExpectation } from "./refuse-expectation.ts";

/** Limits of client connections, in milliseconds and bytes. */
export interface ListenerLimits {
  readonly requestTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly maxHeaderBytes: number;
}

/** What serves requests under one configuration. */
export interface ServingPlane {
  readonly pipeline: PipelineOptions;
  /** Undefined when CORS is off. */
  readonly cors: Cors | undefined;
  /** Everything that is not forwarded: internal documents and model lists. */
  readonly local: (request: IncomingMessage, response: ServerResponse) => void;
  /** Whether a proxy route's path is answered by `local` all the same. */
  readonly isLocal: (method: string, route: ProxyRoute) => boolean;
}

export interface GatewayServerOptions {
  /** Those that the listener begins with. */
  readonly limits: ListenerLimits;
  /** The table in force now. */
  readonly table: () => RoutingTable;
  /** What serves a request that begins now. */
  readonly plane: () => ServingPlane;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** Client heads may be this much larger than the limit before the parser itself refuses them. */
const HEADER_MARGIN = 4_096;

/**
 * The listener. Proxy requests are dispatched here, before the router that
 * serves everything else (docs/decisions/0003): that saves them its cost.
 */
export function createGatewayServer(options: GatewayServerOptions): Server {
  const { limits } = options;
  const clientErrors = new ClientErrors(options);
  const server = createServer(
    {
      requestTimeout: limits.requestTimeoutMs,
      headersTimeout: headersTimeout(limits),
      connectionsCheckingInterval: checkingInterval(limits),
      keepAliveTimeout: limits.idleTimeoutMs,
      maxHeaderSize: limits.maxHeaderBytes + HEADER_MARGIN,
      noDelay: true,
      // A missing Host is refused by `dispatch`, in the form of all other refusals.
      requireHostHeader: false,
    },
    (request, response) => {
      clientErrors.track(request, response);
      dispatch(request, response, options);
    },
  );
  if (limits.writeTimeoutMs > 0) server.setTimeout(limits.writeTimeoutMs);
  server.on("checkExpectation", refuseExpectation(options.random));
  server.on("clientError", (error, socket) => clientErrors.answer(error, socket));
  return server;
}

/** Puts other limits in force, for connections to come and requests to come. The largest head stays. */
export function applyLimits(server: Server, limits: ListenerLimits): void {
  server.requestTimeout = limits.requestTimeoutMs;
  server.headersTimeout = headersTimeout(limits);
  server.keepAliveTimeout = limits.idleTimeoutMs;
  server.setTimeout(limits.writeTimeoutMs);
}

/** A head is part of its request: node refuses to start with a longer limit for it. */
function headersTimeout({ headersTimeoutMs, requestTimeoutMs }: ListenerLimits): number {
  return requestTimeoutMs > 0 ? Math.min(headersTimeoutMs, requestTimeoutMs) : headersTimeoutMs;
}

/** Time-outs are noticed at the next check only, so they are that much late at most. */
function checkingInterval(limits: ListenerLimits): number {
  return Math.min(1_000, Math.max(50, headersTimeout(limits) / 4));
}

function dispatch(
  request: IncomingMessage,
  response: ServerResponse,
  { table: current, plane, clock, random }: GatewayServerOptions,
): void {
  // An earlier answer said that it was the last one of this connection.
  if (request.socket.writableEnded) return;
  const { pipeline, cors, local, isLocal } = plane();
  const target = targetOf(request);
  const requestId = requestIdOf(singleHeader(request, "x-request-id"), random);
  const corsFields = cors?.fieldsFor(request) ?? [];
  const fault = headFault(request, target);
  if (fault !== undefined) {
    const fields = ownFields(requestId, corsFields);
    writeRefusal(request, response, { error: fault, requestId, fields });
    return;
  }
  if (cors?.answerPreflight(request, response) === true) return;
  if (target === "*") {
    response.writeHead(200, [...ownFields(requestId, corsFields), "Content-Length", "0"]).end();
    return;
  }
  const startedAt = clock.now();
  const table = current();
  const redirect = redirectTarget(target, table);
  if (redirect !== undefined) {
    response.writeHead(307, [...ownFields(requestId, corsFields), "Location", redirect]).end();
    return;
  }
  const route = matchProxyRoute(target, table);
  const { method = "GET", url = "/", rawHeaders } = request;
  if (route === undefined || isLocal(method, route)) {
    const error = pipeline.checkHead(method, url, rawHeaders);
    if (error === undefined) local(request, response);
    else {
      const fields = ownFields(requestId, corsFields);
      writeRefusal(request, response, { error, requestId, fields });
    }
    return;
  }
  const exchange = new Exchange(request, response, route, table, requestId, startedAt);
  exchange.corsFields = corsFields;
  void handleProxyRequest(exchange, pipeline);
}

/** Fields of the listener's own answers. */
function ownFields(requestId: string, corsFields: HeaderList): string[] {
  return ["X-Olla-Request-ID", requestId, ...corsFields];
}

export function singleHeader(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
}
