import { describe, expect, it } from "vitest";

import { openaiClient, PIXEL, TOWN, WEATHER_RESPONSES } from "../harness/clients.ts";
import { bodyOf, startKindWorld } from "../harness/kind-world.ts";
import { startScriptedWorld } from "../harness/scripted-world.ts";
import type { World } from "../harness/world.ts";

const MODEL = "pine:7b";

function start(): Promise<World<"only">> {
  return startKindWorld("openai-compatible", { models: [MODEL] });
}

/** A chunk of a streamed chat. */
function chunk(delta: object, finish_reason: string | null = null): object {
  const choices = [{ index: 0, delta, finish_reason }];
  return { id: "c1", object: "chat.completion.chunk", model: "scripted", choices };
}

function beginCall(index: number, id: string): object {
  const called = { name: "weather", arguments: "" };
  return chunk({ tool_calls: [{ index, id, type: "function", function: called }] });
}

function moreArguments(index: number, text: string): object {
  return chunk({ tool_calls: [{ index, function: { arguments: text } }] });
}

describe("what a chat-only backend is asked for a response", () => {
  it("TR-65 has images, documents of text and earlier turns in their places", async () => {
    await using world = await start();
    const image_url = `data:image/png;base64,${PIXEL}`;
    await openaiClient(world.url).responses.create({
      model: MODEL,
      input: [
        { role: "developer", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "input_text", text: "what is it?" },
            { type: "input_image", image_url, detail: "low" },
          ],
        },
        { role: "assistant", content: "a dot" },
        { role: "user", content: "and now?" },
      ],
    });
    expect(bodyOf(world)["messages"]).toEqual([
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "what is it?" },
          { type: "image_url", image_url: { url: image_url, detail: "low" } },
        ],
      },
      { role: "assistant", content: "a dot" },
      { role: "user", content: "and now?" },
    ]);
  });

  it("TR-65 asks for structured output, and parses it", async () => {
    await using world = await startScriptedWorld();
    const message = { role: "assistant", content: '{"town":"Graz"}' };
    world.answerJson({
      id: "c1",
      object: "chat.completion",
      model: "scripted",
      choices: [{ index: 0, message, finish_reason: "stop" }],
    });
    const response = await openaiClient(world.url).responses.parse({
      model: "scripted",
      input: "hello",
      text: { format: { type: "json_schema", name: "place", strict: true, schema: TOWN } },
    });
    expect(JSON.parse(response.output_text)).toEqual({ town: "Graz" });
    expect(world.last().body["response_format"]).toEqual({
      type: "json_schema",
      json_schema: { name: "place", strict: true, schema: TOWN },
    });
  });

  it("TR-66 keeps interleaved calls apart, each an item with all of its arguments", async () => {
    await using world = await startScriptedWorld();
    world.answerEvents(
      beginCall(0, "a"),
      beginCall(1, "b"),
      moreArguments(0, '{"town":'),
      moreArguments(1, '{"town":'),
      moreArguments(0, '"Graz"}'),
      moreArguments(1, '"Linz"}'),
      chunk({}, "tool_calls"),
      "[DONE]",
    );
    const stream = openaiClient(world.url).responses.stream({
      model: "scripted",
      input: "hello",
      tools: [WEATHER_RESPONSES],
    });
    const { output } = await stream.finalResponse();
    expect(output).toMatchObject([
      { type: "function_call", call_id: "a", arguments: '{"town":"Graz"}' },
      { type: "function_call", call_id: "b", arguments: '{"town":"Linz"}' },
    ]);
  });

  it("names in a header what a chat has no words for", async () => {
    await using world = await start();
    const { response } = await openaiClient(world.url)
      .responses.create({ model: MODEL, input: "hello", truncation: "auto" })
      .withResponse();
    expect(response.headers.get("x-olla-dropped-fields")).toBe("truncation");
  });
});
