import { describe, expect, it } from "vitest";

import { anthropicClient, question } from "../harness/anthropic.ts";
import { chat } from "../harness/chat.ts";
import { openaiClient } from "../harness/clients.ts";
import { send } from "../harness/http-client.ts";
import { FIXTURE_PROFILES, startKindWorld } from "../harness/kind-world.ts";
import { startScriptedWorld } from "../harness/scripted-world.ts";
import { startWorld, traffic, type World } from "../harness/world.ts";

const MODEL = "claude-pine";
const messages = [{ role: "user" as const, content: "hello" }];

function startAnthropic(): Promise<World<"only">> {
  return startKindWorld("anthropic", { models: [{ id: MODEL, reply: "one two three" }] });
}

describe("routes to a server that speaks Anthropic's dialect alone", () => {
  it.each(["openai", "openai-compatible", "anthropic-api"])(
    "TR-74 reach it below /olla/%s, translated",
    async (prefix) => {
      await using world = await startAnthropic();
      const completion = await openaiClient(world.url, prefix).chat.completions.create({
        model: MODEL,
        messages,
      });
      expect(completion.choices[0]?.message.content).toBe("one two three");
    },
  );

  it("reach it below /olla/proxy, which is for all endpoints", async () => {
    await using world = await startAnthropic();
    const response = await chat(world.url, {
      model: MODEL,
      path: "/olla/proxy/v1/chat/completions",
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-olla-mode")).toBe("translated");
  });

  it("do not reach it below the prefix of another kind", async () => {
    await using world = await startAnthropic();
    const response = await chat(world.url, {
      model: MODEL,
      path: "/olla/vllm/v1/chat/completions",
    });
    expect(response.status).toBe(404);
    expect(traffic(world.backends.only)).toEqual([]);
  });

  it("pass its own dialect through below its own prefix, whatever it is asked", async () => {
    await using world = await startAnthropic();
    const client = anthropicClient(world.url, { baseURL: `${world.url}/olla/anthropic-api` });
    const { data, response } = await client.messages
      .create(question(MODEL), { headers: { "anthropic-beta": "some-2026" } })
      .withResponse();
    expect(data.content).toEqual([{ type: "text", text: "one two three" }]);
    expect(response.headers.get("x-olla-mode")).toBe("passthrough");
    expect(traffic(world.backends.only)[0]?.headers).toMatchObject({
      "anthropic-beta": "some-2026",
      "anthropic-version": expect.stringMatching(/^\d{4}-/) as string,
    });
    const batches = await send(world.url, { path: "/olla/anthropic-api/v1/messages/batches" });
    expect(batches.status).toBe(404);
    expect(traffic(world.backends.only).at(-1)?.url).toBe("/v1/messages/batches");
  });

  it("list the models below its own prefix in its own shape", async () => {
    await using world = await startAnthropic();
    const client = anthropicClient(world.url, { baseURL: `${world.url}/olla/anthropic-api` });
    const found: string[] = [];
    for await (const { id, type } of client.models.list()) found.push(`${type} ${id}`);
    expect(found).toEqual([`model ${MODEL}`]);
  });

  it("choose it beside a backend of OpenAI's dialect, each for its own models", async () => {
    await using world = await startWorld({
      hosted: { kind: "anthropic", models: [{ id: MODEL, reply: "hosted" }] },
      local: { kind: "vllm", models: [{ id: "pine:7b", reply: "local" }] },
    });
    const { completions } = openaiClient(world.url).chat;
    const hosted = await completions.create({ model: MODEL, messages });
    const local = await completions.create({ model: "pine:7b", messages });
    expect(hosted.choices[0]?.message.content).toBe("hosted");
    expect(local.choices[0]?.message.content).toBe("local");
  });

  it("fall back on it when the backend of OpenAI's dialect is away", async () => {
    await using world = await startWorld(
      {
        local: { kind: "vllm", models: [{ id: MODEL, reply: "local" }] },
        hosted: { kind: "anthropic", models: [{ id: MODEL, reply: "hosted" }] },
      },
      { balancer: "priority", priorities: { local: 100, hosted: 50 } },
    );
    const { completions } = openaiClient(world.url).chat;
    const first = await completions.create({ model: MODEL, messages });
    await world.backends.local.kill();
    const second = await completions.create({ model: MODEL, messages });
    expect(first.choices[0]?.message.content).toBe("local");
    expect(second.choices[0]?.message.content).toBe("hosted");
  });
});

describe("routes to a profile that says it is not OpenAI-compatible", () => {
  it("keep it out of /olla/openai when it has the chat all the same", async () => {
    await using world = await startScriptedWorld({ kind: "closed-chat", more: FIXTURE_PROFILES });
    world.answerJson({ choices: [] });
    const below = (prefix: string): Promise<Response> =>
      chat(world.url, { model: "scripted", path: `/olla/${prefix}/v1/chat/completions` });
    expect((await below("openai")).status).toBe(404);
    expect((await below("closed-chat")).status).toBe(200);
  });
});
