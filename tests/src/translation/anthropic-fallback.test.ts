import type { BackendKind } from "@olla-ts/simulator";
import { describe, expect, it } from "vitest";

import { anthropicClient, MESSAGES, question } from "../harness/anthropic.ts";
import { until } from "../harness/gateway.ts";
import { postJson, type Answer } from "../harness/http-client.ts";
import { makeFolder } from "../harness/program.ts";
import { startScriptedWorld } from "../harness/scripted-world.ts";
import { createShiftingClock, shiftTime } from "../harness/shifting-clock.ts";
import { startWorld, traffic, type World, type WorldOptions } from "../harness/world.ts";

const MODEL = "pine:7b";

type Two = "native" | "other";

function ask({ url }: { readonly url: string }, model = MODEL): Promise<Answer> {
  return postJson(url, MESSAGES, question(model));
}

function served({ status, headers }: Answer): unknown {
  return { status, endpoint: headers["x-olla-endpoint"], mode: headers["x-olla-mode"] };
}

function pathsOf(world: World<Two>, name: Two): readonly string[] {
  return traffic(world.backends[name]).map(({ url }) => url);
}

describe.each(["olla", "sherpa"])("a native and another endpoint, engine %s", (engine) => {
  function start(options: WorldOptions = {}, native: BackendKind = "vllm"): Promise<World<Two>> {
    const models = [{ id: MODEL, reply: "one two three" }];
    return startWorld(
      { native: { kind: native, models }, other: { kind: "openai-compatible", models } },
      { engine, balancer: "priority", ...options },
    );
  }

  it("TR-52 serve from a server that speaks this API alone, and from a chat server when it is dead", async () => {
    await using world = await start({}, "anthropic");
    expect(served(await ask(world))).toMatchObject({ endpoint: "native", mode: "passthrough" });
    await world.backends.native.kill();
    expect(served(await ask(world))).toMatchObject({ endpoint: "other", mode: "translated" });
  });

  it("prefer the native one among equals", async () => {
    await using world = await start();
    for (let turn = 0; turn < 6; turn += 1) {
      const expected = { status: 200, endpoint: "native", mode: "passthrough" };
      expect(served(await ask(world))).toEqual(expected);
    }
  });

  it.each(["refuse", "reset-before-headers", "close-before-headers"] as const)(
    "TR-52 answer translated from the other one when the native one fails with %s",
    async (type) => {
      await using world = await start();
      await world.backends.native.setFault({ type });
      const answer = await ask(world);
      expect(served(answer)).toEqual({ status: 200, endpoint: "other", mode: "translated" });
      expect(JSON.parse(answer.text)).toMatchObject({
        type: "message",
        content: [{ type: "text", text: "one two three" }],
      });
      const message = await anthropicClient(world.url)
        .messages.stream(question(MODEL))
        .finalMessage();
      expect(message.content).toMatchObject([{ type: "text", text: "one two three" }]);
    },
  );

  it.each([429, 503])(
    "TR-52 answer from the other one when the native one is busy, %i",
    async (status) => {
      await using world = await start();
      await world.backends.native.setFault({ type: "status", status });
      expect(served(await ask(world))).toEqual({
        status: 200,
        endpoint: "other",
        mode: "translated",
      });
    },
  );

  it("answer natively when the other one, preferred, is dead", async () => {
    await using world = await start({ priorities: { native: 50, other: 100 } });
    await world.backends.other.kill();
    expect(served(await ask(world))).toEqual({
      status: 200,
      endpoint: "native",
      mode: "passthrough",
    });
  });

  it("TR-54 prefer the other one when its priority is higher", async () => {
    await using world = await start({ priorities: { native: 50, other: 100 } });
    expect(served(await ask(world))).toEqual({
      status: 200,
      endpoint: "other",
      mode: "translated",
    });
    expect(pathsOf(world, "native")).toEqual([]);
  });

  it("TR-55 serve from several native ones at their own paths, the dead one's requests included", async () => {
    const models = [MODEL];
    await using world = await startWorld(
      {
        left: { kind: "vllm", models },
        middle: { kind: "docker-model-runner", models },
        right: { kind: "openai-compatible", models },
      },
      { engine, balancer: "round-robin", priorities: { right: 101 } },
    );
    const { left, middle, right } = world.backends;
    for (let turn = 0; turn < 9; turn += 1) expect((await ask(world)).status).toBe(200);
    const paths = (backend: typeof left): ReadonlySet<string> =>
      new Set(traffic(backend).map(({ url }) => url));
    expect(paths(left)).toEqual(new Set(["/v1/messages"]));
    expect(paths(middle)).toEqual(new Set(["/anthropic/v1/messages"]));
    expect(paths(right)).toEqual(new Set(["/v1/chat/completions"]));
    await left.kill();
    for (let turn = 0; turn < 6; turn += 1) expect((await ask(world)).status).toBe(200);
  });

  it("HP-75 serve each model where it is, though an oMLX endpoint is there too", async () => {
    await using world = await startWorld(
      {
        mlx: { kind: "omlx", models: ["yew:2b"] },
        plain: { kind: "openai-compatible", models: [MODEL] },
        llama: { kind: "ollama", models: ["elm:1b"] },
      },
      { engine },
    );
    const modes = [];
    for (const model of ["yew:2b", MODEL, "elm:1b"]) modes.push(served(await ask(world, model)));
    expect(modes).toEqual([
      { status: 200, endpoint: "mlx", mode: "passthrough" },
      { status: 200, endpoint: "plain", mode: "translated" },
      { status: 200, endpoint: "llama", mode: "passthrough" },
    ]);
  });
});

