export type { OllaEngineOptions, RetryOptions } from "./olla-engine.ts";
export { createOllaEngine } from "./olla-engine.ts";
