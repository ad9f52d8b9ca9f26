import { once } from "node:events";

import { createSharedState, EndpointStates, type Endpoint } from "@olla-ts/core";
import type { Clock, Logger } from "@olla-ts/core/ports";
import { createHealthChecker } from "@olla-ts/health";

const urls = process.argv.slice(2);
if (urls.length === 0) urls.push("http://127.0.0.1:11434/v1/models");

const endpoints = urls.map((healthUrl, slot): Endpoint => {
  const { origin } = new URL(healthUrl);
  return {
    slot,
    name: healthUrl,
    url: origin,
    origin,
    basePath: "",
    type: "openai-compatible",
    priority: 100,
    preservePath: false,
    healthUrl,
    modelsUrl: healthUrl,
    checkIntervalMs: 1_000,
    checkTimeoutMs: 500,
    modelFilter: { include: [], exclude: [] },
  };
});

const clock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  schedule(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
const silent = (): void => {};
const log: Logger = { debug: silent, info: silent, warn: silent, error: silent, child: () => log };

const checker = createHealthChecker({
  states: new EndpointStates(createSharedState(), endpoints.length),
  clock,
  log,
  fetch,
  random: Math.random,
  headersFor: () => [],
  version: "1.0.0",
  onChange: ({ endpoint, before, after }) => {
    const why = checker.getStatus(endpoint).lastError;
    console.log(`${endpoint.name}: ${before} -> ${after}${why === undefined ? "" : ` (${why})`}`);
  },
});
checker.setEndpoints(endpoints);

{
  using _ = checker.startMonitoring();
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
}
for (const endpoint of endpoints) {
  console.log(`${endpoint.name} was ${checker.getStatus(endpoint).status} in the end`);
}
