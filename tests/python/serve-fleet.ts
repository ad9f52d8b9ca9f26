import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

import { startBackend, type BackendOptions, type ModelScript } from "@olla-ts/simulator";

import { configFor } from "../src/harness/gateway.ts";
import { FIXTURE_PROFILES, OLLAMA_NATIVE } from "../src/harness/kind-world.ts";
import { makeFolder, startRunning } from "../src/harness/program.ts";

// Starts simulated backends and a gateway in front of them, prints the gateway's
// address, and ends them when its input ends or it is told to stop.

const READY_WAIT_MS = 15_000;

/** A model that every client finds busy. */
const BUSY = "busy-pine";

interface Scripted {
  /** Also the beginning of its models' names, which tell who serves them. */
  readonly name: string;
  readonly kind: BackendOptions["kind"];
}

const scripts: readonly Scripted[] = [
  { name: "openai-compatible", kind: "openai-compatible" },
  { name: "vllm", kind: "vllm" },
  { name: "ollama", kind: "ollama" },
  { name: "anthropic", kind: "anthropic" },
  { name: OLLAMA_NATIVE, kind: "ollama" },
];

function modelsOf(name: string): readonly ModelScript[] {
  return [
    { id: `${name}-pine`, reply: "one two three" },
    {
      id: `${name}-caller`,
      reply: "It is mild.",
      toolCall: { name: "weather", arguments: { town: "Graz" } },
    },
    { id: `${name}-endless`, reply: "on", tokens: 2_000, tokenIntervalMs: 50 },
    { id: `${name}-embedder`, embeddingDimensions: 6 },
  ];
}

await using started = new AsyncDisposableStack();
const endpoints: { name: string; url: string; kind: string }[] = [];
for (const { name, kind } of scripts) {
  const { url } = started.use(await startBackend({ name, kind, models: modelsOf(name) }));
  // The names are types of endpoints, too.
  endpoints.push({ name, url, kind: name });
}
const busy = await startBackend({
  kind: "openai-compatible",
  name: "busy",
  models: [BUSY],
  faults: [{ type: "status", status: 429, headers: { "Retry-After": "7" } }],
});
endpoints.push(started.use(busy));

const folder = started.use(makeFolder());
folder.write("config.yaml", configFor(endpoints, { more: FIXTURE_PROFILES }));
const gateway = started.use(await startRunning([], { cwd: folder.path }));
await listed(gateway.url, [...scripts.map(({ name }) => `${name}-pine`), BUSY]);
process.stdout.write(`${gateway.url}\n`);

process.stdin.resume();
await Promise.race([once(process.stdin, "end"), once(process, "SIGTERM"), once(process, "SIGINT")]);
process.stdin.destroy();

/** Resolves when the gateway lists the models, which it does for backends that are well. */
async function listed(url: string, models: readonly string[]): Promise<void> {
  const deadline = performance.now() + READY_WAIT_MS;
  while (performance.now() < deadline) {
    const response = await fetch(`${url}/olla/models`);
    const text = await response.text();
    if (models.every((model) => text.includes(model))) return;
    await delay(50);
  }
  throw new Error("the gateway did not find its backends in time");
}
