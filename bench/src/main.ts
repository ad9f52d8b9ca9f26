import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { writeReport } from "./report/write-report.ts";
import { failoverModes, runFailover } from "./run/failover.ts";
import { runMemory } from "./run/memory.ts";
import { Results } from "./run/results.ts";
import { runScaleOut } from "./run/scale-out.ts";
import { Session } from "./run/session.ts";
import { runShort } from "./run/short.ts";
import { runStartup } from "./run/startup.ts";
import { runSteady } from "./run/steady.ts";
import type { Target } from "./run/target.ts";
import { allTargets } from "./run/targets.ts";
import { steadyWorkloads } from "./run/workloads.ts";

const HELP = `pnpm bench [options]

  --short              wrong results only, no times: statuses, token counts, leaks
  --workloads a,b      default: all of them (W1,W2,W3,W3-200,W4,W5,W5-hang,W5-reset,W5-503,W6,W7,W8,W8-models)
  --only a,b           targets; default: all that are installed
  --rounds n           default 3; every target is measured once in each
  --quiet ms           longest wait for other programs before a measurement; default 5000
  --repeats n          how often a disturbed measurement is repeated; default 2
  --out file           raw data, appended to; default bench/results/DATE.jsonl
  --report             only write docs/performance.md from the raw data
  --no-report          only measure
  --port n             first port; default 27100
`;

const repository = fileURLToPath(new URL("../../", import.meta.url));
const ALL = [
  ...steadyWorkloads.map(({ name }) => name),
  ...Object.keys(failoverModes),
  "W6",
  "W7",
  "W8",
  "W8-models",
];

const today = new Date().toISOString().slice(0, 10);

const { values } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
    workloads: { type: "string", default: ALL.join(",") },
    only: { type: "string" },
    repeats: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
    quiet: { type: "string", default: "5000" },
    out: { type: "string", default: join(repository, "bench", "results", `${today}.jsonl`) },
    report: { type: "boolean", default: false },
    "no-report": { type: "boolean", default: false },
    port: { type: "string", default: "27100" },
  },
});

function chosenTargets(): readonly Target[] {
  const only = values.only?.split(",");
  const chosen = allTargets().filter(({ name }) => only?.includes(name) ?? true);
  for (const { name } of chosen.filter(({ isInstalled }) => !isInstalled())) {
    console.log(`Left out: ${name}, which is not installed.`);
  }
  return chosen.filter(({ isInstalled }) => isInstalled());
}

async function measure(workload: string, session: Session): Promise<void> {
  if (workload in failoverModes) await runFailover(session, workload);
  else if (workload === "W6") await runMemory(session);
  else if (workload === "W7") await runStartup(session);
  else if (workload.startsWith("W8")) await runScaleOut(session, workload);
  else throw new Error(`no workload ${workload}; there are ${ALL.join(", ")}`);
}

async function main(): Promise<number> {
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.short) return runShort(Number(values.port));
  if (!values.report) {
    const session = new Session({
      targets: chosenTargets(),
      rounds: Number(values.rounds),
      firstPort: Number(values.port),
      results: new Results(values.out),
      quietMs: Number(values.quiet),
      repeats: Number(values.repeats),
    });
    const names = values.workloads.split(",");
    const steady = steadyWorkloads.filter(({ name }) => names.includes(name));
    if (steady.length > 0) await runSteady(session, steady);
    for (const name of names) {
      if (!steady.some((workload) => workload.name === name)) await measure(name, session);
    }
  }
  if (!values["no-report"]) writeReport(values.out, repository);
  return 0;
}

process.exitCode = await main();
