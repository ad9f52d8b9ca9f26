import type { Clock } from "@olla-ts/core/ports";

/** Runs again and again until disposed; 0 never runs. */
export function repeat(clock: Clock, everyMs: number, work: () => void): Disposable {
  let timer: Disposable | undefined;
  const again = (): void => {
    timer = clock.schedule(() => {
      work();
      again();
    }, everyMs);
  };
  if (everyMs > 0) again();
  return { [Symbol.dispose]: () => timer?.[Symbol.dispose]() };
}
