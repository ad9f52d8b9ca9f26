import { describe, expect, it } from "vitest";

import { configFor, startGateway, until } from "./harness/gateway.ts";
import { startScriptedBackend, type ScriptedBackend } from "./harness/scripted-backend.ts";
import { createShiftingClock, shiftTime } from "./harness/shifting-clock.ts";

const ALIVE = "/health/liveliness";

/** A LiteLLM that knows its list and whether it is alive, and does not tell the latter while it is starting. */
async function startLiteLlm(): Promise<ScriptedBackend & { isStarting: boolean }> {
  const backend = await startScriptedBackend();
  const server = Object.assign(backend, { isStarting: false });
  backend.answer((request, response) => {
    if (server.isStarting && request.url === ALIVE) return;
    response.statusCode = request.url === ALIVE ? 200 : 404;
    response.end(request.url === ALIVE ? '"I\'m alive!"' : '{"detail":"Not Found"}');
  });
  return server;
}

describe.each(["olla", "sherpa"])("type detection with engine %s", (engine) => {
  it("PV-33 asks again, soon, while a server that is starting does not answer everything", async () => {
    await using backend = await startLiteLlm();
    backend.isStarting = true;
    const clock = createShiftingClock();
    const { name, url } = backend;
    const config = configFor([{ name, url, kind: "auto" }], { engine });
    await using gateway = await startGateway({ config, clock, ready: false });
    await until(async () => (await gateway.endpoint(name))["type"] === "openai-compatible");
    backend.isStarting = false;
    // Twice the first backoff, and far from the next interval of five minutes.
    await shiftTime(clock, 10_000, gateway);
    await until(async () => (await gateway.endpoint(name))["type"] === "litellm");
    expect(await gateway.endpoint(name)).toMatchObject({ status: "healthy" });
  });
});
