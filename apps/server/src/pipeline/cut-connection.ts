import type { ServerResponse } from "node:http";

import type { Clock } from "@olla-ts/core/ports";

/** How long a client may take to read the last words before it is cut off all the same. */
const PATIENCE_MS = 1_000;

/**
 * Sends the last words of an answer that broke, and cuts the connection without
 * the end of the body: a client that knows no error events sees that it broke.
 */
export function cutConnection(response: ServerResponse, lastWords: string, clock: Clock): void {
  const deadline = clock.schedule(() => response.destroy(), PATIENCE_MS);
  response.write(lastWords, () => {
    deadline[Symbol.dispose]();
    response.destroy();
  });
}
