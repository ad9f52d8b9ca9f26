import { describeCancellation } from "./proxy-engine/cancellation-cases.ts";
import { describeConnections } from "./proxy-engine/connection-cases.ts";
import {
  type AllowedDifferences,
  type MakeEngine,
  runContract,
} from "./proxy-engine/engine-harness.ts";
import { describeLifecycle } from "./proxy-engine/lifecycle-cases.ts";
import { describeRequests } from "./proxy-engine/request-cases.ts";
import { describeResponses } from "./proxy-engine/response-cases.ts";
import { describeRetries } from "./proxy-engine/retry-cases.ts";
import { describeStreams } from "./proxy-engine/stream-cases.ts";
import { describeTimeouts } from "./proxy-engine/timeout-cases.ts";
import { describeTls } from "./proxy-engine/tls-cases.ts";

/**
 * What every `ProxyEngine` keeps, tested over real sockets on 127.0.0.1 against
 * servers that misbehave on command. At the end of each case the observer's
 * account must be exact and agree with `getStats`.
 *
 * ```ts
 * describeProxyEngine(({ timeouts, observer }) => createMyEngine({ timeouts, observer }));
 * ```
 *
 * @param make a new engine for each case, without a cap on connections
 * @param allowed titles of cases it does not keep, each with the reason
 */
export function describeProxyEngine(make: MakeEngine, allowed: AllowedDifferences = {}): void {
  runContract(
    {
      "sends requests": describeRequests,
      "relays responses": describeResponses,
      "streams bodies": describeStreams,
      cancels: describeCancellation,
      "keeps its limits": describeTimeouts,
      retries: describeRetries,
      "handles connections": describeConnections,
      "speaks TLS": describeTls,
      "keeps accounts and ends": describeLifecycle,
    },
    make,
    allowed,
  );
}
