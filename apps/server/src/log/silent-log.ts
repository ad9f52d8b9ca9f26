import type { Logger } from "@olla-ts/core/ports";

function ignore(): void {}

/** A log that nobody reads. */
export function createSilentLog(): Logger {
  const log: Logger = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: ignore,
    child: () => log,
  };
  return log;
}
