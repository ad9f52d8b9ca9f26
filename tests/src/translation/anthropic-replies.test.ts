import type Anthropic from "@anthropic-ai/sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { anthropicClient, MESSAGES, question, WEATHER } from "../harness/anthropic.ts";
import { postJson } from "../harness/http-client.ts";
import { startScriptedWorld, type ScriptedWorld } from "../harness/scripted-world.ts";

/** A chat completion with this message. */
function completion(message: object, finish = "stop", usage: object | undefined = USAGE): object {
  return {
    id: "c1",
    object: "chat.completion",
    created: 1_767_000_000,
    model: "scripted",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: null, ...message },
        finish_reason: finish,
      },
    ],
    usage,
  };
}

const USAGE = { prompt_tokens: 40, completion_tokens: 17, total_tokens: 57 };

function call(id: string, args: string, name = "weather"): object {
  return { id, type: "function", function: { name, arguments: args } };
}

describe("a chat backend's answer for the anthropic client", () => {
  let world: ScriptedWorld;

  beforeEach(async () => {
    world = await startScriptedWorld();
  });

  afterEach(() => world[Symbol.asyncDispose]());

  function reply(answer: object): Promise<Anthropic.Message> {
    world.answerJson(answer);
    const body = { ...question("scripted"), tools: [WEATHER] };
    return anthropicClient(world.url).messages.create(body);
  }

  it("TR-1 HP-63 is a message with the backend's usage", async () => {
    const message = await reply(completion({ content: "It is mild." }));
    expect(message).toMatchObject({
      id: expect.stringMatching(/^msg_\w+$/) as unknown,
      type: "message",
      role: "assistant",
      model: "scripted",
      content: [{ type: "text", text: "It is mild." }],
      stop_reason: "end_turn",
      usage: { input_tokens: 40, output_tokens: 17 },
    });
  });

  it("TR-20 has tool calls in parallel as blocks with their input", async () => {
    const calls = [call("a", '{"town":"Graz"}'), call("b", '{"town":"Linz"}')];
    const message = await reply(completion({ tool_calls: calls }, "tool_calls"));
    expect(message.content).toEqual([
      { type: "tool_use", id: "a", name: "weather", input: { town: "Graz" } },
      { type: "tool_use", id: "b", name: "weather", input: { town: "Linz" } },
    ]);
    expect(message.stop_reason).toBe("tool_use");
  });

  it("TR-21 stops for the tools also where the backend just says stop", async () => {
    const message = await reply(
      completion({ content: "I look.", tool_calls: [call("a", "{}")] }, "stop"),
    );
    expect(message.content.map(({ type }) => type)).toEqual(["text", "tool_use"]);
    expect(message.stop_reason).toBe("tool_use");
  });

  it.each(["", "{}"])("TR-22 has an empty input for the arguments %j", async (args) => {
    const message = await reply(completion({ tool_calls: [call("a", args)] }, "tool_calls"));
    expect(message.content).toMatchObject([{ type: "tool_use", input: {} }]);
  });

  it("TR-23 keeps integers beyond the range of a double", async () => {
    world.answerJson(completion({ tool_calls: [call("a", '{"n":9007199254740993}')] }));
    const { text } = await postJson(world.url, MESSAGES, question("scripted"));
    expect(text).toMatch(/"input":\{"n":9007199254740993\}/);
  });

  it("has an id for a call without one", async () => {
    const calls = [{ type: "function", function: { name: "weather", arguments: "{}" } }];
    const message = await reply(completion({ tool_calls: calls }, "tool_calls"));
    const id = expect.stringMatching(/^(?:toolu_|call_)\w+$/) as unknown;
    expect(message.content).toMatchObject([{ type: "tool_use", id, name: "weather" }]);
  });

  it.each([
    { finish: "length", reason: "max_tokens" },
    { finish: "content_filter", reason: "refusal" },
    { finish: "something new", reason: "end_turn" },
  ])("TR-24 stops with $reason after $finish", async ({ finish, reason }) => {
    expect((await reply(completion({ content: "It" }, finish))).stop_reason).toBe(reason);
  });

  it("TR-24 has a refusal as text and as the reason to stop", async () => {
    const message = await reply(completion({ refusal: "I will not." }));
    expect(message.content).toMatchObject([{ type: "text", text: "I will not." }]);
    expect(message.stop_reason).toBe("refusal");
  });

  it("TR-25 tells cached tokens apart from the input, and thinking from the output", async () => {
    const usage = {
      ...USAGE,
      prompt_tokens_details: { cached_tokens: 8 },
      completion_tokens_details: { reasoning_tokens: 3 },
    };
    expect((await reply(completion({ content: "x" }, "stop", usage))).usage).toMatchObject({
      input_tokens: 32,
      output_tokens: 17,
      cache_read_input_tokens: 8,
      cache_creation_input_tokens: 0,
      output_tokens_details: { thinking_tokens: 3 },
    });
  });

  it.each(["reasoning_content", "reasoning"])(
    "TR-26 has %s as a thinking block in front of the text",
    async (field) => {
      const message = await reply(completion({ content: "Mild.", [field]: "I check." }));
      expect(message.content).toMatchObject([
        { type: "thinking", thinking: "I check.", signature: "" },
        { type: "text", text: "Mild." },
      ]);
    },
  );

  it("has no content where the backend says nothing", async () => {
    expect((await reply(completion({ content: "" }))).content).toEqual([]);
  });

  it("has the requested model where the backend names none", async () => {
    const answer: Record<string, unknown> = { ...completion({ content: "x" }) };
    delete answer["model"];
    expect((await reply(answer)).model).toBe("scripted");
  });

  it.each(["<html>hello</html>", '{"id":"c1"}', "{"])(
    "is 502 without internals when the backend answers 200 with %s",
    async (body) => {
      world.answer((response) => void response.end(body));
      const { status, text } = await postJson(world.url, MESSAGES, question("scripted"));
      expect(status).toBe(502);
      const { error } = JSON.parse(text) as { error: { type: string; message: string } };
      expect(error.type).toBe("api_error");
      expect(error.message).not.toMatch(/html|JSON\.parse|position|127\.0\.0\.1/i);
    },
  );
});
