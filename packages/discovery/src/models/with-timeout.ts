import { ProxyError } from "@olla-ts/core";
import type { Clock } from "@olla-ts/core/ports";

/**
 * Runs a task that is aborted, and given up, when it takes too long.
 *
 * @throws ProxyError `total_timeout` when time runs out, also if the task ignores its signal
 */
export async function withTimeout<Result>(
  clock: Clock,
  timeoutMs: number,
  task: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const { promise: expired, reject } = Promise.withResolvers<never>();
  using _timer = clock.schedule(() => {
    const error = new ProxyError("total_timeout", `No model list within ${timeoutMs} ms.`);
    controller.abort(error);
    reject(error);
  }, timeoutMs);
  return await Promise.race([task(controller.signal), expired]);
}
