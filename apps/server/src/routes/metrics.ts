import type { Hono } from "hono";

import type { LocalEnv } from "../http/local-env.ts";
import type { Services } from "../http/services.ts";
import { readOnly } from "./read-only.ts";

const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** `/internal/metrics`: Prometheus text. */
export function metricsRoute(app: Hono<LocalEnv>, { metrics }: Services): void {
  readOnly(app, "/internal/metrics", (context) =>
    context.body(metrics(), 200, { "Content-Type": CONTENT_TYPE }),
  );
}
