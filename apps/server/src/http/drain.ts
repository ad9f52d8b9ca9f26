import type { Server } from "node:http";
import { setImmediate } from "node:timers/promises";

import type { Clock } from "@olla-ts/core/ports";

/** How often connections that became idle are closed while draining. */
const SWEEP_EVERY_MS = 50;

/**
 * Stops accepting and waits for what is in flight, at most `timeoutMs`; whatever
 * is left then is cut.
 *
 * @returns whether every request could end by itself
 */
export async function drain(server: Server, clock: Clock, timeoutMs: number): Promise<boolean> {
  await acceptWaiting(server);
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

/** Turns of the event loop after which a listener closes even though clients still come. */
const LAST_TURN = 64;

/**
 * The system resets connections that it has established and nobody has accepted yet when their
 * listener closes. Each turn of the event loop accepts some, until there are none.
 */
async function acceptWaiting(server: Server): Promise<void> {
  let accepted = 0;
  const count = (): void => void (accepted += 1);
  server.on("connection", count);
  for (let turn = 0, before = -1; before !== accepted && turn < LAST_TURN; turn += 1) {
    before = accepted;
    // The first may come before this turn has looked for connections.
    await setImmediate();
    await setImmediate();
  }
  server.off("connection", count);
}
