import { ProxyError } from "@olla-ts/core";
import type { Context, Hono } from "hono";

import { errorBody } from "../error-body.ts";
import type { LocalEnv } from "../http/local-env.ts";
import type { Services } from "../http/services.ts";
import type { EndpointOutcome, RouteExplanation } from "../pipeline/explanation.ts";
import { readBody } from "../pipeline/read-body.ts";

const PATH = "/internal/route/explain";

/** Where most clients send their requests. */
export const DEFAULT_TARGET = "/olla/openai/v1/chat/completions";

/**
 * `POST /internal/route/explain?path=…&method=…`: where a request with this body and these
 * header fields would go, and why. It goes nowhere.
 */
export function explainRoute(app: Hono<LocalEnv>, { explain }: Services): void {
  app.post(PATH, async (context) => {
    const { incoming } = context.env;
    const query = new URL(context.req.url).searchParams;
    const body = await readBody(incoming, explain.maxBodyBytes);
    const explanation = explain.route({
      method: query.get("method")?.toUpperCase() ?? "POST",
      target: query.get("path") ?? DEFAULT_TARGET,
      headers: incoming.headers,
      body,
      clientAddress: explain.clientAddress(
        incoming.socket.remoteAddress ?? "",
        incoming.rawHeaders,
      ),
    });
    context.header("Cache-Control", "no-store");
    return context.json(explanationDocument(explanation));
  });
  app.all(PATH, (context) => refuse(context));
}

function refuse(context: Context<LocalEnv>): Response {
  const message = `${context.req.method} is not allowed here; POST the body of a request.`;
  const error = new ProxyError("method_not_allowed", message);
  const body = errorBody("openai", error, context.get("requestId"));
  return Response.json(body, { status: error.status, headers: { Allow: "POST" } });
}

/** The explanation as the API tells it. */
export function explanationDocument(explanation: RouteExplanation): object {
  const { request, balancer, action, strategy, reason, alias, error } = explanation;
  return {
    request,
    action,
    strategy,
    reason,
    alias,
    balancer: { ...balancer, config_key: "proxy.load_balancer" },
    winner: explanation.winner ?? null,
    runner_up: explanation.runnerUp ?? null,
    endpoints: explanation.endpoints.map((one) => endpointItem(one)),
    error,
    notes: explanation.notes,
  };
}

function endpointItem(outcome: EndpointOutcome): object {
  const { name, type, priority, status, plan, model, score, removedBy } = outcome;
  return {
    name,
    type,
    priority,
    status,
    in_flight: outcome.inFlight,
    outcome: outcome.outcome,
    ...(removedBy !== undefined && {
      removed_by: {
        filter: removedBy.filter,
        detail: removedBy.detail,
        config_key: removedBy.configKey,
      },
    }),
    model,
    mode: plan?.mode,
    operation: plan?.operation,
    score,
    score_detail: outcome.scoreDetail,
  };
}
