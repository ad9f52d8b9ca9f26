import { failures } from "@olla-ts/core";
import type { RequestOutcome } from "@olla-ts/core/ports";

/** The four ways in which a request can end; each request has exactly one. */
export type OutcomeClass = "succeeded" | "failed" | "refused" | "aborted";

/**
 * What a request counts as. An answer without an error code succeeded, whatever
 * its status: the client's own 4xx is not held against anyone. A refusal is the
 * gateway's word alone: nothing was sent to a backend.
 */
export function outcomeClass({
  code,
  attempts,
}: Pick<RequestOutcome, "code" | "attempts">): OutcomeClass {
  if (code === undefined) return "succeeded";
  if (code === "client_aborted") return "aborted";
  return attempts === 0 && failures[code].origin !== "upstream" ? "refused" : "failed";
}
