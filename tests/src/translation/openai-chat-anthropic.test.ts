import type OpenAI from "openai";
import { APIError, BadRequestError, InternalServerError, RateLimitError } from "openai";
import { describe, expect, it } from "vitest";

import { openaiClient, PIXEL, thrownBy, TOWN, WEATHER_FUNCTION } from "../harness/clients.ts";
import { until } from "../harness/gateway.ts";
import { startKindWorld } from "../harness/kind-world.ts";
import { startScriptedWorld } from "../harness/scripted-world.ts";
import { traffic, type World } from "../harness/world.ts";

const MODEL = "claude-pine";
const messages: OpenAI.ChatCompletionMessageParam[] = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "hello" },
];

function bodyOf(world: World<"only">): Readonly<Record<string, unknown>> {
  const text = traffic(world.backends.only).at(-1)?.body.toString("utf8") ?? "{}";
  return JSON.parse(text) as Record<string, unknown>;
}

/** Events of one call whose argument is its id, in two fragments. */
function callEvents(index: number, id: string): readonly object[] {
  return [
    {
      type: "content_block_start",
      index,
      content_block: { type: "tool_use", id, name: "weather", input: {} },
    },
    {
      type: "content_block_delta",
      index,
      delta: { type: "input_json_delta", partial_json: `{"town":"${id}` },
    },
    {
      type: "content_block_delta",
      index,
      delta: { type: "input_json_delta", partial_json: '"}' },
    },
    { type: "content_block_stop", index },
  ];
}

