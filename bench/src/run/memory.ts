import { setTimeout as sleep } from "node:timers/promises";

import { usageOf } from "../measure/processes.ts";
import { activeChats, type Backend } from "./backend.ts";
import type { RunningTarget } from "./running-target.ts";
import type { Session } from "./session.ts";
import { HELD_MODEL, SMALL, SMALL_MODEL } from "./workloads.ts";

const ENDPOINTS = 120;
const SETTLE_MS = 3_000;
const LEFT_MS = 5_000;
const AFTER_MS = 20_000;
const HELD = [1_000, 5_000];
const MEGABYTE = 1_048_576;

/** W6: memory idle, after load, with open streams, and after their clients left without a word. */
export async function runMemory(session: Session): Promise<void> {
  await using backend = await session.backend(ENDPOINTS);
  for (let round = 1; round <= session.rounds; round += 1) {
    for (const target of session.gateways("W6", ENDPOINTS)) {
      await using running = await session.tryStart("W6", target, backend);
      if (running === undefined) continue;
      const figures = await memoryOf(session, running, backend);
      const place = { workload: "W6", target: target.name, round, endpoints: ENDPOINTS };
      session.results.add(place, { figures });
    }
  }
}

async function memoryOf(
  session: Session,
  running: RunningTarget,
  backend: Backend,
): Promise<Readonly<Record<string, number>>> {
  const resident = (): number => usageOf(running.pid).residentBytes / MEGABYTE;
  await sleep(SETTLE_MS);
  const figures: Record<string, number> = { idleMB: resident() };
  await session.load(running, SMALL, backend, [SMALL_MODEL]);
  figures["afterLoadMB"] = resident();
  for (const connections of HELD) {
    const load = await session.load(
      running,
      {
        ...SMALL,
        mode: "hold",
        stream: true,
        tokens: 120,
        connections,
        spreadMs: 10_000,
        warmMs: 12_000,
        silenceMs: 60_000,
      },
      backend,
      [HELD_MODEL],
    );
    const megabytes = (load.residentBytes["gateway"] ?? 0) / MEGABYTE;
    const before = figures["afterLoadMB"] ?? 0;
    figures[`held${connections}`] = load.held;
    figures[`held${connections}MB`] = megabytes;
    figures[`held${connections}CpuMsPerS`] = ((load.cpu["gateway"] ?? 0) / load.seconds) * 1e3;
    figures[`held${connections}Errors`] = Object.values(load.errors).reduce((a, b) => a + b, 0);
    figures[`held${connections}KBPerStream`] =
      load.held === 0 ? 0 : ((megabytes - before) * 1_024) / load.held;
    figures[`held${connections}KBPerStreamFromIdle`] =
      load.held === 0 ? 0 : ((megabytes - (figures["idleMB"] ?? 0)) * 1_024) / load.held;
    await sleep(LEFT_MS);
    figures[`stillActive5sAfter${connections}`] = await activeChats(backend);
  }
  await sleep(AFTER_MS);
  figures["afterMB"] = resident();
  figures["stillActiveAfter"] = await activeChats(backend);
  return figures;
}
