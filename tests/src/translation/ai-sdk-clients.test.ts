import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, embed, generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import { describe, expect, it } from "vitest";

import { thrownBy, TOWN } from "../harness/clients.ts";
import { until } from "../harness/gateway.ts";
import { OLLAMA_NATIVE, startKindWorld, type EndpointKind } from "../harness/kind-world.ts";
import { traffic, type World } from "../harness/world.ts";

const MODEL = "pine:7b";
/** With a limit, since one provider warns of models that it does not know. */
const question = { prompt: "hello", maxOutputTokens: 100 };

type Model = Parameters<typeof generateText>[0]["model"];

/** Both providers of the library, with nothing but their address changed. */
const PROVIDERS: Readonly<Record<string, (url: string, model: string) => Model>> = {
  "openai-compatible": (url, model) =>
    createOpenAICompatible({
      name: "gateway",
      baseURL: `${url}/olla/openai/v1`,
      apiKey: "client-secret",
      includeUsage: true,
    })(model),
  anthropic: (url, model) =>
    createAnthropic({ baseURL: `${url}/olla/anthropic/v1`, apiKey: "client-secret" })(model),
};

const KINDS: readonly EndpointKind[] = ["openai-compatible", "vllm", "anthropic", OLLAMA_NATIVE];

const PAIRS = Object.keys(PROVIDERS).flatMap((provider) =>
  KINDS.map((kind) => ({ provider, kind })),
);

describe.each(["olla", "sherpa"])("the ai library with engine %s", (engine) => {
  function start(kind: EndpointKind): Promise<World<"only">> {
    const models = [
      { id: MODEL, reply: "one two three" },
      {
        id: "caller:7b",
        reply: "It is mild.",
        toolCall: { name: "weather", arguments: { town: "Graz" } },
      },
      { id: "embedder:1b", embeddingDimensions: 6 },
    ];
    return startKindWorld(kind, { models }, { engine });
  }

  function modelOf(provider: string, { url }: World<"only">, model = MODEL): Model {
    const make = PROVIDERS[provider];
    if (make === undefined) throw new Error(`there is no provider ${provider}`);
    return make(url, model);
  }

  it.each(PAIRS)("generates text by $provider from $kind", async ({ provider, kind }) => {
    await using world = await start(kind);
    const result = await generateText({ model: modelOf(provider, world), ...question });
    expect(result.text).toBe("one two three");
    expect(result.finishReason).toBe("stop");
    expect(result.usage).toMatchObject({ inputTokens: 1, outputTokens: 3 });
    expect(result.warnings ?? []).toEqual([]);
  });

  it.each(PAIRS)("streams text by $provider from $kind", async ({ provider, kind }) => {
    await using world = await start(kind);
    const result = streamText({ model: modelOf(provider, world), ...question });
    const pieces: string[] = [];
    for await (const piece of result.textStream) pieces.push(piece);
    expect(pieces).toEqual(["one", " two", " three"]);
    expect(await result.finishReason).toBe("stop");
    expect(await result.usage).toMatchObject({ inputTokens: 1, outputTokens: 3 });
  });

  it.each(PAIRS)(
    "calls a tool and answers with its result, by $provider from $kind, streamed",
    async ({ provider, kind }) => {
      await using world = await start(kind);
      const asked: unknown[] = [];
      const weather = tool({
        description: "Tells the weather of a town.",
        inputSchema: jsonSchema<{ town: string }>({ ...TOWN, required: ["town"] }),
        execute: (input) => {
          asked.push(input);
          return "mild";
        },
      });
      const result = streamText({
        model: modelOf(provider, world, "caller:7b"),
        ...question,
        tools: { weather },
        stopWhen: stepCountIs(3),
      });
      expect(await result.text).toBe("It is mild.");
      expect(asked).toEqual([{ town: "Graz" }]);
      expect((await result.steps).map(({ finishReason }) => finishReason)).toEqual([
        "tool-calls",
        "stop",
      ]);
      expect(traffic(world.backends.only)).toHaveLength(2);
    },
  );

  it.each(Object.keys(PROVIDERS))(
    "has an error of the gateway as its own by %s",
    async (provider) => {
      await using world = await start("openai-compatible");
      const model = modelOf(provider, world, "nobody");
      const thrown = await thrownBy(generateText({ model, ...question, maxRetries: 0 }));
      expect(thrown).toBeInstanceOf(APICallError);
      expect(thrown).toMatchObject({
        statusCode: 404,
        isRetryable: false,
        message: 'No endpoint has the model "nobody".',
      });
    },
  );

  it.each(Object.keys(PROVIDERS))(
    "ends the backend's work when a stream is given up by %s",
    async (provider) => {
      await using world = await start(OLLAMA_NATIVE);
      await world.backends.only.setFault({ type: "stall-after-tokens", tokens: 1 });
      const leaving = new AbortController();
      const { signal } = leaving;
      const result = streamText({
        model: modelOf(provider, world),
        ...question,
        abortSignal: signal,
      });
      for await (const piece of result.textStream) {
        expect(piece).toBe("one");
        leaving.abort();
      }
      await until(() => traffic(world.backends.only)[0]?.aborted === true);
      await until(async () => (await world.gateway.endpoint("only"))["connections"] === 0);
    },
  );

  it("embeds by its provider for OpenAI from Ollama's own API", async () => {
    await using world = await start(OLLAMA_NATIVE);
    const provider = createOpenAICompatible({
      name: "gateway",
      baseURL: `${world.url}/olla/openai/v1`,
    });
    const model = provider.embeddingModel("embedder:1b");
    const { embedding, usage } = await embed({ model, value: "a" });
    expect(embedding).toHaveLength(6);
    expect(usage.tokens).toBe(1);
  });
});
