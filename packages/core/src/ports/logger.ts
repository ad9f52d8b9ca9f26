/** What varies in a log line. Never holds bodies or credentials. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Structured log. Messages are constants; what varies goes in fields. pino's
 * loggers fit this port as they are.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** The same log, with these fields on every line. */
  child(fields: LogFields): Logger;
}
