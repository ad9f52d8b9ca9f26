import { startBackend } from "@olla-ts/simulator";
import { describe, expect, it } from "vitest";

import { configFor, startGateway, until } from "./harness/gateway.ts";
import { postJson, send, type Answer } from "./harness/http-client.ts";
import { hasThreads } from "./harness/workers.ts";
import { startWorld, traffic } from "./harness/world.ts";

const CHAT = "/olla/proxy/v1/chat/completions";

function ask(url: string, model: string): Promise<Answer> {
  return postJson(url, CHAT, { model, messages: [] });
}

async function statusOf(url: string, model: string): Promise<number> {
  return (await ask(url, model)).status;
}

/** Refresh on miss, with as long a wait as a busy machine may need. */
const REFRESHING =
  "model_registry: { routing_strategy: { type: discovery, " +
  "options: { discovery_refresh_on_miss: true, discovery_timeout: 5s } } }";

describe.each(["olla", "sherpa"])("discovery with engine %s", (engine) => {
  it("HP-85 RT-10 R5 D22 finds a model that appeared after the start by asking again", async () => {
    await using world = await startWorld({ a: { models: ["old"] } }, { engine, more: REFRESHING });
    world.backends.a.setModels(["old", "new"]);
    const answer = await ask(world.url, "new");
    expect(answer.status, `got ${answer.text}`).toBe(200);
    expect(answer.headers).toMatchObject({
      "x-olla-endpoint": "a",
      "x-olla-routing-strategy": "discovery",
      "x-olla-routing-decision": "routed",
    });
  });

  it("HP-85 answers a status when asking again finds nothing", async () => {
    await using world = await startWorld({ a: { models: ["old"] } }, { engine, more: REFRESHING });
    const answer = await ask(world.url, "nobody");
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({
      "x-olla-routing-strategy": "discovery",
      "x-olla-routing-decision": "rejected",
    });
  });

  it("answers in discovery_timeout when an endpoint does not tell its models", async () => {
    const options = "options: { discovery_refresh_on_miss: true, discovery_timeout: 300ms }";
    await using world = await startWorld(
      { a: { models: ["old"] }, slow: { kind: "ollama", models: ["other"] } },
      { engine, more: `model_registry: { routing_strategy: { type: discovery, ${options} } }` },
    );
    await world.backends.slow.setFault({ type: "hang", path: /tags/ });
    expect(await statusOf(world.url, "nobody")).toBe(503);
    expect(await statusOf(world.url, "old")).toBe(200);
  });

  it("asks each endpoint at most once for a crowd that misses the same model", async () => {
    await using world = await startWorld(
      { a: { kind: "ollama", models: ["old"] } },
      { engine, more: REFRESHING },
    );
    const lists = (): number =>
      world.backends.a.requests.filter(({ url }) => url === "/api/tags").length;
    const before = lists();
    world.backends.a.setModels(["new"]);
    const crowd = await Promise.all(Array.from({ length: 20 }, () => ask(world.url, "new")));
    expect(new Set(crowd.map(({ status }) => status))).toEqual(new Set([200]));
    // Another thread may ask once more before it has heard of the first answer.
    expect(lists() - before).toBeLessThanOrEqual(hasThreads ? 4 : 2);
  });

  it("RT-58 R17 forgets a model that its endpoint no longer lists", async () => {
    await using world = await startWorld(
      { a: { models: ["keeps", "goes"] }, b: { models: ["goes-too"] } },
      { engine, discovery: "  model_discovery: { interval: 1s }" },
    );
    expect(await statusOf(world.url, "goes")).toBe(200);
    world.backends.a.setModels(["keeps"]);
    world.backends.b.setModels([]);
    for (const model of ["goes", "goes-too"]) {
      await until(async () => {
        const { status, headers } = await ask(world.url, model);
        return status === 404 && headers["x-olla-routing-reason"] === "model_not_found";
      });
    }
    expect(await statusOf(world.url, "keeps")).toBe(200);
    const { text } = await send(world.url, { path: "/olla/proxy/v1/models" });
    expect((JSON.parse(text) as { data: { id: string }[] }).data.map(({ id }) => id)).toEqual([
      "keeps",
    ]);
  });

  it("RT-55 takes an endpoint in that was offline at the start, with its models", async () => {
    await using world = await startWorld(
      { a: { models: ["m-a"] }, late: { models: ["m-late"] } },
      { engine },
    );
    await world.backends.late.kill();
    await until(async () => (await world.gateway.endpoint("late"))["status"] === "offline");
    const config = configFor(Object.values(world.backends), { engine });
    await using second = await startGateway({ config });
    expect(await statusOf(second.url, "m-late")).toBe(404);
    await world.backends.late.restart();
    await until(async () => (await statusOf(second.url, "m-late")) === 200);
  });

  it("RT-57 R10 R11 lets one endpoint without a model list disturb no other", async () => {
    await using world = await startWorld(
      {
        bad: {
          kind: "ollama",
          models: ["m-bad"],
          faults: [{ type: "status", status: 404, path: /tags/ }],
        },
        good: { kind: "ollama", models: ["m-good"] },
      },
      { engine, discovery: "  model_discovery: { interval: 1s }" },
    );
    expect(await statusOf(world.url, "m-good")).toBe(200);
    expect(await statusOf(world.url, "m-bad")).toBe(404);
    const { issues } = await world.gateway.endpoint("bad");
    expect(issues).toMatch(/^model list not readable: /);
    expect((await world.gateway.endpoint("good"))["issues"]).toBe("");
    await world.backends.bad.setFault(undefined);
    await until(async () => (await statusOf(world.url, "m-bad")) === 200);
  });

  it("RT-59 PV-36 R12 finds out what kind of server an endpoint of type auto is", async () => {
    await using world = await startWorld(
      { a: { kind: "vllm", models: ["m-vllm"] }, b: { kind: "ollama", models: ["m-ollama"] } },
      { engine },
    );
    const endpoints = Object.values(world.backends).map(({ name, url }) => ({ name, url }));
    const config = configFor(
      endpoints.map((one) => ({ ...one, kind: "auto" })),
      { engine },
    );
    await using gateway = await startGateway({ config });
    await until(async () => (await statusOf(gateway.url, "m-vllm")) === 200);
    await until(async () => (await statusOf(gateway.url, "m-ollama")) === 200);
    await until(async () => (await gateway.endpoint("a"))["type"] === "vllm");
    expect(await gateway.endpoint("b")).toMatchObject({ type: "ollama" });
  });

  it("RT-59 finds out the kind of an auto endpoint anew when it comes back", async () => {
    const first = await startBackend({ kind: "ollama", name: "a", models: ["m-first"] });
    const { name, port, url } = first;
    const config = configFor([{ name, url, kind: "auto" }], { engine });
    await using gateway = await startGateway({ config });
    await until(async () => (await gateway.endpoint("a"))["type"] === "ollama");
    await first[Symbol.asyncDispose]();
    await until(async () => (await gateway.endpoint("a"))["status"] === "offline");
    await using _second = await startBackend({ kind: "vllm", name, port, models: ["m-second"] });
    await until(async () => (await statusOf(gateway.url, "m-second")) === 200);
    expect(await gateway.endpoint("a")).toMatchObject({ type: "vllm", status: "healthy" });
  });

  it("takes an endpoint of type auto for a general one when the profile of its kind is not loaded", async () => {
    await using world = await startWorld({ a: { kind: "vllm", models: ["m-vllm"] } }, { engine });
    const { name, url } = world.backends.a;
    const config = configFor([{ name, url, kind: "auto" }], {
      engine,
      proxy: "  profile_filter: { exclude: [vllm] }",
    });
    await using gateway = await startGateway({ config });
    await until(async () => (await statusOf(gateway.url, "m-vllm")) === 200);
    expect(await gateway.endpoint("a")).toMatchObject({ type: "openai-compatible" });
  });

  it("RT-56 sends the endpoint's credentials when asking for models and health", async () => {
    await using world = await startWorld(
      { a: { kind: "ollama", models: ["m1"] } },
      { engine, endpoints: { a: ["auth: { type: bearer, token: t0ken }"] } },
    );
    const own = world.backends.a.requests.filter((one) => !traffic(world.backends.a).includes(one));
    expect(new Set(own.map(({ url }) => url))).toEqual(new Set(["/", "/api/tags", "/api/ps"]));
    for (const { headers } of own) expect(headers.authorization).toBe("Bearer t0ken");
  });

  it.each(["ollama", "omlx"] as const)(
    "takes from %s which of its models are in memory",
    async (kind) => {
      await using world = await startWorld({ a: { kind, models: ["m1"] } }, { engine });
      const { text } = await send(world.url, { path: "/olla/models/m1" });
      expect(JSON.parse(text)).toMatchObject({ loaded_endpoints: ["a"] });
    },
  );

  it("RT-66 admits the models that an endpoint's filter names, and no others", async () => {
    await using world = await startWorld(
      { a: { models: ["llama3:8b", "nomic-EMBED-text", "qwen3:4b", "llama3:70b"] } },
      {
        engine,
        endpoints: {
          a: ['model_filter: { include: ["llama*", "*embed*"], exclude: ["*EMBED*", "*:70b"] }'],
        },
      },
    );
    expect(await statusOf(world.url, "llama3:8b")).toBe(200);
    for (const model of ["nomic-embed-text", "qwen3:4b", "llama3:70b"]) {
      expect(await statusOf(world.url, model), `for ${model}`).toBe(404);
    }
  });

  it("RT-60 keeps two names of one digest apart when routing", async () => {
    const digest = "a".repeat(64);
    await using world = await startWorld(
      {
        a: { kind: "ollama", models: [{ id: "first:7b", digest }] },
        b: { kind: "ollama", models: [{ id: "second:7b", digest }] },
      },
      { engine, balancer: "round-robin" },
    );
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await ask(world.url, "first:7b")).headers["x-olla-endpoint"]).toBe("a");
      expect((await ask(world.url, "second:7b")).headers["x-olla-endpoint"]).toBe("b");
    }
    const { text } = await send(world.url, { path: "/olla/models" });
    const { data } = JSON.parse(text) as { data: { olla: { aliases: string[] } }[] };
    expect(data).toHaveLength(1);
    expect(data[0]?.olla.aliases.toSorted()).toEqual(["first:7b", "second:7b"]);
  });

  it("RT-61 uses both endpoints for one name with two digests, and lists two entries", async () => {
    await using world = await startWorld(
      {
        a: { kind: "ollama", models: [{ id: "same:7b", digest: "a".repeat(64) }] },
        b: { kind: "ollama", models: [{ id: "same:7b", digest: "b".repeat(64) }] },
      },
      { engine, balancer: "round-robin" },
    );
    const seen = [await ask(world.url, "same:7b"), await ask(world.url, "same:7b")];
    expect(seen.map(({ headers }) => headers["x-olla-endpoint"])).toEqual(["a", "b"]);
    const { text } = await send(world.url, { path: "/internal/status/models" });
    expect(JSON.parse(text)).toMatchObject({ total_models: 2 });
  });
});