describe.each(["olla", "sherpa"])("the openai client and Anthropic with engine %s", (engine) => {
  function start(): Promise<World<"only">> {
    const models = [
      { id: MODEL, reply: "one two three" },
      { id: "thinker", reply: "mild", reasoning: "first I wonder" },
      {
        id: "caller",
        reply: "It is mild.",
        toolCall: { name: "weather", arguments: { town: "Graz" } },
      },
    ];
    const endpoints = { only: ["auth: { type: api_key, key: server-secret }"] };
    return startKindWorld("anthropic", { models }, { engine, endpoints });
  }

  it("TR-74 lists the models of a server that speaks no OpenAI dialect", async () => {
    await using world = await start();
    const found: string[] = [];
    for await (const { id } of openaiClient(world.url).models.list()) found.push(id);
    expect(found.toSorted()).toEqual(["caller", MODEL, "thinker"]);
  });

  it("TR-74 has a chat with usage, translated", async () => {
    await using world = await start();
    const {
      data,
      response,
      request_id: requestId,
    } = await openaiClient(world.url)
      .chat.completions.create({ model: MODEL, messages })
      .withResponse();
    expect(data).toMatchObject({
      object: "chat.completion",
      model: MODEL,
      choices: [
        {
          index: 0,
          finish_reason: "stop",
          message: { role: "assistant", content: "one two three" },
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 },
    });
    expect(response.headers.get("x-olla-mode")).toBe("translated");
    expect(requestId).toBe(response.headers.get("x-olla-request-id"));
  });

  it("TR-74 TR-45 asks Anthropic for it as a client of that API would, with the endpoint's key", async () => {
    await using world = await start();
    await openaiClient(world.url).chat.completions.create({ model: MODEL, messages, stop: "X" });
    const [request] = traffic(world.backends.only);
    expect(request).toMatchObject({
      url: "/v1/messages",
      headers: {
        "x-api-key": "server-secret",
        "anthropic-version": "2023-06-01",
        "content-type": "application/json",
      },
    });
    expect(request?.headers.authorization).toBeUndefined();
    expect(bodyOf(world)).toMatchObject({
      model: MODEL,
      max_tokens: 4096,
      system: "Be brief.",
      messages: [{ role: "user", content: "hello" }],
      stop_sequences: ["X"],
    });
  });

  it("probes and lists Anthropic with the key and a version of the API", async () => {
    await using world = await start();
    const own = world.backends.only.requests.filter(({ method }) => method === "GET");
    expect(own.length).toBeGreaterThanOrEqual(2);
    for (const { headers } of own) {
      expect(headers).toMatchObject({
        "x-api-key": "server-secret",
        "anthropic-version": "2023-06-01",
      });
    }
  });

  it("TR-74 streams token by token, with usage when it is asked for", async () => {
    await using world = await start();
    const stream = await openaiClient(world.url).chat.completions.create({
      model: MODEL,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta));
    expect(deltas[0]).toMatchObject({ role: "assistant" });
    expect(deltas.map(({ content }) => content ?? "").filter((text) => text !== "")).toEqual([
      "one",
      " two",
      " three",
    ]);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("stop");
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 },
    });
  });

  it("TR-74 sends no usage chunk to a client that did not ask for one", async () => {
    await using world = await start();
    const stream = await openaiClient(world.url).chat.completions.create({
      model: MODEL,
      messages,
      stream: true,
    });
    for await (const { choices } of stream) expect(choices).toHaveLength(1);
  });

  it("TR-74 has a tool call through the stream helper, its arguments complete", async () => {
    await using world = await start();
    const completion = await openaiClient(world.url)
      .chat.completions.stream({ model: "caller", messages, tools: [WEATHER_FUNCTION] })
      .finalChatCompletion();
    const [choice] = completion.choices;
    expect(choice?.finish_reason).toBe("tool_calls");
    expect(choice?.message.tool_calls?.[0]).toMatchObject({
      type: "function",
      function: { name: "weather", arguments: '{"town":"Graz"}' },
    });
    expect(bodyOf(world)["tools"]).toEqual([
      {
        name: "weather",
        description: "Tells the weather of a town.",
        input_schema: WEATHER_FUNCTION.function.parameters,
      },
    ]);
  });

  it("has the thinking of the model, streamed and whole", async () => {
    await using world = await start();
    const client = openaiClient(world.url);
    const whole = await client.chat.completions.create({ model: "thinker", messages });
    expect(whole.choices[0]?.message).toMatchObject({
      content: "mild",
      reasoning_content: "first I wonder",
    });
    const stream = await client.chat.completions.create({
      model: "thinker",
      messages,
      stream: true,
    });
    let thought = "";
    for await (const { choices } of stream) {
      const [choice] = choices;
      if (choice === undefined || !("reasoning_content" in choice.delta)) continue;
      thought += String(choice.delta.reasoning_content);
    }
    expect(thought).toBe("first I wonder");
  });

  it("ends the backend's work when a stream is given up, and holds it against nobody", async () => {
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

  it("throws when the stream breaks, instead of taking the part for the whole", async () => {
    await using world = await start();
    await world.backends.only.setFault({ type: "reset-after-tokens", tokens: 2 });
    const stream = await openaiClient(world.url).chat.completions.create({
      model: MODEL,
      messages,
      stream: true,
    });
    const read = async (): Promise<void> => {
      for await (const _ of stream) void _;
    };
    expect(await thrownBy(read())).toMatchObject({
      message: expect.stringMatching(/\S/) as string,
      code: expect.stringMatching(/^upstream_/) as string,
    });
  });

  it.each([
    { status: 429, type: RateLimitError, told: "rate_limit_error" },
    { status: 529, type: InternalServerError, told: "server_error" },
    { status: 400, type: BadRequestError, told: "invalid_request_error" },
  ])("TR-39 TR-42 has a $status of Anthropic as its own error", async ({ status, type, told }) => {
    await using world = await start();
    const error = { type: "error", error: { type: "whatever", message: "said the backend" } };
    await world.backends.only.setFault({
      type: "status",
      status,
      body: JSON.stringify(error),
      headers: { "Retry-After": "7" },
    });
    const thrown = await thrownBy(
      openaiClient(world.url).chat.completions.create({ model: MODEL, messages, stream: true }),
    );
    expect(thrown).toBeInstanceOf(type);
    expect(thrown).toMatchObject({
      status,
      type: told,
      error: { message: "said the backend", param: null, code: expect.any(String) as string },
    });
    expect(thrown instanceof APIError && thrown.headers?.get("retry-after")).toBe("7");
  });

  it("TR-73 refuses what one answer cannot hold, naming the field", async () => {
    await using world = await start();
    const thrown = await thrownBy(
      openaiClient(world.url).chat.completions.create({ model: MODEL, messages, n: 2 }),
    );
    expect(thrown).toBeInstanceOf(BadRequestError);
    expect(thrown).toMatchObject({ param: "n", code: "invalid_request" });
    expect(traffic(world.backends.only)).toEqual([]);
  });

  it("names in a header what Anthropic has no words for", async () => {
    await using world = await start();
    const { response } = await openaiClient(world.url)
      .chat.completions.create({ model: MODEL, messages, seed: 7, logit_bias: { "5": 1 } })
      .withResponse();
    expect(response.headers.get("x-olla-dropped-fields")).toBe("logit_bias, seed");
    expect(bodyOf(world)).not.toHaveProperty("seed");
  });
});

