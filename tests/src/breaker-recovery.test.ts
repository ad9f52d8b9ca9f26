import { startBackend, type SimulatedBackend } from "@olla-ts/simulator";
import { afterEach, beforeEach, expect, it } from "vitest";

import { chat, readEvents } from "./harness/chat.ts";
import { configFor, startGateway, until, type TestGateway } from "./harness/gateway.ts";

const MODEL = "llama3.2:3b";
/** Failures in a row that open a breaker. */
const THRESHOLD = 5;

let backend: SimulatedBackend;
let gateway: TestGateway;

beforeEach(async () => {
  backend = await startBackend({ kind: "openai-compatible", name: "only", models: [MODEL] });
  gateway = await startGateway({ config: configFor([backend], { engine: "olla" }) });
});

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await backend[Symbol.asyncDispose]();
});

async function breakStreams(count: number): Promise<void> {
  await backend.setFault({ type: "reset-after-tokens", tokens: 1, times: count });
  for (let sent = 0; sent < count; sent += 1) {
    await readEvents(await chat(gateway.url, { model: MODEL, stream: true }));
  }
}

it("closes the breaker when an endpoint that was out is found healthy again", async () => {
  await breakStreams(THRESHOLD);
  expect((await gateway.endpoint("only"))["breaker"]).toBe("open");
  await backend.kill();
  await until(async () => (await gateway.endpoint("only"))["status"] !== "healthy");
  await backend.restart();
  await until(async () => (await gateway.endpoint("only"))["status"] === "healthy");
  expect((await gateway.endpoint("only"))["breaker"]).toBe("closed");
  expect((await chat(gateway.url, { model: MODEL })).status).toBe(200);
});

it("keeps the breaker open while the endpoint breaks streams but was never out", async () => {
  await breakStreams(THRESHOLD);
  const { health_check_at: before } = await gateway.endpoint("only");
  await until(async () => (await gateway.endpoint("only"))["health_check_at"] !== before);
  expect(await gateway.endpoint("only")).toMatchObject({ status: "healthy", breaker: "open" });
});
