/** Digits of a stamp: microseconds of the machine's monotonic clock. */
const DIGITS = 14;
const MARK = 0x7e;
const ZERO = 0x30;

/** A token's text: `~` and the time of its sending. */
export function stamp(microseconds: number): string {
  return `~${microseconds.toString().padStart(DIGITS, "0")}`;
}

/** Finds stamps in a body, wherever it was cut. */
export class StampReader {
  readonly #onStamp: (sentMicroseconds: number) => void;
  /** Digits still missing of the stamp that has begun. */
  #missing = 0;
  #value = 0;

  constructor(onStamp: (sentMicroseconds: number) => void) {
    this.#onStamp = onStamp;
  }

  push(data: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end) {
      if (this.#missing === 0) {
        const mark = data.indexOf(MARK, at);
        if (mark === -1 || mark >= end) return;
        at = mark + 1;
        this.#missing = DIGITS;
        this.#value = 0;
      }
      while (at < end && this.#missing > 0) {
        const digit = (data[at] ?? 0) - ZERO;
        this.#missing = digit < 0 || digit > 9 ? 0 : this.#missing - 1;
        this.#value = this.#value * 10 + digit;
        at += 1;
        if (this.#missing === 0 && digit >= 0 && digit <= 9) this.#onStamp(this.#value);
      }
    }
  }
}
