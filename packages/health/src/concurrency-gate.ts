/** Lets so many in at a time; the others wait in the order of coming. */
export interface ConcurrencyGate {
  /** Resolves once there is room; disposing what it gives makes room again. */
  enter(): Promise<Disposable>;
}

/** @param places at least 1 */
export function createConcurrencyGate(places: number): ConcurrencyGate {
  let free = places;
  const waiting: (() => void)[] = [];

  function leave(): void {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  }

  return {
    async enter() {
      if (free > 0) {
        free -= 1;
      } else {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.push(resolve);
        await promise;
      }
      return { [Symbol.dispose]: leave };
    },
  };
}
