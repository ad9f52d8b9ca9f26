// Takes the place of apps/server/src/workers/worker-entry.ts in a bundle.
import { join } from "node:path";
import { getAsset, isSea } from "node:sea";

/** In the single executable there is no file: a thread runs the text that it holds. */
export function workerEntry() {
  return isSea()
    ? { script: getAsset("worker.cjs", "utf8"), options: { eval: true } }
    : { script: join(import.meta.dirname, "worker.cjs"), options: {} };
}
