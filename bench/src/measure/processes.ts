import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Linux counts processor time in hundredths of a second for programs (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** What one process and all that it started use. */
export interface ProcessUsage {
  /** User and system time in seconds, of processes that still run. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly openFiles: number;
}

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly cpuSeconds: number;
}

/** @param text of `/proc/PID/stat` */
export function parseStat(text: string): ProcessStat | undefined {
  // The name stands in brackets and may hold blanks and brackets.
  const name = text.lastIndexOf(")");
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(name + 2).split(" ");
  if (name === -1 || fields.length < 13) return undefined;
  const number = (at: number): number => Number(fields[at] ?? 0);
  return {
    pid,
    parent: number(1),
    group: number(2),
    cpuSeconds: (number(11) + number(12)) / TICKS_PER_SECOND,
  };
}

/** The process, its group and all descendants. */
function treeOf(root: number): readonly ProcessStat[] {
  const all = new Map<number, ProcessStat>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = parseStat(readIfThere(`/proc/${name}/stat`));
    if (stat !== undefined) all.set(stat.pid, stat);
  }
  const belongs = (stat: ProcessStat | undefined): boolean =>
    stat !== undefined &&
    (stat.pid === root ||
      stat.group === root ||
      (stat.parent > 1 && belongs(all.get(stat.parent))));
  return [...all.values()].filter((stat) => belongs(stat));
}

/** Processor seconds of a process tree; 0 for pid 0. */
export function cpuSecondsOf(root: number): number {
  if (root === 0) return 0;
  return treeOf(root).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}

/** All of what a process tree uses; slower, since it reads several files. */
export function usageOf(root: number): ProcessUsage {
  let usage = { cpuSeconds: 0, residentBytes: 0, openFiles: 0 };
  if (root === 0) return usage;
  for (const { pid, cpuSeconds } of treeOf(root)) {
    const resident = /^VmRSS:\s+(\d+) kB/m.exec(readIfThere(`/proc/${pid}/status`))?.[1];
    usage = {
      cpuSeconds: usage.cpuSeconds + cpuSeconds,
      residentBytes: usage.residentBytes + Number(resident ?? 0) * 1_024,
      openFiles: usage.openFiles + openFilesOf(pid),
    };
  }
  return usage;
}

function openFilesOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}

/** Processor seconds that the whole machine was busy since it started. */
export function machineBusySeconds(): number {
  const [line = ""] = readIfThere("/proc/stat").split("\n");
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

/** Cores for the gateway and for everything else; undefined where there is but one. */
export interface CoreSplit {
  readonly gateway: string;
  readonly load: string;
}

export function splitCores(gatewayCores = 1): CoreSplit | undefined {
  const cores = availableParallelism();
  if (cores <= gatewayCores) return undefined;
  return { gateway: range(0, gatewayCores - 1), load: range(gatewayCores, cores - 1) };
}

function range(from: number, to: number): string {
  return from === to ? `${from}` : `${from}-${to}`;
}

/** The command, tied to the cores. */
export function pinned(
  command: readonly string[],
  cores: string | undefined,
): readonly [string, ...string[]] {
  const [program = "", ...rest] = command;
  return cores === undefined ? [program, ...rest] : ["taskset", "-c", cores, program, ...rest];
}

/** Processes end while they are looked at. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
