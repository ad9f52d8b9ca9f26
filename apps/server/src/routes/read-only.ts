import { ProxyError } from "@olla-ts/core";
import type { Context, Hono } from "hono";

import { dialectOfPath, errorBody } from "../error-body.ts";
import type { LocalEnv } from "../http/local-env.ts";

type Handler = (context: Context<LocalEnv>) => Response | Promise<Response>;

/** A document: GET and HEAD read it, any other method is refused with what is allowed. */
export function readOnly(app: Hono<LocalEnv>, path: string, handler: Handler): void {
  app.get(path, handler);
  app.all(path, (context) => refuseMethod(context));
}

/** Refuses a method other than GET and HEAD. */
export function refuseMethod(context: Context<LocalEnv>): Response {
  const { method, path } = context.req;
  const message = `${method} is not allowed here; use GET.`;
  const error = new ProxyError("method_not_allowed", message);
  const body = errorBody(dialectOfPath(path), error, context.get("requestId"));
  return Response.json(body, { status: error.status, headers: { Allow: "GET, HEAD" } });
}
