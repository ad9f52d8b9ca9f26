import type OpenAI from "openai";
import { BadRequestError, InternalServerError, RateLimitError } from "openai";
import { describe, expect, it } from "vitest";

import { openaiClient, thrownBy, WEATHER_RESPONSES } from "../harness/clients.ts";
import { until } from "../harness/gateway.ts";
import { OLLAMA_NATIVE, startKindWorld, type EndpointKind } from "../harness/kind-world.ts";
import { traffic, type World } from "../harness/world.ts";

type Event = OpenAI.Responses.ResponseStreamEvent;

const MODEL = "pine:7b";

/** Kinds without the Responses API, and what each is asked instead. */
const CHAT_ONLY: readonly { readonly kind: EndpointKind; readonly path: string }[] = [
  { kind: "openai-compatible", path: "/v1/chat/completions" },
  { kind: "lemonade", path: "/api/v1/chat/completions" },
  { kind: "anthropic", path: "/v1/messages" },
  { kind: OLLAMA_NATIVE, path: "/api/chat" },
];

function start(kind: EndpointKind, engine: string): Promise<World<"only">> {
  const models = [
    { id: MODEL, reply: "one two three" },
    { id: "thinker:7b", reply: "mild", reasoning: "first I wonder" },
    {
      id: "caller:7b",
      reply: "It is mild.",
      toolCall: { name: "weather", arguments: { town: "Graz" } },
    },
  ];
  return startKindWorld(kind, { models }, { engine });
}

