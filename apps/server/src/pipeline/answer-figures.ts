import type { TokenUsage } from "./translation.ts";

/** What an answer states about itself; undefined where it does not. */
export interface AnswerFigures {
  readonly usage: TokenUsage | undefined;
  readonly tokensPerSecond: number | undefined;
  /** From the backend's start of the request to its first token, in milliseconds. */
  readonly firstTokenMs: number | undefined;
  /** Whether a stream ends with an error that the backend reports in it. */
  readonly endsInError: boolean;
}
