import type OpenAI from "openai";
import { describe, expect, it } from "vitest";

import {
  drain,
  openaiClient,
  PIXEL,
  thrownBy,
  TOWN,
  WEATHER_FUNCTION,
} from "../harness/clients.ts";
import { startScriptedWorld } from "../harness/scripted-world.ts";

const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "hello" }];

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
    expect(await thrownBy(drain(stream))).toMatchObject({
      message: expect.stringContaining("too much to do") as string,
    });
  });
});