describe("an endpoint without the path that its type promises", () => {
  it("TR-53 is asked again translated, and from then on at once", async () => {
    await using world = await startScriptedWorld({ kind: "vllm" });
    world.answer((response, { url }) => {
      if (url === "/v1/messages") {
        response.writeHead(404, { "content-type": "application/json" });
        response.end('{"detail":"Not Found"}');
        return;
      }
      const choice = { message: { content: "Yes." }, finish_reason: "stop" };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ choices: [choice] }));
    });
    const wanted = { status: 200, endpoint: "scripted", mode: "translated" };
    for (let turn = 0; turn < 3; turn += 1)
      expect(served(await ask(world, "scripted"))).toEqual(wanted);
    const paths = world.received.map(({ url }) => url);
    expect(paths).toEqual(["/v1/messages", ...Array(3).fill("/v1/chat/completions")]);
  });

  it("is asked natively again after five minutes", async () => {
    const clock = createShiftingClock();
    const models = [MODEL];
    await using world = await startWorld({ native: { kind: "sglang", models } }, { clock });
    const paths = (): readonly string[] => traffic(world.backends.native).map(({ url }) => url);
    await ask(world);
    await ask(world);
    expect(paths()).toHaveLength(3);
    await shiftTime(clock, 301_000, world.gateway);
    await ask(world);
    expect(paths().slice(3)).toEqual(["/v1/messages", "/v1/chat/completions"]);
  });

  it("is believed when it says that the model is what it does not have", async () => {
    await using world = await startScriptedWorld({ kind: "vllm" });
    world.answerJson({ error: { message: "The model `scripted` does not exist." } }, 404);
    const answer = await ask(world, "scripted");
    expect(served(answer)).toEqual({ status: 404, endpoint: "scripted", mode: "passthrough" });
    expect(JSON.parse(answer.text)).toMatchObject({ error: { type: "not_found_error" } });
    expect(world.received).toHaveLength(1);
  });

  it("answers 404 once when there is nothing that it could be asked instead", async () => {
    using folder = makeFolder();
    folder.write(
      "only-messages.yaml",
      `
name: only-messages
api:
  health_check_path: /v1/models
  model_discovery_path: /v1/models
  paths: [/v1/models]
  anthropic_support: { enabled: true, messages_path: /v1/messages }
`,
    );
    const more = `profiles_dir: ${folder.path}`;
    await using world = await startScriptedWorld({ kind: "only-messages", more });
    world.answerJson("404 page not found", 404);
    const answer = await ask(world, "scripted");
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { type: "not_found_error" } });
    expect(world.received).toHaveLength(1);
    await until(async () => (await world.gateway.endpoint("scripted"))["connections"] === 0);
  });
});
