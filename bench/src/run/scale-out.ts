import { setTimeout as sleep } from "node:timers/promises";

import { cpuSecondsOf, usageOf } from "../measure/processes.ts";
import { ownModel } from "./backend.ts";
import type { Session } from "./session.ts";
import { SMALL, SMALL_MODEL, type LoadShape } from "./workloads.ts";

const SIZES = [1, 10, 100, 1_000];
const SETTLE_MS = 4_000;
const IDLE_MS = 6_000;
const WARMED: LoadShape = { ...SMALL, warmAnswers: 20_000 };
const MEGABYTE = 1_048_576;

/**
 * W8: what a request costs as endpoints grow. `W8-models` gives each endpoint a model
 * of its own, and every request draws one.
 */
export async function runScaleOut(session: Session, workload: string): Promise<void> {
  const ownModels = workload === "W8-models";
  for (let round = 1; round <= session.rounds; round += 1) {
    for (const endpoints of SIZES) {
      await using backend = await session.backend(endpoints, ownModels);
      for (const target of session.gateways(workload, endpoints)) {
        const models = ownModels
          ? Array.from({ length: endpoints }, (_, at) => ownModel(at))
          : [SMALL_MODEL];
        await using running = await session.tryStart(workload, target, backend, models.at(-1));
        if (running === undefined) continue;
        await sleep(SETTLE_MS);
        const before = cpuSecondsOf(running.pid);
        await sleep(IDLE_MS);
        const { cpuSeconds, residentBytes } = usageOf(running.pid);
        const load = await session.calmLoad(running, WARMED, backend, models);
        const place = {
          workload: `${workload}-${endpoints}`,
          target: target.name,
          round,
          endpoints,
        };
        session.results.add(place, {
          load,
          figures: {
            firstAnswerMs: running.firstAnswerMs,
            idleCpuMsPerS: ((cpuSeconds - before) / IDLE_MS) * 1e6,
            residentMB: residentBytes / MEGABYTE,
          },
        });
      }
    }
  }
}
