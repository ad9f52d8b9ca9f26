import { describe, expect, it } from "vitest";

import { drain, ollamaClient, thrownBy } from "../harness/clients.ts";
import { until } from "../harness/gateway.ts";
import { send } from "../harness/http-client.ts";
import { bodyOf } from "../harness/kind-world.ts";
import { startWorld, traffic, type World } from "../harness/world.ts";

const MODEL = "pine:7b";
const messages = [{ role: "user", content: "hello" }];

describe.each(["olla", "sherpa"])(
  "generating and listing by the ollama client with engine %s",
  (engine) => {
    function start(): Promise<World<"only">> {
      const models = [
        { id: MODEL, reply: "one two three" },
        { id: "embedder:1b", embeddingDimensions: 6 },
      ];
      return startWorld({ only: { kind: "vllm", models } }, { engine });
    }

    it("TR-68 generates, whole and streamed", async () => {
      await using world = await start();
      const client = ollamaClient(world.url);
      const request = { model: MODEL, prompt: "hello", system: "Be brief." };
      const whole = await client.generate(request);
      expect(whole).toMatchObject({ response: "one two three", done: true, done_reason: "stop" });
      expect(bodyOf(world)["messages"]).toEqual([
        { role: "system", content: "Be brief." },
        { role: "user", content: "hello" },
      ]);
      const texts: string[] = [];
      let last: unknown;
      for await (const part of await client.generate({ ...request, stream: true })) {
        last = part;
        if (part.response !== undefined && part.response !== "") texts.push(part.response);
      }
      expect(texts).toEqual(["one", " two", " three"]);
      expect(last).toMatchObject({ done: true, eval_count: 3 });
    });

    it("TR-68 continues a raw prompt, and fills a gap, by text completion", async () => {
      await using world = await start();
      const client = ollamaClient(world.url);
      const raw = await client.generate({ model: MODEL, prompt: "1, 2,", raw: true });
      expect(raw).toMatchObject({ model: MODEL, response: "one two three", done_reason: "stop" });
      expect(bodyOf(world)).toMatchObject({ model: MODEL, prompt: "1, 2,", stream: false });
      const request = { model: MODEL, prompt: "def add(", suffix: "return c", keep_alive: "5m" };
      const texts: string[] = [];
      let last: unknown;
      for await (const part of await client.generate({ ...request, stream: true })) {
        last = part;
        texts.push(part.response ?? "");
      }
      expect(texts.join("")).toBe("one two three");
      expect(last).toMatchObject({ done: true, done_reason: "stop", eval_count: 3 });
      expect(bodyOf(world)).toMatchObject({
        prompt: "def add(",
        suffix: "return c",
        stream_options: { include_usage: true },
      });
      expect(traffic(world.backends.only).map(({ url }) => url)).toEqual([
        "/v1/completions",
        "/v1/completions",
      ]);
    });

    it("throws when a continued text breaks", async () => {
      await using world = await start();
      await world.backends.only.setFault({ type: "reset-after-tokens", tokens: 1 });
      const request = { model: MODEL, prompt: "1, 2,", raw: true, stream: true as const };
      const stream = await ollamaClient(world.url).generate(request);
      expect(await thrownBy(drain(stream))).toBeInstanceOf(Error);
    });

    it("tells that an answer was cut", async () => {
      await using world = await start();
      const options = { num_predict: 2 };
      const answer = await ollamaClient(world.url).generate({ model: MODEL, prompt: "x", options });
      expect(answer).toMatchObject({ response: "one two", done_reason: "length" });
    });

    it("TR-68 answers requests that only load a model without asking anybody", async () => {
      await using world = await start();
      const client = ollamaClient(world.url);
      const loaded = await client.generate({ model: MODEL, prompt: "" });
      expect(loaded).toMatchObject({ model: MODEL, response: "", done: true, done_reason: "load" });
      const unloaded = await client.chat({ model: MODEL, messages: [], keep_alive: 0 });
      expect(unloaded).toMatchObject({ done: true, done_reason: "unload" });
      expect(traffic(world.backends.only)).toEqual([]);
    });

    it("TR-68 lists, shows and tells its version", async () => {
      await using world = await start();
      const client = ollamaClient(world.url);
      const { models } = await client.list();
      expect(models.map(({ name }) => name).toSorted()).toEqual(["embedder:1b", MODEL]);
      for (const model of models) {
        expect(model.digest).toMatch(/^[0-9a-f]{64}$/);
        expect(model.details).toHaveProperty("family");
      }
      expect(await client.show({ model: MODEL })).toMatchObject({
        template: "",
        parameters: "",
        details: expect.any(Object) as unknown,
        model_info: { "general.basename": MODEL },
        capabilities: ["completion"],
      });
      expect((await client.ps()).models).toBeInstanceOf(Array);
      expect((await client.version()).version).toMatch(/^\d+\.\d+\.\d+$/);
      expect((await send(world.url, { path: "/olla/ollama/" })).text).toBe("Ollama is running");
      expect((await send(world.url, { method: "HEAD", path: "/olla/ollama/" })).status).toBe(200);
    });
  },
);

describe("the ollama client and several kinds of backend", () => {
  it("cannot have a raw prompt continued where there are only chats", async () => {
    await using world = await startWorld({ only: { kind: "anthropic", models: [MODEL] } });
    const asked = ollamaClient(world.url).generate({ model: MODEL, prompt: "1, 2,", raw: true });
    expect(await thrownBy(asked)).toMatchObject({ status_code: 400 });
    expect(traffic(world.backends.only)).toEqual([]);
  });

  it("asks an Ollama that has the model, in its own words, else whoever has it", async () => {
    await using world = await startWorld({
      own: { kind: "ollama", models: [{ id: "shared:7b", reply: "own" }] },
      other: {
        kind: "vllm",
        models: [
          { id: "shared:7b", reply: "other" },
          { id: MODEL, reply: "elsewhere" },
        ],
      },
    });
    const client = ollamaClient(world.url);
    const own = await client.chat({ model: "shared:7b", messages });
    expect(own.message.content).toBe("own");
    expect(traffic(world.backends.own)[0]?.url).toBe("/api/chat");
    expect((await client.chat({ model: MODEL, messages })).message.content).toBe("elsewhere");
    await world.backends.own.kill();
    await until(async () => (await world.gateway.endpoint("own"))["status"] === "offline");
    expect((await client.chat({ model: "shared:7b", messages })).message.content).toBe("other");
  });
});
