export type { SherpaEngineOptions } from "./sherpa-engine.ts";
export { createSherpaEngine } from "./sherpa-engine.ts";
