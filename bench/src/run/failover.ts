import { setTimeout as sleep } from "node:timers/promises";

import type { Mode } from "../backend/endpoint.ts";
import type { LoadResult } from "../load/plan.ts";
import type { Backend } from "./backend.ts";
import type { Session } from "./session.ts";
import { SLOW_MODEL, SMALL, type LoadShape } from "./workloads.ts";

/** What the endpoint does, by the name of the workload. */
export const failoverModes: Readonly<Record<string, Mode>> = {
  W5: "refuse",
  "W5-hang": "hang",
  "W5-reset": "reset",
  "W5-503": 503,
};

const ENDPOINTS = 3;
const SETTLE_MS = 2_000;
const POLL_MS = 20;

/** When the endpoint fails, is well again, and the measurement ends, from its begin. */
export interface FailoverTimes {
  readonly failMs: number;
  readonly healMs: number;
  readonly totalMs: number;
}

const TIMES: FailoverTimes = { failMs: 5_000, healMs: 12_000, totalMs: 30_000 };

const SHAPE: LoadShape = {
  ...SMALL,
  connections: 16,
  warmMs: 0,
  timeline: true,
  silenceMs: 35_000,
};

/** W5: one of three endpoints fails under load and heals. */
export async function runFailover(session: Session, workload: string): Promise<void> {
  const mode = failoverModes[workload];
  if (mode === undefined) throw new Error(`no workload ${workload}`);
  await using backend = await session.backend(ENDPOINTS);
  for (let round = 1; round <= session.rounds; round += 1) {
    for (const target of session.gateways(workload, ENDPOINTS)) {
      await using running = await session.tryStart(workload, target, backend);
      if (running === undefined) continue;
      await sleep(SETTLE_MS);
      const shape = { ...SHAPE, measureMs: TIMES.totalMs };
      const [load, backAfterMs] = await Promise.all([
        session.load(running, shape, backend, [SLOW_MODEL]),
        failAndHeal(backend, mode),
      ]);
      const place = { workload, target: target.name, round, endpoints: ENDPOINTS };
      session.results.add(place, { load, figures: { ...failures(load), backAfterMs } });
    }
  }
}

/** @returns milliseconds from healing to the first request that the endpoint got; -1 for none */
async function failAndHeal(backend: Backend, mode: Mode): Promise<number> {
  const startedAt = performance.now();
  await sleep(TIMES.failMs);
  await backend.setMode(0, mode);
  await sleep(TIMES.healMs - TIMES.failMs);
  const requestsOf = async (): Promise<number> => (await backend.counts())[0]?.requests ?? 0;
  const before = await requestsOf();
  await backend.setMode(0, "ok");
  const healedAt = performance.now();
  while (performance.now() - startedAt < TIMES.totalMs) {
    if ((await requestsOf()) > before) return performance.now() - healedAt;
    await sleep(POLL_MS);
  }
  return -1;
}

function failures({ timeline, errors, unanswered }: LoadResult): Readonly<Record<string, number>> {
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
  const from = Math.floor(TIMES.failMs / 100);
  const later = timeline.slice(from);
  const last = later.findLastIndex((step) => step.errors > 0);
  return {
    failed,
    unanswered,
    lastFailureMs: (last + 1) * 100,
    slowestMs: Math.max(0, ...later.map(({ slowestMs }) => slowestMs)),
  };
}
