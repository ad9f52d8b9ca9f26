import { parentPort, workerData } from "node:worker_threads";

import { composeWorker } from "./compose-worker.ts";
import { systemClock } from "./system-clock.ts";
import type { WorkerStart } from "./workers/messages.ts";

// The first module of a thread that serves, as main.ts is that of the process.
if (parentPort === null) throw new Error("this module is for worker threads");
const start: WorkerStart = workerData;
composeWorker(start, { port: parentPort, clock: systemClock, random: Math.random });
