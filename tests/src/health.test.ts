import { describe, expect, it } from "vitest";

import { until } from "./harness/gateway.ts";
import { send } from "./harness/http-client.ts";
import { startWorld, type World } from "./harness/world.ts";

const PROBED = /^\/v1\/models$/;

async function untilStatus(world: World<"a" | "b">, status: string): Promise<void> {
  await until(async () => (await world.gateway.endpoint("a"))["status"] === status);
}

describe("health of endpoints", () => {
  it.each([
    [401, "config_error"],
    [403, "config_error"],
    [500, "unhealthy"],
    [404, "unhealthy"],
  ])(
    "RT-50 takes an endpoint whose probe is a %i for %s, and back when it is well",
    async (status, name) => {
      await using world = await startWorld({ a: {}, b: {} }, { balancer: "round-robin" });
      await world.backends.a.setFault({ type: "status", status, path: PROBED });
      await untilStatus(world, name);
      for (let turn = 0; turn < 4; turn += 1) {
        const { headers } = await send(world.url, { path: "/olla/proxy/echo/x" });
        expect(headers["x-olla-endpoint"]).toBe("b");
      }
      await world.backends.a.setFault(undefined);
      await untilStatus(world, "healthy");
    },
  );

  it("RT-50 leaves an endpoint alone for as long as its 429 asks for", async () => {
    await using world = await startWorld({ a: {}, b: {} });
    const headers = { "Retry-After": "45" };
    await world.backends.a.setFault({ type: "status", status: 429, headers, path: PROBED });
    await untilStatus(world, "rate_limited");
    const { next_check_at: next, health_check_at: last } = await world.gateway.endpoint("a");
    const waitMs = Date.parse(String(next)) - Date.parse(String(last));
    expect(waitMs).toBeGreaterThanOrEqual(44_000);
  });

  it("RT-54 notices within three seconds that a backend is gone, without a request", async () => {
    await using world = await startWorld({ a: {}, b: {} });
    await world.backends.a.kill();
    const start = performance.now();
    await untilStatus(world, "offline");
    expect(performance.now() - start).toBeLessThan(3_000);
  });

  it("RT-52 asks for the models of an endpoint that came back", async () => {
    await using world = await startWorld({ a: { models: ["old"] }, b: {} });
    await world.backends.a.kill();
    await untilStatus(world, "offline");
    world.backends.a.setModels(["new"]);
    await world.backends.a.restart();
    await until(async () => {
      const { text } = await send(world.url, { path: "/olla/proxy/v1/models" });
      return text.includes('"new"') && !text.includes('"old"');
    });
    expect(await world.gateway.endpoint("a")).toMatchObject({ status: "healthy" });
  });
});

describe("provider routes without a healthy endpoint", () => {
  it("HP-30 answer 404, and 503 to a model that is known", async () => {
    await using world = await startWorld({
      v: { kind: "vllm", models: ["m1"] },
      o: { kind: "ollama" },
    });
    await world.backends.v.kill();
    await until(async () => (await world.gateway.endpoint("v"))["status"] === "offline");
    expect((await send(world.url, { path: "/olla/vllm/echo/x" })).status).toBe(404);
    const known = await send(world.url, {
      method: "POST",
      path: "/olla/vllm/v1/chat/completions",
      headers: { "content-type": "application/json" },
      body: '{"model":"m1"}',
    });
    expect(known.status).toBe(503);
    expect(known.headers["x-olla-routing-reason"]).toBe("model_unavailable");
  });
});
