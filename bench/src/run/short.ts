import { setTimeout as sleep } from "node:timers/promises";

import { OUTPUT_TOKENS } from "../backend/answers.ts";
import type { LoadResult } from "../load/plan.ts";
import { usageOf } from "../measure/processes.ts";
import { activeChats, type Backend } from "./backend.ts";
import { Results } from "./results.ts";
import type { RunningTarget } from "./running-target.ts";
import { Session } from "./session.ts";
import { ollaTarget } from "./targets.ts";
import {
  SHORT_HELD_MODEL,
  SHORT_PACED_MODEL,
  SLOW_MODEL,
  SMALL,
  SMALL_MODEL,
  type LoadShape,
} from "./workloads.ts";

const QUICK: LoadShape = { ...SMALL, warmMs: 100, measureMs: 900, finish: true };
const STREAMS: LoadShape = { ...QUICK, stream: true, tokens: 200, connections: 16 };
const ENDPOINTS = 3;
const LEFT_STREAMS = 200;
const LONGEST_WAIT_MS = 10_000;
/** Files that a gateway may keep open after all clients left: idle connections to endpoints. */
const KEPT_FILES_PER_ENDPOINT = 220;

/** Short loads of each kind, and what must be exact after them. */
const LOADS: readonly {
  readonly name: string;
  readonly model: string;
  readonly shape: LoadShape;
}[] = [
  { name: "small answers", model: SMALL_MODEL, shape: QUICK },
  { name: "streams without pause", model: "sim-tokens200", shape: STREAMS },
  {
    name: "paced streams",
    model: SHORT_PACED_MODEL,
    shape: { ...STREAMS, tokens: 20, connections: 100, measureMs: 1_500 },
  },
  {
    name: "large prompts",
    model: SMALL_MODEL,
    shape: { ...QUICK, connections: 8, bodyBytes: 1_048_576 },
  },
];

/** Statements that were looked at; a false one is told at once. */
class Checks {
  failed = 0;
  readonly #subject: string;

  constructor(subject: string) {
    this.#subject = subject;
  }

  expect(statement: string, holds: boolean, found: unknown): void {
    if (!holds) this.failed += 1;
    console.log(`${holds ? "ok    " : "FAILED"} ${this.#subject}: ${statement} (${String(found)})`);
  }
}

/**
 * Looks for wrong results, never at times: statuses, token counts, and whatever is left
 * when clients have gone.
 *
 * @returns the exit status
 */
export async function runShort(firstPort: number): Promise<number> {
  let failed = 0;
  for (const engine of ["olla", "sherpa"]) {
    const target = ollaTarget(engine);
    const session = new Session({
      targets: [target],
      rounds: 1,
      firstPort,
      results: new Results(undefined),
    });
    await using backend = await session.backend(ENDPOINTS);
    await using running = await session.start(target, backend, SMALL_MODEL);
    const checks = new Checks(target.name);
    await checkCounts(session, running, backend, checks);
    await checkFailures(session, running, backend, checks);
    await checkLeavers(session, running, backend, checks);
    failed += checks.failed;
  }
  console.log(failed === 0 ? "All results are right." : `${failed} results are wrong.`);
  return failed === 0 ? 0 : 1;
}

async function checkCounts(
  session: Session,
  running: RunningTarget,
  backend: Backend,
  checks: Checks,
): Promise<void> {
  const before = await countedBy(running);
  let requests = 0;
  let tokens = 0;
  for (const { name, model, shape } of LOADS) {
    const load = await session.load(running, shape, backend, [model]);
    checkErrors(name, load, checks);
    requests += load.answered;
    tokens += load.answered * (shape.stream ? shape.tokens : OUTPUT_TOKENS);
  }
  const counted = await settled(
    () => countedBy(running),
    (now) => now.requests - before.requests >= requests,
  );
  const gatewayRequests = counted.requests - before.requests;
  const gatewayTokens = counted.tokens - before.tokens;
  checks.expect(
    "counts every request",
    gatewayRequests === requests,
    `${gatewayRequests} of ${requests}`,
  );
  checks.expect("counts every token", gatewayTokens === tokens, `${gatewayTokens} of ${tokens}`);
}

async function checkFailures(
  session: Session,
  running: RunningTarget,
  backend: Backend,
  checks: Checks,
): Promise<void> {
  for (const mode of ["refuse", "reset", 503] as const) {
    const [load] = await Promise.all([
      session.load(running, { ...QUICK, measureMs: 1_500 }, backend, [SLOW_MODEL]),
      sleep(500).then(() => backend.setMode(0, mode)),
    ]);
    checkErrors(`an endpoint fails (${mode})`, load, checks);
    await backend.setMode(0, "ok");
  }
}

async function checkLeavers(
  session: Session,
  running: RunningTarget,
  backend: Backend,
  checks: Checks,
): Promise<void> {
  const shape: LoadShape = {
    ...QUICK,
    mode: "hold",
    stream: true,
    tokens: 200,
    connections: LEFT_STREAMS,
    warmMs: 1_500,
    measureMs: 500,
    finish: false,
  };
  const load = await session.load(running, shape, backend, [SHORT_HELD_MODEL]);
  checks.expect("holds every stream", load.held === LEFT_STREAMS, load.held);
  const left = await settled(
    () => activeChats(backend),
    (active) => active === 0,
  );
  checks.expect("ends the requests of clients that left", left === 0, left);
  const inFlight = await settled(
    () => inFlightAt(running),
    (count) => count === 0,
  );
  checks.expect("has nothing in flight afterwards", inFlight === 0, inFlight);
  const { openFiles } = usageOf(running.pid);
  const most = KEPT_FILES_PER_ENDPOINT * ENDPOINTS;
  checks.expect("closes what clients left", openFiles < most, `${openFiles} open files`);
}

function checkErrors(
  name: string,
  { answered, errors, firstError }: LoadResult,
  checks: Checks,
): void {
  const found = firstError ?? `${answered} answers`;
  checks.expect(
    `${name}: every answer is right`,
    Object.keys(errors).length === 0 && answered > 0,
    found,
  );
}

/** The value once it is as expected, or the last one after ten seconds. */
async function settled<Value>(
  read: () => Promise<Value>,
  isExpected: (value: Value) => boolean,
): Promise<Value> {
  const deadline = performance.now() + LONGEST_WAIT_MS;
  let value = await read();
  while (!isExpected(value) && performance.now() < deadline) {
    await sleep(50);
    value = await read();
  }
  return value;
}

/** What the gateway says that it has served. */
async function countedBy({ origin }: RunningTarget): Promise<{ requests: number; tokens: number }> {
  const text = await (await fetch(`${origin}/internal/metrics`)).text();
  const value = (name: string): number =>
    Number(new RegExp(`^olla_${name}_total (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
  return { requests: value("requests"), tokens: value("output_tokens") };
}

async function inFlightAt({ origin }: RunningTarget): Promise<number> {
  const text = await (await fetch(`${origin}/internal/status`)).text();
  return Number(/"active_connections":\s*(\d+)/.exec(text)?.[1] ?? Number.NaN);
}