describe("the openai client and what Anthropic is asked and answers", () => {
  const reply = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "scripted",
    stop_reason: "end_turn",
    stop_sequence: null,
    content: [{ type: "text", text: "ok" }],
    usage: { input_tokens: 10, output_tokens: 5 },
  };

  it("TR-74 has two tool calls of one turn, and gives both results back in one", async () => {
    await using world = await startScriptedWorld({ kind: "anthropic" });
    world.answerJson({
      ...reply,
      stop_reason: "tool_use",
      content: [
        { type: "tool_use", id: "toolu_a", name: "weather", input: { town: "Graz" } },
        { type: "tool_use", id: "toolu_b", name: "weather", input: {} },
      ],
    });
    const client = openaiClient(world.url);
    const asked: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "hello" }];
    const first = await client.chat.completions.create({
      model: "scripted",
      messages: asked,
      tools: [WEATHER_FUNCTION],
      tool_choice: "required",
      parallel_tool_calls: true,
    });
    const message = first.choices[0]?.message;
    expect(message?.tool_calls).toMatchObject([
      { id: "toolu_a", function: { arguments: '{"town":"Graz"}' } },
      { id: "toolu_b", function: { arguments: "{}" } },
    ]);
    expect(world.last().body["tool_choice"]).toMatchObject({ type: "any" });
    if (message === undefined) return;
    world.answerJson(reply);
    await client.chat.completions.create({
      model: "scripted",
      tools: [WEATHER_FUNCTION],
      messages: [
        ...asked,
        message,
        { role: "tool", tool_call_id: "toolu_a", content: "mild" },
        { role: "tool", tool_call_id: "toolu_b", content: "cold" },
      ],
    });
    expect(world.last().body["messages"]).toMatchObject([
      { role: "user" },
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "toolu_a", input: { town: "Graz" } },
          { type: "tool_use", id: "toolu_b", input: {} },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "toolu_a" },
          { type: "tool_result", tool_use_id: "toolu_b" },
        ],
      },
    ]);
  });

  it("TR-74 keeps two streamed calls apart", async () => {
    await using world = await startScriptedWorld({ kind: "anthropic" });
    world.answerEvents(
      { type: "message_start", message: { ...reply, content: [], stop_reason: null } },
      ...callEvents(0, "a"),
      ...callEvents(1, "b"),
      { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 9 } },
      { type: "message_stop" },
    );
    const completion = await openaiClient(world.url)
      .chat.completions.stream({ model: "scripted", messages, tools: [WEATHER_FUNCTION] })
      .finalChatCompletion();
    expect(completion.choices[0]?.message.tool_calls).toMatchObject([
      { id: "a", function: { arguments: '{"town":"a"}' } },
      { id: "b", function: { arguments: '{"town":"b"}' } },
    ]);
  });

  it("TR-74 tells a refusal as a content filter, and cached tokens", async () => {
    await using world = await startScriptedWorld({ kind: "anthropic" });
    world.answerJson({
      ...reply,
      stop_reason: "refusal",
      usage: { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 4 },
    });
    const completion = await openaiClient(world.url).chat.completions.create({
      model: "scripted",
      messages,
    });
    expect(completion).toMatchObject({
      choices: [{ finish_reason: "content_filter" }],
      usage: { prompt_tokens: 14, prompt_tokens_details: { cached_tokens: 4 } },
    });
  });

  it("TR-74 sends images as Anthropic has them: data as base64, addresses as they are", async () => {
    await using world = await startScriptedWorld({ kind: "anthropic" });
    world.answerJson(reply);
    await openaiClient(world.url).chat.completions.create({
      model: "scripted",
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "what is it?" },
            { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } },
            { type: "image_url", image_url: { url: "https://example.com/a.png" } },
          ],
        },
      ],
    });
    expect(world.last().body["messages"]).toMatchObject([
      {
        content: [
          { type: "text", text: "what is it?" },
          { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
          { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
        ],
      },
    ]);
  });

  it("TR-74 asks for structured output and parses it", async () => {
    await using world = await startScriptedWorld({ kind: "anthropic" });
    world.answerJson({ ...reply, content: [{ type: "text", text: '{"town":"Graz"}' }] });
    const completion = await openaiClient(world.url).chat.completions.create({
      model: "scripted",
      messages,
      response_format: {
        type: "json_schema",
        json_schema: { name: "place", strict: true, schema: TOWN },
      },
    });
    expect(JSON.parse(completion.choices[0]?.message.content ?? "")).toEqual({ town: "Graz" });
    expect(world.last().body["output_config"]).toEqual({
      format: { type: "json_schema", schema: TOWN },
    });
  });

  it("throws the error that Anthropic reports inside a stream", async () => {
    await using world = await startScriptedWorld({ kind: "anthropic" });
    world.answerEvents(
      { type: "message_start", message: { ...reply, content: [], stop_reason: null } },
      { type: "error", error: { type: "overloaded_error", message: "too much to do" } },
    );
    const stream = await openaiClient(world.url).chat.completions.create({
      model: "scripted",
      messages,
      stream: true,
    });
    const read = async (): Promise<void> => {
      for await (const _ of stream) void _;
    };
    expect(await thrownBy(read())).toMatchObject({
      message: expect.stringContaining("too much to do") as string,
    });
  });
});
