import { describe, expect, it } from "vitest";

import { until } from "./harness/gateway.ts";
import { postJson, send, type Answer } from "./harness/http-client.ts";
import { startWorld, traffic } from "./harness/world.ts";

const CHAT = "/olla/proxy/v1/chat/completions";

function ask(url: string, model: string): Promise<Answer> {
  return postJson(url, CHAT, { model, messages: [] });
}

/** A body whose top-level model is `name`, full of what could be mistaken for it. */
function around(name: string): string {
  return `{ "options":{"model":"short"},\n\t"model" : "${name}" ,"prompt":"\\u00e9 \\"model\\":\\"short\\"", "n":1.50 }`;
}

describe.each(["olla", "sherpa"])("model aliases with engine %s", (engine) => {
  it("RT-64 HP-38 rewrites the model's value alone; every other byte stays", async () => {
    await using world = await startWorld(
      { a: { models: ["real-model"] } },
      { engine, more: "model_aliases: { short: [real-model] }" },
    );
    const answer = await send(world.url, {
      method: "POST",
      path: "/olla/proxy/echo/x",
      headers: { "content-type": "application/json" },
      body: around("short"),
    });
    expect(answer.status).toBe(200);
    expect(traffic(world.backends.a)[0]?.body.toString()).toBe(around("real-model"));
    expect(traffic(world.backends.a)[0]?.headers["content-length"]).toBe(
      String(around("real-model").length),
    );
    expect(answer.headers).toMatchObject({
      "x-olla-model": "short",
      "x-olla-routing-strategy": "alias",
      "x-olla-routing-decision": "routed",
      "x-olla-routing-reason": 'alias "short" resolved to 1 endpoint(s)',
    });
  });

  it("HP-39 gives each endpoint the first listed model that it has", async () => {
    await using world = await startWorld(
      { a: { models: ["m2", "m3"] }, b: { models: ["m3", "m1"] }, c: { models: ["other"] } },
      { engine, balancer: "round-robin", more: "model_aliases: { best: [m1, m2, m3] }" },
    );
    for (let turn = 0; turn < 4; turn += 1) expect((await ask(world.url, "best")).status).toBe(200);
    const sent = (name: "a" | "b" | "c"): readonly unknown[] =>
      traffic(world.backends[name]).map(({ body }) => JSON.parse(body.toString()).model as unknown);
    expect(sent("a")).toEqual(["m2", "m2"]);
    expect(sent("b")).toEqual(["m1", "m1"]);
    expect(sent("c")).toEqual([]);
  });

  it("rewrites anew for the endpoint that a request fails over to", async () => {
    await using world = await startWorld(
      { a: { models: ["m-on-a"] }, b: { models: ["m-on-b"] } },
      {
        engine,
        balancer: "priority",
        priorities: { a: 100, b: 50 },
        more: "model_aliases: { both: [m-on-a, m-on-b] }",
      },
    );
    await world.backends.a.setFault({ type: "reset-before-headers" });
    const answer = await ask(world.url, "both");
    expect(answer.headers["x-olla-endpoint"]).toBe("b");
    const sent = traffic(world.backends.b)[0]?.body.toString() ?? "";
    expect(JSON.parse(sent)).toMatchObject({ model: "m-on-b" });
  });

  it("HP-77 D13 finds an alias with capitals, asked for in any case", async () => {
    await using world = await startWorld(
      { a: { models: ["m1"] } },
      { engine, more: "model_aliases: { Big-Alias: [m1] }" },
    );
    for (const name of ["Big-Alias", "big-alias", "BIG-ALIAS"]) {
      const answer = await ask(world.url, name);
      expect(answer.status).toBe(200);
      expect(answer.headers["x-olla-model"]).toBe(name);
    }
  });

  it("RT-65 answers 404 to an alias whose targets nobody has", async () => {
    await using world = await startWorld(
      { a: { models: ["m1"] } },
      { engine, more: "model_aliases: { lost: [nobody-has-it] }" },
    );
    const answer = await ask(world.url, "lost");
    expect(answer.status).toBe(404);
    expect(answer.headers["x-olla-routing-reason"]).toBe("model_not_found");
  });

  it("serves a real model of the alias's name once the alias has no endpoint left", async () => {
    await using world = await startWorld(
      { a: { models: ["target"] }, b: { models: ["twin"] } },
      { engine, more: "model_aliases: { twin: [target] }" },
    );
    const shadowed = await ask(world.url, "twin");
    expect(shadowed.headers["x-olla-endpoint"]).toBe("a");
    await world.backends.a.kill();
    await until(async () => (await world.gateway.endpoint("a"))["status"] === "offline");
    const own = await ask(world.url, "twin");
    expect(own.headers["x-olla-endpoint"]).toBe("b");
    expect(own.headers["x-olla-routing-strategy"]).toBe("strict");
    expect(JSON.parse(traffic(world.backends.b)[0]?.body.toString() ?? "")).toMatchObject({
      model: "twin",
    });
  });
});

describe("statistics of aliases", () => {
  it("HI-26 counts a request under the real model", async () => {
    await using world = await startWorld(
      { a: { models: ["m1"] } },
      { more: "model_aliases: { short: [m1] }" },
    );
    await ask(world.url, "short");
    await ask(world.url, "m1");
    const { text } = await send(world.url, { path: "/internal/stats/models" });
    expect(JSON.parse(text)).toMatchObject({ models: [{ name: "m1", total_requests: 2 }] });
  });
});
