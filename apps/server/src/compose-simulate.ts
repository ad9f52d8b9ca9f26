/** What `olla simulate` is told. */
export interface SimulateWorld {
  readonly words: readonly string[];
  readonly print: (text: string) => void;
  /** Ends the fleet. */
  readonly signal: AbortSignal;
}

/** Runs fake backends until the signal; resolves with the exit status. */
export async function simulate({ words, print, signal }: SimulateWorld): Promise<number> {
  const { runSimulator } = await import("@olla-ts/simulator");
  const write = (text: string): void => print(text.replaceAll("olla-simulator", "olla simulate"));
  return runSimulator({ words, write, signal });
}
