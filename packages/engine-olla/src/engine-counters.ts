/** What an engine counts since its start. */
export interface EngineCounters {
  attempts: number;
  /** Attempts that are over, however they ended. */
  ended: number;
  retries: number;
  failures: number;
  staleConnections: number;
  /** Bytes of response bodies received. */
  bytes: number;
}

/** All zero. */
export function createEngineCounters(): EngineCounters {
  return { attempts: 0, ended: 0, retries: 0, failures: 0, staleConnections: 0, bytes: 0 };
}
