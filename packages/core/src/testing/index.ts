export { makeEndpoint, makeIntent, makeProfile, makeRoutingTable } from "./make.ts";
export { ManualClock, settle } from "./manual-clock.ts";
export type { LogLine } from "./recording-logger.ts";
export { createRecordingLogger } from "./recording-logger.ts";
