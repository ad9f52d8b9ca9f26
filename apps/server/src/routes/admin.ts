import { ProxyError, type Endpoint } from "@olla-ts/core";
import type { Context, Hono } from "hono";

import { showsToken } from "../admin/bearer.ts";
import { addition, drainage, removal } from "../admin/endpoint-changes.ts";
import { errorBody } from "../error-body.ts";
import type { LocalEnv } from "../http/local-env.ts";
import type { Administration, Services } from "../http/services.ts";
import { readBody } from "../pipeline/read-body.ts";

const LIST = "/internal/admin/endpoints";
const ONE = `${LIST}/:name`;
/** Largest description of an endpoint, in bytes. */
const MAX_BODY = 65_536;

/**
 * `/internal/admin/endpoints`: endpoints are added, drained and removed while the gateway runs,
 * by whoever shows the token. Without `admin.enabled` there are no such routes.
 */
export function adminRoutes(app: Hono<LocalEnv>, services: Services): void {
  const { admin } = services;
  if (admin === undefined) return;
  app.use(LIST, (context, next) => guard(context, admin, next));
  app.use(`${LIST}/*`, (context, next) => guard(context, admin, next));
  app.get(LIST, (context) => {
    const endpoints = services.table().endpoints.map((one) => itemOf(one, services, admin));
    return context.json({ endpoints });
  });
  app.post(LIST, async (context) => {
    const body = await readBody(context.env.incoming, MAX_BODY);
    const spec = admin.readEndpoint(body?.toString("utf8") ?? "");
    await admin.alter(addition(spec), { action: "added", endpoint: spec.name });
    context.header("Location", `${LIST}/${encodeURIComponent(spec.name)}`);
    return context.json(item(spec.name, services, admin), 201);
  });
  app.get(ONE, (context) => context.json(item(context.req.param("name"), services, admin)));
  app.delete(ONE, async (context) => {
    const endpoint = context.req.param("name");
    const { in_flight } = item(endpoint, services, admin);
    await admin.alter(removal(endpoint), { action: "removed", endpoint });
    return context.json({ name: endpoint, removed: true, in_flight });
  });
  app.post(`${ONE}/drain`, async (context) => {
    const endpoint = context.req.param("name");
    await admin.alter(drainage(endpoint, true), { action: "drained", endpoint });
    return context.json(item(endpoint, services, admin));
  });
  app.post(`${ONE}/resume`, async (context) => {
    const endpoint = context.req.param("name");
    await admin.alter(drainage(endpoint, false), { action: "resumed", endpoint });
    return context.json(item(endpoint, services, admin));
  });
  app.all(LIST, (context) => refuse(context, "GET, HEAD, POST"));
  app.all(ONE, (context) => refuse(context, "GET, HEAD, DELETE"));
  app.all(`${ONE}/drain`, (context) => refuse(context, "POST"));
  app.all(`${ONE}/resume`, (context) => refuse(context, "POST"));
}

async function guard(
  context: Context<LocalEnv>,
  { token }: Administration,
  next: () => Promise<void>,
): Promise<Response | undefined> {
  context.header("Cache-Control", "no-store");
  if (showsToken(context.req.header("Authorization"), token)) {
    await next();
    return undefined;
  }
  const error = new ProxyError(
    "unauthorized",
    "Send the value of admin.token as Authorization: Bearer ….",
  );
  const body = errorBody("openai", error, context.get("requestId"));
  return context.json(body, 401, { "WWW-Authenticate": 'Bearer realm="olla"' });
}

interface EndpointItem {
  readonly name: string;
  readonly url: string;
  readonly type: string;
  readonly priority: number;
  readonly status: string;
  readonly draining: boolean;
  /** Requests that it is serving now. */
  readonly in_flight: number;
  readonly origin: "file" | "admin";
}

/** @throws ProxyError when there is none of that name */
function item(name: string, services: Services, admin: Administration): EndpointItem {
  const endpoint = services.table().endpoints.find((one) => one.name === name);
  if (endpoint !== undefined) return itemOf(endpoint, services, admin);
  throw new ProxyError("invalid_request", `There is no endpoint "${name}".`, { status: 404 });
}

function itemOf(
  { name, url, type, priority, slot }: Endpoint,
  { states }: Services,
  { changes }: Administration,
): EndpointItem {
  return {
    name,
    url,
    type,
    priority,
    status: states.status(slot),
    draining: states.isDraining(slot),
    in_flight: states.inFlight(slot),
    origin: changes().added.some((one) => one.name === name) ? "admin" : "file",
  };
}

function refuse(context: Context<LocalEnv>, allowed: string): Response {
  const message = `${context.req.method} is not allowed here; allowed: ${allowed}.`;
  const error = new ProxyError("method_not_allowed", message);
  const body = errorBody("openai", error, context.get("requestId"));
  return context.json(body, 405, { Allow: allowed });
}
