/** Time, as an option of everything that needs it. */
export interface Clock {
  /** Monotonic, in milliseconds with fractions; counts from the same zero in every thread of the process. */
  now(): number;
  /** Milliseconds since 1970, for what people read. */
  wallTime(): number;
  /** Calls back once after `delayMs`, unless disposed before. Does not keep the process alive. */
  schedule(callback: () => void, delayMs: number): Disposable;
}
