import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

import { z } from "zod";

import { loadResultSchema, type LoadResult } from "../load/plan.ts";

/** One line of raw data. */
export const rowSchema = z.object({
  workload: z.string(),
  target: z.string(),
  round: z.number(),
  /** When it was measured, RFC 3339. */
  time: z.string(),
  endpoints: z.number(),
  load: loadResultSchema.omit({ timeline: true }).optional(),
  /** Figures that are not of a load, each with its unit in the name. */
  figures: z.record(z.string(), z.number()),
  error: z.string().optional(),
});

export type Row = z.infer<typeof rowSchema>;

export function readRows(path: string): readonly Row[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => rowSchema.parse(JSON.parse(line)));
}

/** Keeps every row in the file and tells it on the terminal. */
export class Results {
  readonly #path: string | undefined;

  /** @param path undefined keeps nothing */
  constructor(path: string | undefined) {
    this.#path = path;
    if (path !== undefined) mkdirSync(dirname(path), { recursive: true });
  }

  add(
    place: Pick<Row, "workload" | "target" | "round" | "endpoints">,
    measured: {
      readonly load?: LoadResult;
      readonly figures?: Readonly<Record<string, number>>;
      readonly error?: string;
    },
  ): void {
    const { load, figures = {}, error } = measured;
    const row: Row = {
      ...place,
      time: new Date().toISOString(),
      figures: { ...figures },
      ...(load !== undefined && { load: shortened(load) }),
      ...(error !== undefined && { error }),
    };
    if (this.#path !== undefined) appendFileSync(this.#path, `${JSON.stringify(row)}\n`);
    console.log(lineOf(row));
  }
}

/** Without the timeline, and with six digits, which are more than any figure is good for. */
function shortened(load: LoadResult): Row["load"] {
  const text = JSON.stringify(load, (_key, value: unknown) =>
    typeof value === "number" ? Number(value.toPrecision(6)) : value,
  );
  return loadResultSchema.omit({ timeline: true }).parse(JSON.parse(text));
}

function lineOf({ workload, target, round, load, figures, error }: Row): string {
  const parts = [workload.padEnd(10), target.padEnd(16), `#${round}`];
  if (error !== undefined) parts.push(`ERROR ${error}`);
  if (load !== undefined) {
    const { requests, seconds, tokens, latency, transit, cpu, errors, foreignCores } = load;
    parts.push(`${Math.round(requests / seconds)}/s`);
    const used = cpu["gateway"] ?? 0;
    if (requests > 0) parts.push(`cpu/1k ${((used / requests) * 1e3).toPrecision(3)} s`);
    if (tokens > 0) parts.push(`cpu/1M tokens ${((used / tokens) * 1e6).toPrecision(3)} s`);
    if (latency !== undefined) parts.push(`p50 ${latency.p50} p99 ${latency.p99} µs`);
    if (transit !== undefined) parts.push(`transit ${transit.p50} / ${transit.p99} µs`);
    if (foreignCores > 0.1) parts.push(`others ${foreignCores.toFixed(2)} cores`);
    if (Object.keys(errors).length > 0) {
      parts.push(`ERRORS ${JSON.stringify(errors)} ${load.firstError ?? ""}`.slice(0, 300));
    }
  }
  for (const [name, value] of Object.entries(figures)) {
    parts.push(`${name} ${Number(value.toPrecision(4))}`);
  }
  return parts.join(" ");
}
