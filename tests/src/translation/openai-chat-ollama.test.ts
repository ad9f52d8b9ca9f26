import type OpenAI from "openai";
import { InternalServerError, NotFoundError } from "openai";
import { describe, expect, it } from "vitest";

import {
  drain,
  openaiClient,
  PIXEL,
  thrownBy,
  TOWN,
  WEATHER_FUNCTION,
} from "../harness/clients.ts";
import { until } from "../harness/gateway.ts";
import { bodyOf, OLLAMA_NATIVE, startKindWorld } from "../harness/kind-world.ts";
import { traffic, type World } from "../harness/world.ts";

const MODEL = "pine:7b";
const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "hello" }];

function withImage(url: string): OpenAI.ChatCompletionMessageParam[] {
  const text = { type: "text" as const, text: "what is it?" };
  return [{ role: "user", content: [text, { type: "image_url", image_url: { url } }] }];
}

describe.each(["olla", "sherpa"])(
  "the openai client and Ollama's own API with engine %s",
  (engine) => {
    function start(): Promise<World<"only">> {
      const models = [
        { id: MODEL, reply: "one two three" },
        { id: "thinker:7b", reply: "mild", reasoning: "first I wonder" },
        {
          id: "caller:7b",
          reply: "It is mild.",
          toolCall: { name: "weather", arguments: { town: "Graz" } },
        },
      ];
      return startKindWorld(OLLAMA_NATIVE, { models }, { engine });
    }

    it("TR-71 has a chat with usage, asked by /api/chat", async () => {
      await using world = await start();
      const { data, response } = await openaiClient(world.url)
        .chat.completions.create({ model: MODEL, messages, max_completion_tokens: 50, stop: "X" })
        .withResponse();
      expect(data).toMatchObject({
        id: expect.stringMatching(/^chatcmpl/) as string,
        object: "chat.completion",
        created: expect.any(Number) as number,
        model: MODEL,
        choices: [{ finish_reason: "stop", message: { content: "one two three" } }],
        usage: { prompt_tokens: 1, completion_tokens: 3, total_tokens: 4 },
      });
      expect(response.headers.get("x-olla-mode")).toBe("translated");
      expect(traffic(world.backends.only)[0]?.url).toBe("/api/chat");
      expect(bodyOf(world)).toMatchObject({
        model: MODEL,
        stream: false,
        messages: [{ role: "user", content: "hello" }],
        options: { num_predict: 50, temperature: 1, top_p: 1, stop: ["X"] },
      });
    });

    it("TR-71 streams token by token, the reason in a chunk of its own, then usage", async () => {
      await using world = await start();
      const stream = await openaiClient(world.url).chat.completions.create({
        model: MODEL,
        messages,
        stream: true,
        stream_options: { include_usage: true },
      });
      const chunks: OpenAI.ChatCompletionChunk[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      const [finish, usage] = chunks.slice(-2);
      const texts = chunks.map(({ choices }) => choices[0]?.delta.content ?? "");
      expect(texts.filter((text) => text !== "")).toEqual(["one", " two", " three"]);
      expect(finish?.choices[0]).toMatchObject({ delta: {}, finish_reason: "stop" });
      expect(usage).toMatchObject({
        choices: [],
        usage: { prompt_tokens: 1, completion_tokens: 3, total_tokens: 4 },
      });
    });

    it("TR-71 tells that the answer was cut", async () => {
      await using world = await start();
      const completion = await openaiClient(world.url).chat.completions.create({
        model: MODEL,
        messages,
        max_tokens: 2,
      });
      expect(completion.choices[0]).toMatchObject({
        finish_reason: "length",
        message: { content: "one two" },
      });
    });

    it.each([true, false])("TR-71 has a tool call, streamed %s", async (stream) => {
      await using world = await start();
      const { completions } = openaiClient(world.url).chat;
      const request = { model: "caller:7b", messages, tools: [WEATHER_FUNCTION] };
      const completion = stream
        ? await completions.stream(request).finalChatCompletion()
        : await completions.create(request);
      const [choice] = completion.choices;
      expect(choice?.finish_reason).toBe("tool_calls");
      expect(choice?.message.tool_calls).toMatchObject([
        {
          id: expect.stringMatching(/./) as string,
          type: "function",
          function: { name: "weather", arguments: '{"town":"Graz"}' },
        },
      ]);
      expect(bodyOf(world)["tools"]).toEqual([WEATHER_FUNCTION]);
    });

    it("TR-71 tells Ollama the name of the tool that a result is of", async () => {
      await using world = await start();
      const call = {
        id: "call_1",
        type: "function" as const,
        function: { name: "weather", arguments: '{"town":"Graz"}' },
      };
      const completion = await openaiClient(world.url).chat.completions.create({
        model: "caller:7b",
        tools: [WEATHER_FUNCTION],
        messages: [
          ...messages,
          { role: "assistant", tool_calls: [call] },
          { role: "tool", tool_call_id: "call_1", content: "mild" },
        ],
      });
      expect(completion.choices[0]?.message.content).toBe("It is mild.");
      expect(bodyOf(world)["messages"]).toMatchObject([
        { role: "user" },
        {
          role: "assistant",
          tool_calls: [{ function: { name: "weather", arguments: { town: "Graz" } } }],
        },
        { role: "tool", tool_name: "weather", content: "mild" },
      ]);
    });

    it("TR-71 sends an image as bare base64, and refuses an address it would have to fetch", async () => {
      await using world = await start();
      const { completions } = openaiClient(world.url).chat;
      await completions.create({
        model: MODEL,
        messages: withImage(`data:image/png;base64,${PIXEL}`),
      });
      expect(bodyOf(world)["messages"]).toEqual([
        { role: "user", content: "what is it?", images: [PIXEL] },
      ]);
      const thrown = await thrownBy(
        completions.create({ model: MODEL, messages: withImage("https://example.com/a.png") }),
      );
      expect(thrown).toMatchObject({ status: 400, code: "invalid_request" });
      expect(traffic(world.backends.only)).toHaveLength(1);
    });

    it.each([
      {
        response_format: {
          type: "json_schema" as const,
          json_schema: { name: "place", schema: TOWN },
        },
        format: TOWN,
      },
      { response_format: { type: "json_object" as const }, format: "json" },
    ])(
      "TR-71 asks for $response_format.type by format",
      async ({ response_format: format, format: sent }) => {
        await using world = await start();
        await openaiClient(world.url).chat.completions.create({
          model: MODEL,
          messages,
          response_format: format,
        });
        expect(bodyOf(world)["format"]).toEqual(sent);
      },
    );

    it("TR-71 has the thinking under both names in use", async () => {
      await using world = await start();
      const completion = await openaiClient(world.url).chat.completions.create({
        model: "thinker:7b",
        messages,
        reasoning_effort: "high",
      });
      expect(completion.choices[0]?.message).toMatchObject({
        content: "mild",
        reasoning: "first I wonder",
        reasoning_content: "first I wonder",
      });
      expect(bodyOf(world)["think"]).toBe("high");
    });

    it("ends the backend's work when a stream is given up", async () => {
      await using world = await start();
      await world.backends.only.setFault({ type: "stall-after-tokens", tokens: 1 });
      const stream = await openaiClient(world.url).chat.completions.create({
        model: MODEL,
        messages,
        stream: true,
      });
      for await (const { choices } of stream) if (choices[0]?.delta.content === "one") break;
      await until(() => traffic(world.backends.only)[0]?.aborted === true);
      await until(async () => (await world.gateway.endpoint("only"))["connections"] === 0);
      expect(await world.gateway.endpoint("only")).toMatchObject({ status: "healthy" });
    });

    it("throws when the stream ends without its last line", async () => {
      await using world = await start();
      await world.backends.only.setFault({ type: "close-after-tokens", tokens: 2 });
      const stream = await openaiClient(world.url).chat.completions.create({
        model: MODEL,
        messages,
        stream: true,
      });
      expect(await thrownBy(drain(stream))).toMatchObject({
        code: expect.stringMatching(/^upstream_/) as string,
      });
    });

    it("TR-41 TR-73 has Ollama's error text in a whole error of OpenAI", async () => {
      await using world = await start();
      await world.backends.only.setFault({
        type: "status",
        status: 500,
        body: '{"error":"model runner has stopped"}',
      });
      const thrown = await thrownBy(
        openaiClient(world.url).chat.completions.create({ model: MODEL, messages }),
      );
      expect(thrown).toBeInstanceOf(InternalServerError);
      expect(thrown).toMatchObject({
        error: {
          message: "model runner has stopped",
          type: "server_error",
          param: null,
          code: "upstream_error",
        },
      });
    });

    it("finds no model that no endpoint has", async () => {
      await using world = await start();
      const asked = openaiClient(world.url).chat.completions.create({ model: "nobody", messages });
      expect(await thrownBy(asked)).toBeInstanceOf(NotFoundError);
    });
  },
);
