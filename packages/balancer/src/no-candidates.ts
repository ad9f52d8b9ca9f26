import { ProxyError } from "@olla-ts/core";

/** What every strategy throws when there is nothing to select from. */
export function noCandidates(): ProxyError {
  return new ProxyError("no_endpoint", "No endpoint can take this request now.", {
    retryAfterSeconds: 5,
  });
}
