import { BadRequestError } from "openai";
import { describe, expect, it } from "vitest";

import { ollamaClient, openaiClient, thrownBy } from "../harness/clients.ts";
import { postJson } from "../harness/http-client.ts";
import { bodyOf, OLLAMA_NATIVE, startKindWorld, type EndpointKind } from "../harness/kind-world.ts";
import { startScriptedWorld, type ScriptedWorld } from "../harness/scripted-world.ts";
import { traffic, type World } from "../harness/world.ts";

const MODEL = "embedder:1b";

function start(kind: EndpointKind, engine: string): Promise<World<"only">> {
  return startKindWorld(kind, { models: [{ id: MODEL, embeddingDimensions: 6 }] }, { engine });
}

/** A backend that answers with lists of numbers whatever was asked for. */
async function startStubborn(engine: string): Promise<ScriptedWorld> {
  const world = await startScriptedWorld({ engine });
  world.answerJson({
    object: "list",
    model: "scripted",
    data: [
      { object: "embedding", index: 0, embedding: [0.5, -0.25, 1] },
      { object: "embedding", index: 1, embedding: [2, 0, -8] },
    ],
    usage: { prompt_tokens: 2, total_tokens: 2 },
  });
  return world;
}

describe.each(["olla", "sherpa"])("embeddings between dialects with engine %s", (engine) => {
  it.each(["openai-compatible", "vllm", "ollama", OLLAMA_NATIVE] as const)(
    "TR-72 has the same vectors through the openai client, as numbers and as base64, from %s",
    async (kind) => {
      await using world = await start(kind, engine);
      const { embeddings } = openaiClient(world.url);
      const input = ["a", "b"];
      const numbers = await embeddings.create({ model: MODEL, input, encoding_format: "float" });
      const encoded = await embeddings.create({ model: MODEL, input });
      expect(numbers.data.map(({ embedding }) => embedding.length)).toEqual([6, 6]);
      for (const [index, { embedding }] of encoded.data.entries()) {
        const exact = numbers.data[index]?.embedding ?? [];
        expect(embedding.map((value) => Math.fround(value))).toEqual(exact.map(Math.fround));
      }
      expect(encoded.data[0]?.embedding).not.toEqual(encoded.data[1]?.embedding);
      expect(encoded.usage).toEqual({ prompt_tokens: 2, total_tokens: 2 });
    },
  );

  it("TR-72 asks Ollama's own API by /api/embed", async () => {
    await using world = await start(OLLAMA_NATIVE, engine);
    const { data, response } = await openaiClient(world.url)
      .embeddings.create({ model: MODEL, input: "a", dimensions: 6, user: "somebody" })
      .withResponse();
    expect(data).toMatchObject({ object: "list", model: MODEL, data: [{ index: 0 }] });
    expect(traffic(world.backends.only)[0]?.url).toBe("/api/embed");
    expect(bodyOf(world)).toEqual({ model: MODEL, input: ["a"], dimensions: 6 });
    expect(response.headers.get("x-olla-dropped-fields")).toBe("user");
  });

  it("TR-72 encodes the vectors of a backend that does not know base64", async () => {
    await using world = await startStubborn(engine);
    const { embeddings } = openaiClient(world.url);
    const { data } = await embeddings.create({ model: "scripted", input: ["a", "b"] });
    expect(data.map(({ embedding }) => embedding)).toEqual([
      [0.5, -0.25, 1],
      [2, 0, -8],
    ]);
    expect(world.last().body["encoding_format"]).toBe("base64");
  });

  it("TR-72 tells them as base64 on the wire, for older libraries take numbers for nothing", async () => {
    await using world = await startStubborn(engine);
    const asked = { model: "scripted", input: ["a", "b"], encoding_format: "base64" };
    const { status, headers, text } = await postJson(
      world.url,
      "/olla/openai/v1/embeddings",
      asked,
    );
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "x-olla-endpoint": "scripted",
      "content-length": String(text.length),
    });
    const { data } = JSON.parse(text) as { data: { embedding: string }[] };
    const bytes = Buffer.from(data[1]?.embedding ?? "", "base64");
    expect([0, 4, 8].map((at) => bytes.readFloatLE(at))).toEqual([2, 0, -8]);
  });

  it("leaves an answer alone that is no list of vectors", async () => {
    await using world = await startStubborn(engine);
    world.answerJson('{"unexpected":[1]}');
    const asked = { model: "scripted", input: "a", encoding_format: "base64" };
    const { status, text } = await postJson(world.url, "/olla/openai/v1/embeddings", asked);
    expect({ status, text }).toEqual({ status: 200, text: '{"unexpected":[1]}' });
  });

  it("TR-72 leaves them as they are for a client that wants numbers", async () => {
    await using world = await startStubborn(engine);
    const { data } = await openaiClient(world.url).embeddings.create({
      model: "scripted",
      input: ["a", "b"],
      encoding_format: "float",
    });
    expect(data[1]?.embedding).toEqual([2, 0, -8]);
  });

  it("refuses lists of tokens where the backend embeds texts alone", async () => {
    await using world = await start(OLLAMA_NATIVE, engine);
    const asked = openaiClient(world.url).embeddings.create({ model: MODEL, input: [1, 2, 3] });
    const thrown = await thrownBy(asked);
    expect(thrown).toBeInstanceOf(BadRequestError);
    expect(thrown).toMatchObject({ param: "input", code: "invalid_request" });
    expect(traffic(world.backends.only)).toEqual([]);
  });

  it.each(["vllm", OLLAMA_NATIVE] as const)(
    "TR-68 has the same vectors through the ollama client, by both of its calls, from %s",
    async (kind) => {
      await using world = await start(kind, engine);
      const client = ollamaClient(world.url);
      const several = await client.embed({ model: MODEL, input: ["a", "b"] });
      expect(several).toMatchObject({ model: MODEL, prompt_eval_count: 2 });
      expect(several.embeddings.map((vector) => vector.length)).toEqual([6, 6]);
      expect(Number.isInteger(several.total_duration)).toBe(true);
      const one = await client.embeddings({ model: MODEL, prompt: "a" });
      expect(one.embedding).toEqual(several.embeddings[0]);
    },
  );

  it("TR-70 has a backend's error as Ollama's text", async () => {
    await using world = await start("vllm", engine);
    await world.backends.only.setFault({
      type: "status",
      status: 400,
      body: '{"error":{"message":"too long","type":"BadRequestError","code":400}}',
    });
    const thrown = await thrownBy(ollamaClient(world.url).embed({ model: MODEL, input: "a" }));
    expect(thrown).toMatchObject({ status_code: 400, error: "too long" });
  });
});