async function eventsOf(stream: AsyncIterable<Event>): Promise<readonly Event[]> {
  const events: Event[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

describe.each(["olla", "sherpa"])("responses on other backends with engine %s", (engine) => {
  it.each(CHAT_ONLY)("TR-65 has text and usage from $kind", async ({ kind, path }) => {
    await using world = await start(kind, engine);
    const {
      data,
      response,
      request_id: requestId,
    } = await openaiClient(world.url)
      .responses.create({ model: MODEL, input: "hello", instructions: "Be brief." })
      .withResponse();
    expect(data).toMatchObject({
      id: expect.stringMatching(/^resp_/) as string,
      object: "response",
      status: "completed",
      model: MODEL,
      error: null,
      instructions: "Be brief.",
      output_text: "one two three",
      output: [
        {
          type: "message",
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", text: "one two three", annotations: [] }],
        },
      ],
      usage: { input_tokens: 3, output_tokens: 3, total_tokens: 6 },
    });
    expect(response.headers.get("x-olla-mode")).toBe("translated");
    expect(requestId).toMatch(/./);
    expect(traffic(world.backends.only).map(({ url }) => url)).toEqual([path]);
  });

  it.each(CHAT_ONLY)(
    "TR-66 completes through the stream helper on $kind, numbered without gaps",
    async ({ kind }) => {
      await using world = await start(kind, engine);
      const stream = openaiClient(world.url).responses.stream({ model: MODEL, input: "hello" });
      const events = await eventsOf(stream);
      expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, at) => at));
      expect(events.map(({ type }) => type)).toEqual([
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
      ]);
      const final = await stream.finalResponse();
      expect(final).toMatchObject({
        status: "completed",
        output_text: "one two three",
        usage: { output_tokens: 3 },
      });
    },
  );

  it.each(CHAT_ONLY)("TR-65 has a tool call from $kind, and answers it", async ({ kind }) => {
    await using world = await start(kind, engine);
    const { responses } = openaiClient(world.url);
    const request = { model: "caller:7b", tools: [WEATHER_RESPONSES] };
    const stream = responses.stream({ ...request, input: "hello" });
    const events = await eventsOf(stream);
    const first = await stream.finalResponse();
    const [call] = first.output;
    expect(call).toMatchObject({
      type: "function_call",
      id: expect.stringMatching(/^fc_/) as string,
      name: "weather",
      arguments: '{"town":"Graz"}',
      status: "completed",
    });
    expect(events.map(({ type }) => type)).toContain("response.function_call_arguments.done");
    if (call?.type !== "function_call") return;
    const second = await responses.create({
      ...request,
      input: [
        { role: "user", content: "hello" },
        call,
        { type: "function_call_output", call_id: call.call_id, output: "mild" },
      ],
    });
    expect(second.output_text).toBe("It is mild.");
  });

  it.each(CHAT_ONLY)("TR-65 is incomplete on $kind when the limit is reached", async ({ kind }) => {
    await using world = await start(kind, engine);
    const { responses } = openaiClient(world.url);
    const request = { model: MODEL, input: "hello", max_output_tokens: 2 };
    const expected = {
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      output_text: "one two",
    };
    expect(await responses.create(request)).toMatchObject(expected);
    const events = await eventsOf(await responses.create({ ...request, stream: true }));
    expect(events.at(-1)).toMatchObject({
      type: "response.incomplete",
      response: { status: "incomplete", incomplete_details: expected.incomplete_details },
    });
  });

  it.each(CHAT_ONLY)("TR-66 has the thinking of $kind as an item of its own", async ({ kind }) => {
    await using world = await start(kind, engine);
    const stream = openaiClient(world.url).responses.stream({
      model: "thinker:7b",
      input: "hello",
      reasoning: { effort: "medium" },
    });
    const final = await stream.finalResponse();
    expect(final.output).toMatchObject([
      {
        type: "reasoning",
        id: expect.stringMatching(/^rs_/) as string,
        content: [{ type: "reasoning_text", text: "first I wonder" }],
      },
      { type: "message", content: [{ text: "mild" }] },
    ]);
  });

  it.each([
    { field: { previous_response_id: "resp_1" }, param: "previous_response_id" },
    { field: { background: true }, param: "background" },
    { field: { conversation: "conv_1" }, param: "conversation" },
  ])("TR-67 refuses $param, which would need a memory", async ({ field, param }) => {
    await using world = await start("openai-compatible", engine);
    const request = { model: MODEL, input: "hello", ...field };
    const thrown = await thrownBy(openaiClient(world.url).responses.create(request));
    expect(thrown).toBeInstanceOf(BadRequestError);
    expect(thrown).toMatchObject({
      status: 400,
      code: "invalid_request",
      type: "invalid_request_error",
      param,
    });
    expect(traffic(world.backends.only)).toEqual([]);
  });

  it("ends the backend's work when a stream is given up", async () => {
    await using world = await start("openai-compatible", engine);
    await world.backends.only.setFault({ type: "stall-after-tokens", tokens: 1 });
    const stream = await openaiClient(world.url).responses.create({
      model: MODEL,
      input: "hello",
      stream: true,
    });
    for await (const { type } of stream) if (type === "response.output_text.delta") break;
    await until(() => traffic(world.backends.only)[0]?.aborted === true);
    await until(async () => (await world.gateway.endpoint("only"))["connections"] === 0);
    expect(await world.gateway.endpoint("only")).toMatchObject({ status: "healthy" });
  });

  it("throws when the stream breaks, instead of taking the part for the whole", async () => {
    await using world = await start("openai-compatible", engine);
    await world.backends.only.setFault({ type: "reset-after-tokens", tokens: 2 });
    const stream = openaiClient(world.url).responses.stream({ model: MODEL, input: "hello" });
    expect(await thrownBy(stream.finalResponse())).toBeInstanceOf(Error);
  });

  it.each([
    { status: 429, type: RateLimitError },
    { status: 500, type: InternalServerError },
  ])("has a $status of the backend as its own error", async ({ status, type }) => {
    await using world = await start(OLLAMA_NATIVE, engine);
    await world.backends.only.setFault({ type: "status", status, body: '{"error":"too much"}' });
    const asked = openaiClient(world.url).responses.create({ model: MODEL, input: "hello" });
    const thrown = await thrownBy(asked);
    expect(thrown).toBeInstanceOf(type);
    expect(thrown).toMatchObject({ status, error: { message: "too much", param: null } });
  });

  it("goes as it is to a backend that has the Responses API", async () => {
    await using world = await start("vllm", engine);
    const { response } = await openaiClient(world.url)
      .responses.create({ model: MODEL, input: "hello" })
      .withResponse();
    expect(response.headers.get("x-olla-mode")).toBe("passthrough");
    expect(traffic(world.backends.only).map(({ url }) => url)).toEqual(["/v1/responses"]);
  });
});
