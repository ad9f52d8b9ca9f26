import type Anthropic from "@anthropic-ai/sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { anthropicClient, MESSAGES, parseEvents, question, WEATHER } from "../harness/anthropic.ts";
import { until } from "../harness/gateway.ts";
import { postJson } from "../harness/http-client.ts";
import { startScriptedWorld, type ScriptedWorld } from "../harness/scripted-world.ts";
import { startWorld, traffic } from "../harness/world.ts";

const REQUEST = { ...question("scripted", "Weather in Graz and Linz?"), tools: [WEATHER] };

function said(delta: object): object {
  return { choices: [{ index: 0, delta, finish_reason: null }] };
}

/** A chunk with these parts of tool calls. */
function calls(...toolCalls: readonly object[]): object {
  return said({ tool_calls: toolCalls });
}

function named(index: number, id: string, args = ""): object {
  return { index, id, type: "function", function: { name: "weather", arguments: args } };
}

function more(index: number, args: string): object {
  return { index, function: { arguments: args } };
}

function end(finish: string): readonly (string | object)[] {
  return [{ choices: [{ index: 0, delta: {}, finish_reason: finish }] }, "[DONE]"];
}

const BOTH = [
  { type: "tool_use", id: "a", name: "weather", input: { town: "Graz" } },
  { type: "tool_use", id: "b", name: "weather", input: { town: "Linz" } },
];

describe.each(["olla", "sherpa"])("streamed tool calls with engine %s", (engine) => {
  let world: ScriptedWorld;

  beforeEach(async () => {
    world = await startScriptedWorld({ engine });
  });

  afterEach(() => world[Symbol.asyncDispose]());

  function finalMessage(): Promise<Anthropic.Message> {
    return anthropicClient(world.url).messages.stream(REQUEST).finalMessage();
  }

  it("come one after the other", async () => {
    world.answerEvents(
      calls(named(0, "a")),
      calls(more(0, '{"town":')),
      calls(more(0, '"Graz"}')),
      calls(named(1, "b", '{"town":"Linz"}')),
      ...end("tool_calls"),
    );
    const message = await finalMessage();
    expect(message.content).toEqual(BOTH);
    expect(message.stop_reason).toBe("tool_use");
  });

  it("TR-29 come interleaved, and are whole blocks without gaps, and the stream ends", async () => {
    world.answerEvents(
      calls(named(0, "a"), named(1, "b")),
      calls(more(1, '{"town":')),
      calls(more(0, '{"town":')),
      calls(more(1, '"Linz"}'), more(0, '"Graz"}')),
      ...end("tool_calls"),
    );
    const { text } = await postJson(world.url, MESSAGES, { ...REQUEST, stream: true });
    const blocks = parseEvents(text).filter(({ type }) => String(type).startsWith("content_"));
    expect(blocks.map(({ type, index }) => `${String(type)} ${String(index)}`)).toEqual([
      "content_block_start 0",
      ...blocks
        .filter(({ type, index }) => type === "content_block_delta" && index === 0)
        .map(() => "content_block_delta 0"),
      "content_block_stop 0",
      "content_block_start 1",
      ...blocks
        .filter(({ type, index }) => type === "content_block_delta" && index === 1)
        .map(() => "content_block_delta 1"),
      "content_block_stop 1",
    ]);
    expect((await finalMessage()).content).toEqual(BOTH);
    await until(async () => (await world.gateway.endpoint("scripted"))["connections"] === 0);
  });

  it("TR-30 come with id and name apart", async () => {
    world.answerEvents(
      calls({ index: 0, id: "a", type: "function" }),
      calls({ index: 0, function: { name: "weather" } }),
      calls(more(0, '{"town":"Graz"}')),
      ...end("tool_calls"),
    );
    expect((await finalMessage()).content).toEqual(BOTH.slice(0, 1));
  });

  it("TR-30 come without an index", async () => {
    const first = { id: "a", function: { name: "weather", arguments: '{"town":' } };
    const second = { id: "b", function: { name: "weather", arguments: '{"town":"Linz"}' } };
    world.answerEvents(
      calls(first),
      calls({ function: { arguments: '"Graz"}' } }),
      calls(second),
      ...end("tool_calls"),
    );
    expect((await finalMessage()).content).toEqual(BOTH);
  });

  it("TR-21 stop for the tools also where the backend just says stop", async () => {
    world.answerEvents(calls(named(0, "a", '{"town":"Graz"}')), ...end("stop"));
    expect((await finalMessage()).stop_reason).toBe("tool_use");
  });

  it("TR-22 have an empty input where the backend gives no arguments", async () => {
    world.answerEvents(calls(named(0, "a")), ...end("tool_calls"));
    const message = await finalMessage();
    expect(message.content).toEqual([{ type: "tool_use", id: "a", name: "weather", input: {} }]);
    const { text } = await postJson(world.url, MESSAGES, { ...REQUEST, stream: true });
    const start = parseEvents(text).find(({ type }) => type === "content_block_start");
    expect(start?.["content_block"]).toEqual({
      type: "tool_use",
      id: "a",
      name: "weather",
      input: {},
    });
  });

  it("TR-23 keep integers beyond the range of a double", async () => {
    world.answerEvents(calls(named(0, "a", '{"n":9007199254740993}')), ...end("tool_calls"));
    const { text } = await postJson(world.url, MESSAGES, { ...REQUEST, stream: true });
    const json = parseEvents(text)
      .map(({ delta }) => (delta as { partial_json?: string } | undefined)?.partial_json ?? "")
      .join("");
    expect(json).toBe('{"n":9007199254740993}');
  });

  it("follow thinking and text in blocks of their own", async () => {
    world.answerEvents(
      said({ reasoning_content: "I check." }),
      said({ content: "I look." }),
      calls(named(0, "a", '{"town":"Graz"}')),
      ...end("tool_calls"),
    );
    const { content } = await finalMessage();
    expect(content).toMatchObject([
      { type: "thinking", thinking: "I check.", signature: "" },
      { type: "text", text: "I look." },
      { type: "tool_use", input: { town: "Graz" } },
    ]);
  });
});

