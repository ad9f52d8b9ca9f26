import type { Hono } from "hono";

import type { LocalEnv } from "../http/local-env.ts";
import type { Services } from "../http/services.ts";
import { readOnly } from "./read-only.ts";

/** `/internal/health`: the process is up. `/internal/ready`: a request could be served. */
export function healthRoutes(app: Hono<LocalEnv>, services: Services): void {
  readOnly(app, "/internal/health", (context) => context.json({ status: "healthy" }));
  readOnly(app, "/internal/ready", (context) => {
    const { endpoints } = services.table();
    const routable = endpoints.filter(({ slot }) => services.states.isRoutable(slot)).length;
    const document = {
      status: routable > 0 ? "ready" : "not_ready",
      routable_count: routable,
      total_count: endpoints.length,
    };
    return context.json(document, routable > 0 ? 200 : 503);
  });
}
