import type { HttpBindings } from "@hono/node-server";

/** What a handler finds in its context. */
export interface LocalEnv {
  readonly Bindings: HttpBindings;
  readonly Variables: { requestId: string };
}
