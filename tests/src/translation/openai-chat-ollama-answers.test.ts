import type OpenAI from "openai";
import { describe, expect, it } from "vitest";

import { drain, openaiClient, thrownBy, WEATHER_FUNCTION } from "../harness/clients.ts";
import { FIXTURE_PROFILES, OLLAMA_NATIVE } from "../harness/kind-world.ts";
import { startScriptedWorld, type ScriptedWorld } from "../harness/scripted-world.ts";

const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "hello" }];

/** What lines of a scripted answer have in common, and what the last one tells. */
const head = { model: "scripted", created_at: "2026-05-01T09:00:00.1Z" };
const done = { done: true, done_reason: "stop", prompt_eval_count: 7, eval_count: 5 };

function callOf(town: string): object {
  return { function: { name: "weather", arguments: { town } } };
}

function startNative(): Promise<ScriptedWorld> {
  return startScriptedWorld({ kind: OLLAMA_NATIVE, more: FIXTURE_PROFILES });
}

describe("the openai client and what Ollama's own API answers", () => {
  it("TR-71 has two calls of one turn, apart and with ids of their own", async () => {
    await using world = await startNative();
    const message = {
      role: "assistant",
      content: "",
      tool_calls: [callOf("Graz"), callOf("Linz")],
    };
    world.answerJson({ ...head, message, ...done });
    const completion = await openaiClient(world.url).chat.completions.create({
      model: "scripted",
      messages,
      tools: [WEATHER_FUNCTION],
    });
    const calls = completion.choices[0]?.message.tool_calls ?? [];
    expect(calls).toMatchObject([
      { function: { name: "weather", arguments: '{"town":"Graz"}' } },
      { function: { name: "weather", arguments: '{"town":"Linz"}' } },
    ]);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
  });

  it("TR-71 has calls of several lines, streamed, and the usage of the last line", async () => {
    await using world = await startNative();
    const line = (town: string): object => ({
      ...head,
      message: { role: "assistant", content: "", tool_calls: [callOf(town)] },
      done: false,
    });
    const last = { ...head, message: { role: "assistant", content: "" }, ...done };
    world.answer((response) => {
      response.writeHead(200, { "Content-Type": "application/x-ndjson" });
      for (const one of [line("Graz"), line("Linz"), last])
        response.write(`${JSON.stringify(one)}\n`);
      response.end();
    });
    const completion = await openaiClient(world.url)
      .chat.completions.stream({
        model: "scripted",
        messages,
        tools: [WEATHER_FUNCTION],
        stream_options: { include_usage: true },
      })
      .finalChatCompletion();
    expect(completion).toMatchObject({
      choices: [
        {
          finish_reason: "tool_calls",
          message: {
            tool_calls: [
              { function: { arguments: '{"town":"Graz"}' } },
              { function: { arguments: '{"town":"Linz"}' } },
            ],
          },
        },
      ],
      usage: { prompt_tokens: 7, completion_tokens: 5 },
    });
  });

  it("throws the error that Ollama reports inside a stream", async () => {
    await using world = await startNative();
    world.answer((response) => {
      response.writeHead(200, { "Content-Type": "application/x-ndjson" });
      response.end('{"error":"out of memory"}\n');
    });
    const stream = await openaiClient(world.url).chat.completions.create({
      model: "scripted",
      messages,
      stream: true,
    });
    expect(await thrownBy(drain(stream))).toMatchObject({
      message: expect.stringContaining("out of memory") as string,
    });
  });
});
