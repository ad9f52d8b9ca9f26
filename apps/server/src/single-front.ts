import type { Server } from "node:http";

import type { Clock } from "@olla-ts/core/ports";

import type { ConfigFile } from "./config/schema.ts";
import type { Front } from "./front.ts";
import { drain } from "./http/drain.ts";
import { applyLimits, type ListenerLimits } from "./http/gateway-server.ts";
import { bind, listen } from "./serve.ts";

/** One listener, in this thread. */
export function createSingleFront(
  server: Server,
  clock: Clock,
  limitsOf: (config: ConfigFile) => ListenerLimits,
): Front {
  const done = Promise.resolve();
  return {
    listen: (host, port) => listen(host, port, (wanted) => bind(server, wanted)),
    drain: (timeoutMs) => drain(server, clock, timeoutMs),
    publish() {},
    changeOver(config) {
      applyLimits(server, limitsOf(config));
      return { inForce: done, retired: done };
    },
    caughtUp: () => done,
    terminate: () => done,
    [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      return done;
    },
  };
}
