import type { Clock } from "@olla-ts/core/ports";
import { systemClock } from "@olla-ts/server/system-clock";

import { until, type TestGateway } from "./gateway.ts";

interface Scheduled {
  readonly callback: () => void;
  readonly dueAt: number;
  timer: Disposable;
}

/** Real time that a test can move on, so that half a minute of waiting costs nothing. */
export interface ShiftingClock extends Clock {
  /** Moves time on; what has fallen due runs soon after. */
  shift(byMs: number): void;
}

/** Builds a clock that goes with the real one until shifted. */
export function createShiftingClock(): ShiftingClock {
  let shiftMs = 0;
  const scheduled = new Set<Scheduled>();
  const now = (): number => systemClock.now() + shiftMs;

  function arm(entry: Scheduled): Disposable {
    const run = (): void => {
      scheduled.delete(entry);
      entry.callback();
    };
    return systemClock.schedule(run, Math.max(0, entry.dueAt - now()));
  }

  return {
    now,
    wallTime: () => systemClock.wallTime() + shiftMs,
    schedule(callback, delayMs) {
      const entry: Scheduled = {
        callback,
        dueAt: now() + delayMs,
        timer: { [Symbol.dispose]() {} },
      };
      entry.timer = arm(entry);
      scheduled.add(entry);
      return {
        [Symbol.dispose]() {
          entry.timer[Symbol.dispose]();
          scheduled.delete(entry);
        },
      };
    },
    shift(byMs) {
      shiftMs += byMs;
      for (const entry of scheduled) {
        entry.timer[Symbol.dispose]();
        entry.timer = arm(entry);
      }
    },
  };
}

/** Moves time on, and waits until probes that the leap cut short are made good and every endpoint is healthy. */
export async function shiftTime(
  clock: ShiftingClock,
  byMs: number,
  gateway: TestGateway,
): Promise<void> {
  clock.shift(byMs);
  const before = clock.wallTime();
  await until(async () => {
    const response = await fetch(`${gateway.url}/internal/status/endpoints`);
    const { endpoints } = (await response.json()) as { endpoints: Record<string, unknown>[] };
    return endpoints.every(
      ({ status, health_check_at: at }) => status === "healthy" && Date.parse(String(at)) >= before,
    );
  });
}
