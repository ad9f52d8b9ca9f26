import type { RecentFigures } from "@olla-ts/core/ports";

/** One request that is over, as far as the figures of the last minute need it. */
export interface WindowEntry {
  readonly failed: boolean;
  readonly succeeded: boolean;
  readonly durationMs: number;
  /** Of streams alone. */
  readonly firstTokenMs: number | undefined;
  readonly outputTokens: number;
}

const PART_MS = 5_000;
const PARTS = 12;

const FIELD = {
  requests: 0,
  failed: 1,
  succeeded: 2,
  durationMs: 3,
  firstTokens: 4,
  firstTokenMs: 5,
  tokens: 6,
  /** Those of answers whose pace is known, and the time they took. */
  pacedTokens: 7,
  pacedMs: 8,
} as const;
const FIELDS = Object.keys(FIELD).length;

/** Counts of the last minute in parts of five seconds; of fixed size. */
export class TrafficWindow {
  readonly #cells = new Float64Array(PARTS * FIELDS);
  /** Which five seconds, counted from the clock's zero, each part holds. */
  readonly #periods = new Float64Array(PARTS).fill(-1);
  /** Monotonic milliseconds. */
  readonly startedAt: number;

  /** @param now monotonic milliseconds */
  constructor(now: number) {
    this.startedAt = now;
  }

  add(now: number, entry: WindowEntry): void {
    const row = this.#rowAt(now);
    this.#add(row + FIELD.requests, 1);
    this.#add(row + FIELD.tokens, entry.outputTokens);
    if (entry.failed) this.#add(row + FIELD.failed, 1);
    if (!entry.succeeded) return;
    this.#add(row + FIELD.succeeded, 1);
    this.#add(row + FIELD.durationMs, entry.durationMs);
    const { firstTokenMs, outputTokens } = entry;
    if (firstTokenMs !== undefined) {
      this.#add(row + FIELD.firstTokens, 1);
      this.#add(row + FIELD.firstTokenMs, firstTokenMs);
    }
    if (outputTokens < 2) return;
    // The first token of a stream is there when the measured time begins.
    this.#add(
      row + FIELD.pacedTokens,
      firstTokenMs === undefined ? outputTokens : outputTokens - 1,
    );
    this.#add(row + FIELD.pacedMs, entry.durationMs - (firstTokenMs ?? 0));
  }

  /** Whether nothing happened in the last minute. */
  isIdle(now: number): boolean {
    const oldest = Math.floor(now / PART_MS) - PARTS;
    return this.#periods.every((period) => period <= oldest);
  }

  read(now: number): RecentFigures {
    const oldest = Math.floor(now / PART_MS) - PARTS;
    const sum = (field: number): number => {
      let total = 0;
      for (let part = 0; part < PARTS; part += 1) {
        if ((this.#periods[part] ?? -1) > oldest) total += this.#cells[part * FIELDS + field] ?? 0;
      }
      return total;
    };
    const begun = Math.max(this.startedAt, (oldest + 1) * PART_MS);
    const seconds = Math.max(1, (now - begun) / 1_000);
    const requests = sum(FIELD.requests);
    const failed = sum(FIELD.failed);
    const pacedMs = sum(FIELD.pacedMs);
    return {
      requestsPerSecond: requests / seconds,
      failedPerSecond: failed / seconds,
      averageMs: ratio(sum(FIELD.durationMs), sum(FIELD.succeeded)),
      firstTokenMs: ratio(sum(FIELD.firstTokenMs), sum(FIELD.firstTokens)),
      tokensPerSecond: ratio(sum(FIELD.pacedTokens) * 1_000, pacedMs),
      tokenThroughput: sum(FIELD.tokens) / seconds,
    };
  }

  #rowAt(now: number): number {
    const period = Math.floor(now / PART_MS);
    const part = period % PARTS;
    const row = part * FIELDS;
    if (this.#periods[part] !== period) {
      this.#periods[part] = period;
      this.#cells.fill(0, row, row + FIELDS);
    }
    return row;
  }

  #add(cell: number, amount: number): void {
    this.#cells[cell] = (this.#cells[cell] ?? 0) + amount;
  }
}

function ratio(sum: number, count: number): number | undefined {
  return count > 0 ? sum / count : undefined;
}

/** Without any request. */
export const NO_RECENT_TRAFFIC: RecentFigures = {
  requestsPerSecond: 0,
  failedPerSecond: 0,
  averageMs: undefined,
  firstTokenMs: undefined,
  tokensPerSecond: undefined,
  tokenThroughput: 0,
};
