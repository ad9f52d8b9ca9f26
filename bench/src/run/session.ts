import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

import type { LoadResult } from "../load/plan.ts";
import { machineBusySeconds, splitCores, type CoreSplit } from "../measure/processes.ts";
import { startBackend, type Backend } from "./backend.ts";
import { runLoad } from "./load.ts";
import type { Results } from "./results.ts";
import { startTarget, type RunningTarget } from "./running-target.ts";
import type { Target } from "./target.ts";
import { skips } from "./targets.ts";
import { modelNames, type LoadShape } from "./workloads.ts";

export interface SessionOptions {
  readonly targets: readonly Target[];
  readonly rounds: number;
  /** First of the ports; each target takes one after it. */
  readonly firstPort: number;
  readonly results: Results;
  /** Longest wait for other programs to become quiet before a measurement. Default 0. */
  readonly quietMs?: number;
  /** How often a measurement that others disturbed is repeated. Default 0. */
  readonly repeats?: number;
}

const QUIET_CHECK_MS = 500;
const QUIET_SHARE = 0.15;
/** Cores that others may use while something is measured. */
const CALM_CORES = 0.25;

/** What all workloads of one call share: targets, ports, cores and where results go. */
export class Session {
  readonly rounds: number;
  readonly results: Results;
  readonly #targets: readonly Target[];
  readonly #firstPort: number;
  readonly #quietMs: number;
  readonly #repeats: number;

  constructor({ targets, rounds, firstPort, results, quietMs = 0, repeats = 0 }: SessionOptions) {
    this.rounds = rounds;
    this.results = results;
    this.#targets = targets;
    this.#firstPort = firstPort;
    this.#quietMs = quietMs;
    this.#repeats = repeats;
  }

  /** Targets that run the workload with so many endpoints. */
  targets(workload: string, endpoints: number): readonly Target[] {
    return this.#targets.filter(
      (target) => !skips(target, workload) && endpoints <= (target.maxEndpoints ?? Infinity),
    );
  }

  /** The same without the backend itself, where a gateway is what is measured. */
  gateways(workload: string, endpoints: number): readonly Target[] {
    return this.targets(workload, endpoints).filter(({ launch }) => launch !== undefined);
  }

  backend(endpoints: number, ownModels = false): Promise<Backend> {
    const cores = splitCores()?.load;
    return startBackend({
      endpoints,
      models: modelNames,
      ownModels,
      port: this.#firstPort,
      cores,
    });
  }

  start(target: Target, backend: Backend, model?: string): Promise<RunningTarget> {
    const port = this.#firstPort + 1 + this.#targets.indexOf(target);
    const cores = this.#coresFor(target)?.gateway;
    return startTarget(target, { backend, port, cores, ...(model !== undefined && { model }) });
  }

  /** The same, or undefined with a row that says why not: the others are measured all the same. */
  async tryStart(
    workload: string,
    target: Target,
    backend: Backend,
    model?: string,
  ): Promise<RunningTarget | undefined> {
    try {
      return await this.start(target, backend, model);
    } catch (error) {
      const endpoints = backend.endpoints.length;
      const place = { workload, target: target.name, round: 0, endpoints };
      this.results.add(place, { error: String(error) });
      return undefined;
    }
  }

  load(
    running: RunningTarget,
    shape: LoadShape,
    backend: Backend,
    models: readonly string[],
  ): Promise<LoadResult> {
    const cores = this.#coresFor(running.target)?.load;
    return runLoad(running, shape, { backend, models, cores });
  }

  /**
   * The same when other programs are quiet, and again while they were not: the least
   * disturbed measurement counts.
   */
  async calmLoad(
    running: RunningTarget,
    shape: LoadShape,
    backend: Backend,
    models: readonly string[],
  ): Promise<LoadResult> {
    let best: LoadResult | undefined;
    for (let attempt = 0; attempt <= this.#repeats; attempt += 1) {
      await this.quiet();
      const load = await this.load(running, shape, backend, models);
      if (best === undefined || load.foreignCores < best.foreignCores) best = load;
      if (best.foreignCores <= CALM_CORES) return best;
    }
    if (best === undefined) throw new Error("nothing was measured");
    return best;
  }

  /** Waits for other programs while the gateways have nothing to do. */
  async quiet(): Promise<void> {
    const deadline = performance.now() + this.#quietMs;
    while (performance.now() < deadline) {
      const before = machineBusySeconds();
      await sleep(QUIET_CHECK_MS);
      const cores = ((machineBusySeconds() - before) / QUIET_CHECK_MS) * 1e3;
      if (cores < QUIET_SHARE * availableParallelism()) return;
    }
  }

  #coresFor({ workers = 1 }: Target): CoreSplit | undefined {
    return splitCores(workers);
  }
}
