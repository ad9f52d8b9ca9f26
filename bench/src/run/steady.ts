import { setTimeout as sleep } from "node:timers/promises";

import type { RunningTarget } from "./running-target.ts";
import type { Session } from "./session.ts";
import { skips } from "./targets.ts";
import type { SteadyWorkload } from "./workloads.ts";

const SETTLE_MS = 2_000;

/**
 * W1 to W4: the gateways stay up, and each is measured once per round, in an order
 * drawn anew, so that whatever else the machine does meets all of them.
 */
export async function runSteady(
  session: Session,
  workloads: readonly SteadyWorkload[],
): Promise<void> {
  for (const [endpoints, group] of Map.groupBy(workloads, ({ endpoints: count }) => count)) {
    await runGroup(session, group, endpoints);
  }
}

async function runGroup(
  session: Session,
  workloads: readonly SteadyWorkload[],
  endpoints: number,
): Promise<void> {
  await using up = new AsyncDisposableStack();
  const backend = up.use(await session.backend(endpoints));
  const running: RunningTarget[] = [];
  const wanted = session
    .targets("", endpoints)
    .filter((target) => workloads.some(({ name }) => !skips(target, name)));
  for (const target of wanted) {
    const one = await session.tryStart("start", target, backend);
    if (one !== undefined) running.push(up.use(one));
  }
  await sleep(SETTLE_MS);
  for (let round = 1; round <= session.rounds; round += 1) {
    for (const { name, model, shape, warmAnswers } of workloads) {
      const able = running.filter(({ target }) => !skips(target, name));
      for (const one of shuffled(able)) {
        // Programs that compile as they run are slower at first.
        const warmed = round === 1 ? { ...shape, warmAnswers } : shape;
        const load = await session.calmLoad(one, warmed, backend, [model]);
        const place = { workload: name, target: one.target.name, round, endpoints };
        session.results.add(place, { load });
      }
    }
  }
}

function shuffled<Item>(items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
