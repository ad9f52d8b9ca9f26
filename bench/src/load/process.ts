import { LoadLoop } from "./loop.ts";
import { loadPlanSchema } from "./plan.ts";

// The load, in a process of its own: the plan is the only message, the result the answer.

async function run(message: unknown): Promise<void> {
  const result = await new LoadLoop(loadPlanSchema.parse(message)).run();
  process.send?.(result, () => process.exit());
}

process.once("message", (message) => {
  void run(message);
});
process.on("disconnect", () => process.exit());
