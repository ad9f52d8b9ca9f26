import type { IncomingMessage } from "node:http";

import type { Exchange } from "./exchange.ts";

/** The parts of an exchange that tell what is asked. */
export interface Question extends Pick<
  Exchange,
  "route" | "table" | "clientAddress" | "body" | "bodyFacts"
> {
  readonly request: Pick<IncomingMessage, "headers">;
}
