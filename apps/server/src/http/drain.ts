import type { Server } from "node:http";

import type { Clock } from "@olla-ts/core/ports";

/** How often connections that became idle are closed while draining. */
const SWEEP_EVERY_MS = 50;

/**
 * Stops accepting and waits for what is in flight, at most `timeoutMs`; whatever
 * is left then is cut.
 *
 * @returns whether every request could end by itself
 */
export function drain(server: Server, clock: Clock, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    let sweep: Disposable | undefined;
    let deadline: Disposable | undefined;
    let complete = true;
    server.close(() => {
      sweep?.[Symbol.dispose]();
      deadline?.[Symbol.dispose]();
      resolve(complete);
    });
    const closeIdle = (): void => {
      server.closeIdleConnections();
      sweep = clock.schedule(closeIdle, SWEEP_EVERY_MS);
    };
    closeIdle();
    deadline = clock.schedule(() => {
      complete = false;
      server.closeAllConnections();
    }, timeoutMs);
  });
}
