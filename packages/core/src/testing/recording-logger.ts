import type { LogFields, Logger } from "../ports/logger.ts";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that keeps its lines for a test to read. Children write to the same list. */
export function createRecordingLogger(
  lines: LogLine[] = [],
  bindings: LogFields = {},
): Logger & { readonly lines: readonly LogLine[] } {
  function write(level: LogLine["level"]): (fields: LogFields, message: string) => void {
    return (fields, message) => {
      lines.push({ level, message, fields: { ...bindings, ...fields } });
    };
  }
  return {
    lines,
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: (fields) => createRecordingLogger(lines, { ...bindings, ...fields }),
  };
}
