/**
 * Takes the pictures of docs/images:
 *
 *   pnpm --filter @olla-ts/dashboard build
 *   node --conditions=@olla-ts/source tests/src/browser/take-screenshots.ts [seconds] [folder]
 *
 * A fleet serves traffic for some minutes first, so that the charts have a past.
 */
import { fileURLToPath } from "node:url";

import type { BackendOptions } from "@olla-ts/simulator";

import { startTraffic } from "../harness/fleet-traffic.ts";
import { startWorld } from "../harness/world.ts";
import { DESKTOP, openPage, PHONE, startBrowser } from "./chromium.ts";

const [
  ,
  ,
  seconds = "420",
  folder = fileURLToPath(new URL("../../../docs/images", import.meta.url)),
] = process.argv;

const llama = {
  id: "llama3.1:8b",
  contextLength: 131_072,
  firstTokenDelayMs: 140,
  tokenIntervalMs: 14,
  tokens: 90,
};
const qwen = {
  id: "qwen3:32b",
  contextLength: 40_960,
  firstTokenDelayMs: 420,
  tokenIntervalMs: 31,
  tokens: 140,
};
const coder = {
  id: "qwen2.5-coder:14b",
  contextLength: 32_768,
  firstTokenDelayMs: 260,
  tokenIntervalMs: 22,
  tokens: 110,
};
const gpt = {
  id: "gpt-oss-20b",
  contextLength: 131_072,
  firstTokenDelayMs: 210,
  tokenIntervalMs: 11,
  tokens: 160,
};
const embed = { id: "nomic-embed-text", parameterSize: "137M", embeddingDimensions: 768 };

const fleet: Readonly<Record<string, Partial<BackendOptions>>> = {
  "rack-1": { kind: "vllm", models: [llama, qwen, gpt] },
  "rack-2": { kind: "vllm", models: [llama, qwen] },
  "rack-3": { kind: "sglang", models: [qwen, coder] },
  workstation: { kind: "lm-studio", models: [coder, llama, embed] },
  desk: { kind: "ollama", models: [llama, coder, embed] },
  "mac-mini": { kind: "llamacpp", models: [gpt] },
};

await using world = await startWorld(fleet, {
  balancer: "least-connections",
  proxy: "  sticky_sessions: { enabled: true, key_sources: [session_header] }",
  rateLimits: "{ global_requests_per_minute: 0, per_ip_requests_per_minute: 1200, burst_size: 40 }",
  more: 'model_aliases: { house-chat: ["llama3.1:8b", "gpt-oss-20b"] }',
});
const models = [llama.id, llama.id, qwen.id, coder.id, gpt.id, "house-chat"];
const traffic = startTraffic(world.url, {
  models: [...models, ...models, ...models.slice(0, -1), "mistral-large"],
  workers: 16,
  // People come and go.
  pauseMs: () => 400 + 1_600 * Math.sin(performance.now() / 60_000) ** 2 + 900 * Math.random(),
});
const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

const total = Number(seconds) * 1_000;
await pause(total * 0.6);
await world.backends["desk"]?.kill();
await pause(total * 0.05);
await world.backends["rack-3"]?.setFault([
  { type: "status", status: 503, probability: 0.25 },
  { type: "status", status: 500, probability: 0.1 },
]);
await pause(total * 0.35);

await using browser = await startBrowser();
const shots = [
  { name: "overview-light", path: "", options: DESKTOP },
  { name: "overview-dark", path: "", options: { ...DESKTOP, colorScheme: "dark" as const } },
  { name: "endpoints", path: "endpoints#rack-3", options: DESKTOP },
  { name: "models", path: "models", options: DESKTOP },
  { name: "requests", path: "requests", options: DESKTOP, opens: true },
  { name: "limits", path: "limits", options: DESKTOP },
  { name: "configuration", path: "configuration", options: DESKTOP },
  { name: "phone", path: "", options: PHONE },
  { name: "phone-endpoints", path: "endpoints", options: PHONE },
  { name: "phone-requests", path: "requests", options: { ...PHONE, colorScheme: "dark" as const } },
];
for (const { name, path, options, opens } of shots) {
  await using opened = await openPage(browser, options);
  const { page } = opened;
  await page.goto(`${world.url}/internal/ui/${path}`);
  await page.locator(".panel").first().waitFor();
  await pause(2_500);
  if (opens === true) {
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Retried" }).click();
    await page.locator(".opener button").first().click();
  }
  await page.screenshot({ path: `${folder}/${name}.png` });
  process.stdout.write(`${name}: ${opened.faults.join("; ") || "fine"}\n`);
}
await traffic.stop();
