import type { Context, Hono } from "hono";

import type { LocalEnv } from "../http/local-env.ts";

type Handler = (context: Context<LocalEnv>) => Response | Promise<Response>;

/** A document: GET and HEAD read it, any other method is refused with what is allowed. */
export function readOnly(app: Hono<LocalEnv>, path: string, handler: Handler): void {
  app.get(path, handler);
  app.all(path, (context) => {
    const message = `${context.req.method} is not allowed here; use GET.`;
    const error = {
      message,
      type: "invalid_request_error",
      param: null,
      code: "method_not_allowed",
    };
    return context.json({ error }, 405, { Allow: "GET, HEAD" });
  });
}
