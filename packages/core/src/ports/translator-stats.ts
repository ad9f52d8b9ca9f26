import type { LatencyStats, RequestOutcome, TrafficStats } from "./stats-collector.ts";

/** A dialect of clients whose requests can be translated. */
export type TranslatorName = "anthropic" | "openai-chat" | "openai-responses" | "ollama";

/** Why a request was not passed through as it came. */
export type PassthroughFallback =
  | "no_compatible_endpoints"
  | "translator_does_not_support_passthrough"
  | "cannot_passthrough";

/** Classes of the status that clients were answered with. */
export type StatusClass = "2xx" | "3xx" | "4xx" | "5xx";

/** What a translator had to do with one request. */
export interface TranslatorUse {
  readonly translator: TranslatorName;
  /** `translated` also for a request that was refused before anybody could serve it. */
  readonly mode: "passthrough" | "translated";
  /** Undefined when it was passed through, or refused for what is wrong with it. */
  readonly fallback: PassthroughFallback | undefined;
  /** Whether the client asked for a stream. */
  readonly stream: boolean;
  /** From the request line to the first part of the backend's answer; undefined when there was none. */
  readonly firstTokenMs: number | undefined;
  /** Fields that could not be said in the backend's dialect, in the client's words. */
  readonly dropped: readonly string[];
}

/** Figures of one translator since the start. */
export interface TranslatorFigures {
  readonly name: TranslatorName;
  readonly traffic: TrafficStats;
  readonly passthrough: number;
  readonly translated: number;
  readonly streaming: number;
  readonly fallbacks: Readonly<Record<PassthroughFallback, number>>;
  /** Answers by class of their status. Clients that left are in none. */
  readonly statuses: Readonly<Record<StatusClass, number>>;
  /** Time to the first token, of successful streams. */
  readonly firstToken: LatencyStats;
  /** Requests per field that was left out; a bounded number of names, the rest is `other`. */
  readonly dropped: ReadonlyMap<string, number>;
}

/** Counts requests that a translator had to do with. `record` is on the request path: must not await. */
export interface TranslatorStats {
  /** @param outcome the same that the statistics of all requests are given */
  record(use: TranslatorUse, outcome: RequestOutcome): void;
  /** Translators that were used, in a fixed order. */
  figures(): readonly TranslatorFigures[];
}
