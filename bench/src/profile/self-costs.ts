import { z } from "zod";

const callFrameSchema = z.object({
  functionName: z.string(),
  url: z.string(),
  lineNumber: z.number(),
});

type CallFrame = z.infer<typeof callFrameSchema>;

const cpuProfileSchema = z.object({
  nodes: z.array(z.object({ id: z.number(), callFrame: callFrameSchema })),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

const allocationNodeSchema = z.object({
  callFrame: callFrameSchema,
  selfSize: z.number(),
  get children() {
    return z.array(allocationNodeSchema);
  },
});

type AllocationNode = z.infer<typeof allocationNodeSchema>;

/** Beginning to record is no cost of the gateway. */
const RECORDER = "node:inspector";

/** What one function costs without those that it calls. */
export interface SelfCost {
  readonly name: string;
  /** Package, part of the server or part of Node.js. */
  readonly area: string;
  /** File and line; empty for what is no JavaScript. */
  readonly place: string;
  /** Microseconds or bytes. */
  readonly cost: number;
}

/** @param profile as V8 writes it; idle time is left out */
export function cpuCosts(profile: unknown): readonly SelfCost[] {
  const { nodes, samples, timeDeltas } = cpuProfileSchema.parse(profile);
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const costs = new Costs();
  for (const [at, id] of samples.entries()) {
    const frame = frames.get(id);
    if (frame !== undefined && frame.functionName !== "(idle)" && frame.url !== RECORDER) {
      costs.add(frame, timeDeltas[at] ?? 0);
    }
  }
  return costs.sorted();
}

/** @param profile as V8 writes it */
export function allocationCosts(profile: unknown): readonly SelfCost[] {
  const { head } = z.object({ head: allocationNodeSchema }).parse(profile);
  const costs = new Costs();
  const walk = ({ callFrame, selfSize, children }: AllocationNode): void => {
    costs.add(callFrame, selfSize);
    for (const child of children) walk(child);
  };
  walk(head);
  return costs.sorted();
}

class Costs {
  readonly #byPlace = new Map<string, { readonly frame: CallFrame; cost: number }>();

  add(frame: CallFrame, cost: number): void {
    const key = `${frame.functionName} ${frame.url} ${frame.lineNumber}`;
    const known = this.#byPlace.get(key);
    if (known === undefined) this.#byPlace.set(key, { frame, cost });
    else known.cost += cost;
  }

  sorted(): readonly SelfCost[] {
    return [...this.#byPlace.values()]
      .filter(({ cost }) => cost > 0)
      .map(({ frame, cost }) => ({
        name: frame.functionName === "" ? "(anonymous)" : frame.functionName,
        area: areaOf(frame),
        place: frame.url === "" ? "" : `${shortened(frame.url)}:${frame.lineNumber + 1}`,
        cost,
      }))
      .toSorted((a, b) => b.cost - a.cost);
  }
}

/** Sums by area, largest first. */
export function byArea(costs: readonly SelfCost[]): readonly { area: string; cost: number }[] {
  const sums = new Map<string, number>();
  for (const { area, cost } of costs) sums.set(area, (sums.get(area) ?? 0) + cost);
  return [...sums].map(([area, cost]) => ({ area, cost })).toSorted((a, b) => b.cost - a.cost);
}

export function areaOf({ functionName, url }: Pick<CallFrame, "functionName" | "url">): string {
  if (url === "") return functionName.startsWith("(") ? functionName : "native";
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (installed !== undefined) return installed;
  const own = /\/packages\/([^/]+)\//.exec(url)?.[1];
  if (own !== undefined) return `@olla-ts/${own}`;
  const server = /\/apps\/server\/(?:dist|src)\/(?:([^/]+)\/)?/.exec(url);
  if (server !== null) return server[1] === undefined ? "server" : `server/${server[1]}`;
  const node = /^node:(internal\/[^/]+|[^/]+)/.exec(url)?.[1];
  if (node === undefined) return "other";
  return node.startsWith("_http") ? "node:http" : `node:${node}`;
}

function shortened(url: string): string {
  return url
    .replace(/^.*\/node_modules\//, "")
    .replace(/^.*\/((?:packages|apps)\/)/, "$1")
    .replace(/^file:\/\//, "");
}
