import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { Results } from "../run/results.ts";
import { Session } from "../run/session.ts";
import type { Target } from "../run/target.ts";
import { modules, ollaTarget } from "../run/targets.ts";
import { steadyWorkloads } from "../run/workloads.ts";
import { allocationCosts, byArea, cpuCosts, type SelfCost } from "./self-costs.ts";

const HELP = `pnpm bench:profile WORKLOAD [options]

  WORKLOAD        ${steadyWorkloads.map(({ name }) => name).join(", ")}
  --alloc         what is allocated instead of where time goes
  --endpoints n   default: as the workload has
  --engine name   olla or sherpa; default olla
  --top n         functions to show; default 40
`;

const WARM_MS = 4_000;
const RECORD_MS = 6_000;
const FIRST_PORT = 27_300;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    endpoints: { type: "string" },
    alloc: { type: "boolean", default: false },
    engine: { type: "string", default: "olla" },
    top: { type: "string", default: "40" },
  },
});

/** The gateway with a recorder that two signals switch. */
function recordedTarget(file: string): Target {
  const plain = ollaTarget(values.engine, {}, modules);
  const recorder = fileURLToPath(new URL("recorder.ts", import.meta.url));
  return {
    ...plain,
    launch: (plan) => {
      const launch = plain.launch?.(plan);
      const [node = process.execPath, ...rest] = launch?.command ?? [];
      return {
        ...launch,
        command: [node, "--import", recorder, ...rest],
        environment: {
          BENCH_PROFILE_FILE: file,
          BENCH_PROFILE_KIND: values.alloc ? "allocations" : "cpu",
        },
      };
    },
  };
}

async function record(name: string, file: string): Promise<number> {
  const workload = steadyWorkloads.find((one) => one.name === name);
  if (workload === undefined) throw new Error(HELP);
  const target = recordedTarget(file);
  const session = new Session({
    targets: [target],
    rounds: 1,
    firstPort: FIRST_PORT,
    results: new Results(undefined),
  });
  await using backend = await session.backend(Number(values.endpoints ?? workload.endpoints));
  await using running = await session.start(target, backend);
  const warmMs = workload.shape.warmMs + WARM_MS;
  const shape = { ...workload.shape, warmMs, measureMs: RECORD_MS };
  const [load] = await Promise.all([
    session.load(running, shape, backend, [workload.model]),
    (async () => {
      await sleep(warmMs);
      process.kill(running.pid, "SIGUSR2");
      await sleep(RECORD_MS);
      process.kill(running.pid, "SIGUSR2");
    })(),
  ]);
  while (!isComplete(file)) await sleep(100);
  return load.requests;
}

function isComplete(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch {
    return false;
  }
}

function print(costs: readonly SelfCost[], requests: number): void {
  const total = costs.reduce((sum, { cost }) => sum + cost, 0);
  const unit = values.alloc ? "bytes" : "µs";
  const share = (cost: number): string =>
    `${((cost / total) * 100).toFixed(1).padStart(5)} % ${(cost / requests).toFixed(2).padStart(10)} ${unit}`;
  console.log(`\n${requests} requests, ${(total / requests).toFixed(1)} ${unit} each\n\nby area`);
  for (const { area, cost } of byArea(costs).slice(0, 25)) console.log(`${share(cost)}  ${area}`);
  console.log("\nby function, without what it calls");
  for (const { name, place, area, cost } of costs.slice(0, Number(values.top))) {
    console.log(`${share(cost)}  ${name}  ${place === "" ? area : place}`);
  }
}

const [name = ""] = positionals;
const directory = mkdtempSync(join(tmpdir(), "bench-profile-"));
const file = join(directory, "profile.json");
try {
  const requests = await record(name, file);
  const profile: unknown = JSON.parse(readFileSync(file, "utf8"));
  print(values.alloc ? allocationCosts(profile) : cpuCosts(profile), requests);
} finally {
  rmSync(directory, { recursive: true });
}
