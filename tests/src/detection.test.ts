import { describe, expect, it } from "vitest";

import { configFor, startGateway, until } from "./harness/gateway.ts";
import { startScriptedBackend, type ScriptedBackend } from "./harness/scripted-backend.ts";
import { createShiftingClock, shiftTime } from "./harness/shifting-clock.ts";

const ALIVE = "/health/liveliness";

interface LiteLlm extends ScriptedBackend {
  isStarting: boolean;
  /** Paths asked for, the list of models left out. */
  readonly asked: readonly string[];
}

/** A LiteLLM that knows its list and whether it is alive, and does not tell the latter while it is starting. */
async function startLiteLlm(): Promise<LiteLlm> {
  const backend = await startScriptedBackend();
  const asked: string[] = [];
  const server = Object.assign(backend, { isStarting: false, asked });
  backend.answer((request, response) => {
    asked.push(request.url ?? "");
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

  it("PV-33 finds out what serves at an address that ends in /v1", async () => {
    await using backend = await startLiteLlm();
    const { name, url } = backend;
    const config = configFor([{ name, url: `${url}/v1`, kind: "auto" }], { engine });
    await using gateway = await startGateway({ config });
    await until(async () => (await gateway.endpoint(name))["type"] === "litellm");
    // Its probe, too, is asked beside /v1.
    await until(() => backend.asked.length >= 2);
    expect(new Set(backend.asked)).toEqual(new Set([ALIVE]));
  });

  it("says once when it cannot tell what serves at an address", async () => {
    await using backend = await startScriptedBackend();
    const { name, url } = backend;
    const keys = ["health_check_url: /up", "model_url: /team/v1/models"];
    backend.answer((request, response) => {
      response.statusCode = request.url === "/elsewhere/up" ? 200 : 404;
      response.end();
    });
    const config = configFor([{ name, url: `${url}/elsewhere`, kind: "auto" }], {
      engine,
      endpoints: { [name]: keys },
    });
    const clock = createShiftingClock();
    await using gateway = await startGateway({ config, clock });
    const told = (): number =>
      gateway.log.filter(({ message }) => message === "Backend type not detected").length;
    await until(() => told() === 1);
    // Of two more rounds the first is surely over.
    for (const backoffMs of [10_000, 20_000]) {
      const before = backend.requestCount;
      await shiftTime(clock, backoffMs, gateway);
      await until(() => backend.requestCount > before + 24);
    }
    expect(told()).toBe(1);
  });
});
