export {
  parseSimulatorArguments,
  SimulatorArgumentError,
  type SimulatorCommand,
} from "./arguments.ts";
export { type BackendOptions, type SimulatedBackend, startBackend } from "./backend.ts";
export type { BackendKind, Sleep } from "./backend-context.ts";
export type { Fault, FaultKind, FaultScope, FaultScript, StatusFault } from "./fault.ts";
export { demoBackends, type Fleet, type FleetOptions, startFleet } from "./fleet.ts";
export { backendKinds } from "./kinds.ts";
export type { ModelScript, ToolCallScript } from "./model.ts";
export { patternBytes } from "./proxy-test-routes.ts";
export type { RecordedRequest } from "./request-log.ts";
export { runSimulator, type SimulatorRun } from "./run.ts";
