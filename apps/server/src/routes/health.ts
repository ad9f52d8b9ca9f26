import type { Hono } from "hono";

import type { LocalEnv } from "../http/local-env.ts";
import { readOnly } from "./read-only.ts";

/** `/internal/health`: the process is up. */
export function healthRoute(app: Hono<LocalEnv>): void {
  readOnly(app, "/internal/health", (context) => context.json({ status: "healthy" }));
}
