import { usageOf } from "../measure/processes.ts";
import type { Session } from "./session.ts";

const ENDPOINTS = 3;
const MEGABYTE = 1_048_576;

/** W7: from starting the process to the first answered chat. */
export async function runStartup(session: Session): Promise<void> {
  await using backend = await session.backend(ENDPOINTS);
  for (let round = 1; round <= session.rounds; round += 1) {
    for (const target of session.gateways("W7", ENDPOINTS)) {
      await session.quiet();
      await using running = await session.tryStart("W7", target, backend);
      if (running === undefined) continue;
      const { cpuSeconds, residentBytes } = usageOf(running.pid);
      const place = { workload: "W7", target: target.name, round, endpoints: ENDPOINTS };
      session.results.add(place, {
        figures: {
          firstAnswerMs: running.firstAnswerMs,
          cpuSeconds,
          residentMB: residentBytes / MEGABYTE,
        },
      });
    }
  }
}
