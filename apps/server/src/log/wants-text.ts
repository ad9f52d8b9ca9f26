/** What decides between lines for people and objects for programs. */
export interface FormatFacts {
  /** `logging.format`, from the file or from `OLLA_LOGGING_FORMAT`. */
  readonly format: string;
  readonly isTerminal: boolean;
  /** `OLLA_LOGGING_FORMAT`, which beats the terminal. */
  readonly chosen: string | undefined;
  /** `OLLA_PRETTY_LOGS`; false keeps a terminal from deciding. */
  readonly pretty: boolean | undefined;
}

/** Whether records on stdout are text. */
export function wantsText({ format, isTerminal, chosen = "", pretty }: FormatFacts): boolean {
  return format === "text" || (isTerminal && chosen === "" && pretty !== false);
}
