import { loadResultSchema, type LoadResult } from "../load/plan.ts";
import type { Backend } from "./backend.ts";
import { startChild } from "./child.ts";
import type { RunningTarget } from "./running-target.ts";
import type { LoadShape } from "./workloads.ts";

export interface LoadOptions {
  readonly backend: Backend;
  readonly models: readonly string[];
  readonly cores: string | undefined;
}

/** One measurement of one target, in a process of its own. */
export async function runLoad(
  running: RunningTarget,
  shape: LoadShape,
  { backend, models, cores }: LoadOptions,
): Promise<LoadResult> {
  const child = startChild("load/process.ts", cores);
  try {
    const answer = await child.ask({
      ...shape,
      url: running.url,
      headers: running.headers,
      models,
      watch: { gateway: running.pid, backend: backend.pid },
    });
    return loadResultSchema.parse(answer);
  } finally {
    await child.stop();
  }
}
