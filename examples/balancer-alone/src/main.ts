import { createLeastConnections, createRoundRobin } from "@olla-ts/balancer";
import type { Endpoint } from "@olla-ts/core";
import type { LoadBalancer } from "@olla-ts/core/ports";

const urls = process.argv.slice(2);
if (urls.length === 0) urls.push("http://127.0.0.1:11434", "http://127.0.0.1:8000");

const endpoints = urls.map((url, slot): Endpoint => ({
  slot,
  name: `server-${slot + 1}`,
  url,
  origin: new URL(url).origin,
  basePath: "",
  type: "openai-compatible",
  priority: 100,
  preservePath: false,
  healthUrl: `${url}/v1/models`,
  modelsUrl: `${url}/v1/models`,
  checkIntervalMs: 5_000,
  checkTimeoutMs: 2_000,
  modelFilter: { include: [], exclude: [] },
}));

/** Requests under way, by slot: the balancer asks, whoever sends keeps count. */
const inFlight = endpoints.map(() => 0);

const strategies: readonly LoadBalancer[] = [
  createRoundRobin(),
  createLeastConnections({ inFlight: ({ slot }) => inFlight[slot] ?? 0 }),
];

for (const balancer of strategies) {
  // The first server has a long request already.
  inFlight[0] = 1;
  const answers = Array.from({ length: 4 }, () => ask(balancer));
  console.log(`${balancer.strategy}: ${(await Promise.all(answers)).join(", ")}`);
}

/** Sends one request to whoever is selected; tells who that was and what it said. */
async function ask(balancer: LoadBalancer): Promise<string> {
  const context = { model: "", affinity: undefined };
  const { endpoint } = balancer.selectEndpoint(endpoints, context);
  inFlight[endpoint.slot] = (inFlight[endpoint.slot] ?? 0) + 1;
  try {
    const { status } = await fetch(endpoint.modelsUrl);
    return `${endpoint.name} ${status}`;
  } catch {
    return `${endpoint.name} does not answer`;
  } finally {
    inFlight[endpoint.slot] = (inFlight[endpoint.slot] ?? 1) - 1;
  }
}
