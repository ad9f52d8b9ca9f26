import { startBackend, type SimulatedBackend } from "@olla-ts/simulator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { chat } from "./harness/chat.ts";
import { configFor, startGateway, type TestGateway } from "./harness/gateway.ts";
import { traffic } from "./harness/world.ts";

const MODEL = "llama3.2:3b";
const BUSY = { type: "status", status: 503, body: '{"error":"loading"}' } as const;

describe.each(["olla", "sherpa"])("retry settings with engine %s", (engine) => {
  let backends: readonly SimulatedBackend[];
  let first: SimulatedBackend;
  let last: SimulatedBackend;

  beforeEach(async () => {
    first = await startBackend({ kind: "openai-compatible", name: "first", models: [MODEL] });
    const second = await startBackend({
      kind: "openai-compatible",
      name: "second",
      models: [MODEL],
    });
    last = await startBackend({ kind: "openai-compatible", name: "last", models: [MODEL] });
    backends = [first, second, last];
  });

  afterEach(async () => {
    for (const backend of backends) await backend[Symbol.asyncDispose]();
  });

  async function start(proxy: string): Promise<TestGateway> {
    const priorities = { first: 30, second: 20, last: 10 };
    return startGateway({
      config: configFor(backends, {
        engine,
        balancer: "priority",
        priorities,
        proxy: `  ${proxy}`,
      }),
    });
  }

  /** Names of the backends that got a chat. */
  function asked(): readonly string[] {
    return backends.filter((backend) => traffic(backend).length > 0).map(({ name }) => name);
  }

  it.each([
    ["retry: { enabled: false }", 1],
    ["max_retries: 0", 1],
    ["retry: { max_attempts: 1 }", 1],
    ["max_retries: 1", 2],
    ["retry: { max_attempts: 2 }", 2],
    ["retry: { max_attempts: 0 }", 3],
    ["retry_backoff: 1ms", 3],
  ])("%s asks %i of three that are busy", async (proxy, attempts) => {
    for (const backend of backends) await backend.setFault(BUSY);
    await using gateway = await start(proxy);
    const response = await chat(gateway.url);
    expect(response.status).toBe(503);
    expect(await response.text()).toBe(BUSY.body);
    expect(asked()).toEqual(["first", "second", "last"].slice(0, attempts));
  });

  it("max_attempts wins over max_retries", async () => {
    for (const backend of backends) await backend.setFault(BUSY);
    await using gateway = await start("max_retries: 0\n  retry: { max_attempts: 2 }");
    await chat(gateway.url);
    expect(asked()).toEqual(["first", "second"]);
  });

  it("counts connections that failed and busy answers together", async () => {
    await first.setFault({ type: "close-before-headers" });
    await backends[1]?.setFault(BUSY);
    await using gateway = await start("max_retries: 1");
    const response = await chat(gateway.url);
    expect(response.status).toBe(503);
    expect(traffic(last)).toEqual([]);
  });

  it("on_connection_failure: false leaves a dead endpoint's request unanswered", async () => {
    await first.setFault({ type: "close-before-headers" });
    await using gateway = await start("retry: { on_connection_failure: false }");
    expect((await chat(gateway.url)).status).toBe(502);
    expect(asked()).toEqual(["first"]);
  });

  it("on_connection_failure: false still leaves a busy endpoint", async () => {
    await first.setFault(BUSY);
    await using gateway = await start("retry: { on_connection_failure: false }");
    expect((await chat(gateway.url)).headers.get("x-olla-endpoint")).toBe("second");
  });
});
