import type { CheckWorld } from "./check.ts";

/** The outside world of a command that prints for people. */
export interface CommandWorld extends CheckWorld {
  readonly isTerminal: boolean;
  readonly coloured: boolean;
  /** Characters of a line on the terminal; undefined when the output is none. */
  readonly columns: number | undefined;
  /** Writes to stderr. */
  readonly warn: (text: string) => void;
  readonly readStdin: () => Promise<Buffer>;
}