describe.each([
  { kind: "openai-compatible", mode: "translated" },
  { kind: "vllm", mode: "passthrough" },
] as const)("a round of tools on a $kind backend", ({ kind, mode }) => {
  it.each([true, false])("TR-20 ends with the model's answer, streamed: %s", async (isStreamed) => {
    const model = {
      id: "pine:7b",
      reply: "Mild in Graz.",
      reasoning: "The weather tool knows.",
      toolCall: { name: "weather", arguments: { town: "Graz" } },
    };
    await using world = await startWorld({ only: { kind, models: [model] } });
    const client = anthropicClient(world.url);
    const ask = (messages: Anthropic.MessageParam[]): Promise<Anthropic.Message> => {
      const body = { model: "pine:7b", max_tokens: 64, messages, tools: [WEATHER] };
      return isStreamed
        ? client.messages.stream(body).finalMessage()
        : client.messages.create(body);
    };
    const asked: Anthropic.MessageParam = { role: "user", content: "Weather in Graz?" };
    const first = await ask([asked]);
    expect(first.stop_reason).toBe("tool_use");
    const use = first.content.find((block) => block.type === "tool_use");
    expect(use).toMatchObject({ name: "weather", input: { town: "Graz" } });
    const second = await ask([
      asked,
      { role: "assistant", content: first.content as Anthropic.ContentBlockParam[] },
      {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: use?.id ?? "", content: "mild" }],
      },
    ]);
    expect(second.content).toMatchObject([
      { type: "thinking", thinking: "The weather tool knows." },
      { type: "text", text: "Mild in Graz." },
    ]);
    const paths = traffic(world.backends.only).map(({ url }) => url);
    const path = mode === "translated" ? "/v1/chat/completions" : "/v1/messages";
    expect(paths).toEqual([path, path]);
  });
});
