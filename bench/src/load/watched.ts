import { cpuSecondsOf, machineBusySeconds, usageOf } from "../measure/processes.ts";
import type { LoadPlan, LoadResult } from "./plan.ts";

type Watch = LoadPlan["watch"];

/** Reads processor time of the watched processes and of the machine, twice. */
export class Watched {
  readonly #watch: Watch;
  readonly #cpu: Map<string, number>;
  readonly #busy: number;
  readonly #startedAt: number;

  constructor(watch: Watch) {
    this.#watch = { ...watch, load: process.pid };
    this.#cpu = new Map(this.#names().map(([name, pid]) => [name, cpuSecondsOf(pid)]));
    this.#busy = machineBusySeconds();
    this.#startedAt = performance.now();
  }

  /** What was used since this was made. */
  end(): Pick<LoadResult, "seconds" | "cpu" | "residentBytes" | "openFiles" | "foreignCores"> {
    const seconds = (performance.now() - this.#startedAt) / 1e3;
    const cpu: Record<string, number> = {};
    for (const [name, pid] of this.#names()) {
      cpu[name] = cpuSecondsOf(pid) - (this.#cpu.get(name) ?? 0);
    }
    const own = Object.values(cpu).reduce((sum, value) => sum + value, 0);
    const foreignCores = Math.max(0, (machineBusySeconds() - this.#busy - own) / seconds);
    const memory = this.#names().map(([name, pid]) => [name, usageOf(pid)] as const);
    return {
      seconds,
      cpu,
      foreignCores,
      residentBytes: Object.fromEntries(memory.map(([name, one]) => [name, one.residentBytes])),
      openFiles: Object.fromEntries(memory.map(([name, one]) => [name, one.openFiles])),
    };
  }

  #names(): readonly (readonly [string, number])[] {
    return Object.entries(this.#watch);
  }
}
