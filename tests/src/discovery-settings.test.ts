import { startBackend } from "@olla-ts/simulator";
import { describe, expect, it } from "vitest";

import { chat } from "./harness/chat.ts";
import { configFor, startGateway, until } from "./harness/gateway.ts";
import { createShiftingClock } from "./harness/shifting-clock.ts";
import { startWorld } from "./harness/world.ts";

const HOUR_MS = 3_600_000;

describe("settings of discovery and of the model registry", () => {
  it("health_check.initial_delay keeps the first probes waiting", async () => {
    await using backend = await startBackend({ kind: "openai-compatible", name: "first" });
    const clock = createShiftingClock();
    await using gateway = await startGateway({
      config: configFor([backend], { discovery: "  health_check: { initial_delay: 1h }" }),
      clock,
      ready: false,
    });
    // An answer of the same backend: probes sent at the start would have come before it.
    await fetch(`${backend.url}/v1/models`);
    expect(backend.requests).toHaveLength(1);
    expect(await gateway.endpoint("first")).toMatchObject({ status: "unknown" });
    clock.shift(HOUR_MS);
    await until(async () => (await gateway.endpoint("first"))["status"] === "healthy");
  });

  it("unification.stale_threshold forgets the models of an endpoint that stays away", async () => {
    const clock = createShiftingClock();
    await using world = await startWorld(
      { gone: { models: ["pine"] }, here: { models: ["fir"] } },
      {
        clock,
        more: "model_registry: { unification: { stale_threshold: 1h, cleanup_interval: 1m } }",
      },
    );
    const { gone } = world.backends;
    const statusOf = async (model: string): Promise<number> =>
      (await chat(world.url, { model })).status;
    await gone.kill();
    await until(async () => (await world.gateway.endpoint("gone"))["status"] === "offline");
    expect(await statusOf("pine"), "known, but nobody can serve it").toBe(503);
    clock.shift(2 * HOUR_MS);
    await until(async () => (await statusOf("pine")) === 404);
    expect(await statusOf("fir"), "an endpoint that works keeps its models").toBe(200);
    expect(world.gateway.log.map(({ message }) => message)).toContain("Stale models forgotten");
    await gone.restart();
    await until(async () => (await statusOf("pine")) === 200);
  });

  it.each([
    { more: "", count: 1 },
    { more: "model_registry: { unification: { enabled: false } }", count: 2 },
    { more: "model_registry: { enable_unifier: false }", count: 2 },
  ])("lists two spellings as $count with $more", async ({ more, count }) => {
    await using world = await startWorld(
      { first: { models: ["Pine"] }, second: { models: ["pine"] } },
      { more },
    );
    const response = await fetch(`${world.url}/olla/models`);
    const { data } = (await response.json()) as { data: readonly unknown[] };
    expect(data).toHaveLength(count);
  });
});
