import { CounterGrid, type SharedState } from "@olla-ts/core";
import type {
  Clock,
  RequestOutcome,
  StatusClass,
  TranslatorFigures,
  TranslatorName,
  TranslatorStats,
  TranslatorUse,
} from "@olla-ts/core/ports";

import { DROPPED_FIELDS, droppedFieldIndex } from "./dropped-fields.ts";
import { LatencyRows } from "./latency-rows.ts";
import { outcomeClass } from "./outcome-class.ts";
import { TrafficRows } from "./traffic-rows.ts";

export interface TranslatorStatsOptions {
  /** Memory of the counters; the same in every thread that counts. */
  readonly shared: SharedState;
  /** Read for `lastUsedAt`. */
  readonly clock: Clock;
}

/** By row. */
const NAMES: readonly TranslatorName[] = ["anthropic", "openai-chat", "openai-responses", "ollama"];

const ROW: Readonly<Record<TranslatorName, number>> = {
  anthropic: 0,
  "openai-chat": 1,
  "openai-responses": 2,
  ollama: 3,
};

/** Counters of one row beyond those that every group of requests has. */
const COLUMN = {
  passthrough: 0,
  translated: 1,
  streaming: 2,
  no_compatible_endpoints: 3,
  translator_does_not_support_passthrough: 4,
  cannot_passthrough: 5,
  "2xx": 6,
  "3xx": 7,
  "4xx": 8,
  "5xx": 9,
} as const;

/** A row per translator, over memory that all threads count in. */
export function createTranslatorStats({ shared, clock }: TranslatorStatsOptions): TranslatorStats {
  const rows = NAMES.length;
  const traffic = new TrafficRows(shared, "stats.translators", rows);
  const firstTokens = new LatencyRows(shared, "stats.translators.first-token", rows);
  const uses = new CounterGrid(shared, "stats.translators.uses", rows, Object.keys(COLUMN).length);
  const dropped = new CounterGrid(shared, "stats.translators.dropped", rows, DROPPED_FIELDS.length);

  function countDropped(row: number, fields: readonly string[]): void {
    if (fields.length === 0) return;
    // Several paths of one request may lead to the same counter.
    const indexes = new Set(fields.map((field) => droppedFieldIndex(field)));
    for (const index of indexes) dropped.add(row, index);
  }

  function droppedIn(row: number): ReadonlyMap<string, number> {
    return new Map(
      DROPPED_FIELDS.map((name, index) => [name, dropped.read(row, index)] as const).filter(
        ([, requests]) => requests > 0,
      ),
    );
  }

  function figuresOf(name: TranslatorName): TranslatorFigures {
    const row = ROW[name];
    const read = (column: keyof typeof COLUMN): number => uses.read(row, COLUMN[column]);
    return {
      name,
      traffic: traffic.read(row),
      passthrough: read("passthrough"),
      translated: read("translated"),
      streaming: read("streaming"),
      fallbacks: {
        no_compatible_endpoints: read("no_compatible_endpoints"),
        translator_does_not_support_passthrough: read("translator_does_not_support_passthrough"),
        cannot_passthrough: read("cannot_passthrough"),
      },
      statuses: {
        "2xx": read("2xx"),
        "3xx": read("3xx"),
        "4xx": read("4xx"),
        "5xx": read("5xx"),
      },
      firstToken: firstTokens.read(row),
      dropped: droppedIn(row),
    };
  }

  return {
    record(use: TranslatorUse, outcome: RequestOutcome): void {
      const row = ROW[use.translator];
      const result = outcomeClass(outcome);
      traffic.record(row, outcome, result, BigInt(Math.trunc(clock.wallTime())));
      uses.add(row, COLUMN[use.mode]);
      if (use.stream) uses.add(row, COLUMN.streaming);
      if (use.fallback !== undefined) uses.add(row, COLUMN[use.fallback]);
      if (result !== "aborted") uses.add(row, COLUMN[statusClass(outcome.status)]);
      if (use.stream && result === "succeeded" && use.firstTokenMs !== undefined) {
        firstTokens.record(row, use.firstTokenMs);
      }
      countDropped(row, use.dropped);
    },
    figures: () =>
      NAMES.map((name) => figuresOf(name)).filter((figures) => figures.traffic.requests > 0),
  };
}

function statusClass(status: number): StatusClass {
  if (status >= 500) return "5xx";
  if (status >= 400) return "4xx";
  return status >= 300 ? "3xx" : "2xx";
}
