import type { IncomingMessage, ServerResponse } from "node:http";

import { getRequestListener, RequestError } from "@hono/node-server";
import { ProxyError } from "@olla-ts/core";
import type { RandomSource } from "@olla-ts/core/ports";
import type { Hono } from "hono";

import { errorBody } from "../error-body.ts";
import { requestIdOf } from "../pipeline/request-id.ts";
import type { LocalEnv } from "./local-env.ts";

/** Serves the gateway's own routes to node's server. */
export function createLocalListener(
  app: Hono<LocalEnv>,
  random: RandomSource,
): (request: IncomingMessage, response: ServerResponse) => void {
  const listener = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    // HTTP/1.0 needs no Host; no route reads it.
    hostname: "localhost",
    errorHandler: (thrown) => refusal(thrown, requestIdOf(undefined, random)),
  });
  return (request, response) => void listener(request, response);
}

/** The answer to a request that no URL can be made of. */
function refusal(thrown: unknown, requestId: string): Response {
  const error =
    thrown instanceof RequestError
      ? new ProxyError("invalid_request", "The request target or its Host is malformed.")
      : new ProxyError("internal", "Internal error.");
  return Response.json(errorBody("openai", error, requestId), {
    status: error.status,
    headers: { "X-Olla-Request-ID": requestId },
  });
}
