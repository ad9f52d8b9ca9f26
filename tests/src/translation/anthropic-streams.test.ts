import type Anthropic from "@anthropic-ai/sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { anthropicClient, MESSAGES, parseEvents, question } from "../harness/anthropic.ts";
import { open, postJson } from "../harness/http-client.ts";
import {
  startEvents,
  startScriptedWorld,
  toEvent,
  type ScriptedWorld,
} from "../harness/scripted-world.ts";

const REQUEST = { ...question("scripted"), stream: true };
const USAGE = {
  prompt_tokens: 40,
  completion_tokens: 17,
  prompt_tokens_details: { cached_tokens: 8 },
};

function chunk(delta: object, finish: string | null = null): object {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return { id: "c1", object: "chat.completion.chunk", model: "scripted", choices };
}

const WORDS = [chunk({ role: "assistant", content: "It " }), chunk({ content: "is mild." })];
const END = [chunk({}, "stop"), { id: "c1", choices: [], usage: USAGE }, "[DONE]"];

function textOf(message: Anthropic.Message): string {
  return message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

describe.each(["olla", "sherpa"])("a translated stream with engine %s", (engine) => {
  let world: ScriptedWorld;

  beforeEach(async () => {
    world = await startScriptedWorld({ engine });
  });

  afterEach(() => world[Symbol.asyncDispose]());

  async function events(): Promise<ReturnType<typeof parseEvents>> {
    return parseEvents((await postJson(world.url, MESSAGES, REQUEST)).text);
  }

  function finalMessage(): Promise<Anthropic.Message> {
    return anthropicClient(world.url).messages.stream(question("scripted")).finalMessage();
  }

  it("TR-27 HP-64 has the events of the API in their order, block after block", async () => {
    world.answerEvents(chunk({ reasoning_content: "Check." }), ...WORDS, ...END);
    expect(await events()).toEqual([
      {
        type: "message_start",
        message: {
          id: expect.stringMatching(/^msg_\w+$/) as unknown,
          type: "message",
          role: "assistant",
          model: "scripted",
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: {
            input_tokens: 1,
            output_tokens: 0,
            cache_creation_input_tokens: 0,
            cache_read_input_tokens: 0,
          },
        },
      },
      { type: "ping" },
      {
        type: "content_block_start",
        index: 0,
        content_block: { type: "thinking", thinking: "", signature: "" },
      },
      {
        type: "content_block_delta",
        index: 0,
        delta: { type: "thinking_delta", thinking: "Check." },
      },
      { type: "content_block_stop", index: 0 },
      { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "It " } },
      { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "is mild." } },
      { type: "content_block_stop", index: 1 },
      {
        type: "message_delta",
        delta: { stop_reason: "end_turn", stop_sequence: null },
        usage: {
          input_tokens: 32,
          output_tokens: 17,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 8,
        },
      },
      { type: "message_stop" },
    ]);
  });

  it("TR-36 gives the client the backend's own usage", async () => {
    world.answerEvents(...WORDS, ...END);
    const { usage } = await finalMessage();
    expect(usage).toMatchObject({
      input_tokens: 32,
      output_tokens: 17,
      cache_read_input_tokens: 8,
    });
  });

  it("TR-37 estimates the output where the backend states none", async () => {
    world.answerEvents(...WORDS, chunk({}, "stop"), "[DONE]");
    const { usage } = await finalMessage();
    expect(usage.output_tokens).toBeGreaterThan(0);
  });

  it("takes the last of several usages", async () => {
    const early = {
      ...chunk({ content: "It " }),
      usage: { prompt_tokens: 40, completion_tokens: 1 },
    };
    world.answerEvents(early, ...END);
    expect((await finalMessage()).usage.output_tokens).toBe(17);
  });

  it("may be read event by event from the raw stream", async () => {
    world.answerEvents(...WORDS, ...END);
    const stream = await anthropicClient(world.url).messages.create({
      ...question("scripted"),
      stream: true,
    });
    const pieces: string[] = [];
    for await (const event of stream) {
      if (event.type === "content_block_delta" && event.delta.type === "text_delta")
        pieces.push(event.delta.text);
    }
    expect(pieces).toEqual(["It ", "is mild."]);
  });

  it("tells proxies on its way not to keep it", async () => {
    world.answerEvents(...WORDS, ...END);
    const { headers } = await postJson(world.url, MESSAGES, REQUEST);
    expect(headers).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-cache",
      "x-accel-buffering": "no",
      "x-olla-mode": "translated",
      "request-id": expect.stringMatching(/\S/) as unknown,
    });
    expect(headers["content-length"]).toBeUndefined();
  });

  it("TR-28 begins when the backend's head is there, long before its first token", async () => {
    const go = Promise.withResolvers<void>();
    world.answer(async (response) => {
      startEvents(response);
      await go.promise;
      for (const one of [...WORDS, ...END]) response.write(toEvent(one));
      response.end();
    });
    const stream = anthropicClient(world.url).messages.stream(question("scripted"));
    const started = Promise.withResolvers<string>();
    stream.on("streamEvent", ({ type }) => started.resolve(type));
    expect(await started.promise).toBe("message_start");
    go.resolve();
    expect(textOf(await stream.finalMessage())).toBe("It is mild.");
  });

  it("gives every word on when it comes", async () => {
    const seen = Promise.withResolvers<void>();
    world.answer(async (response) => {
      startEvents(response);
      response.write(toEvent(WORDS[0] ?? ""));
      await seen.promise;
      for (const one of [...WORDS.slice(1), ...END]) response.write(toEvent(one));
      response.end();
    });
    const stream = anthropicClient(world.url).messages.stream(question("scripted"));
    stream.on("text", (text) => text === "It " && seen.resolve());
    expect(textOf(await stream.finalMessage())).toBe("It is mild.");
  });

  it.each([
    { what: "no space behind the colon", frame: (data: string) => `data:${data}\n\n` },
    { what: "CRLF", frame: (data: string) => `data: ${data}\r\n\r\n` },
    { what: "comments", frame: (data: string) => `: still here\n\ndata: ${data}\n\n` },
    { what: "other fields", frame: (data: string) => `id: 1\nevent: x\ndata: ${data}\n\n` },
    {
      what: "data on several lines",
      frame: (data: string) => `data: ${data.replaceAll(",", ",\ndata: ")}\n\n`,
    },
  ])("TR-33 is understood with $what", async ({ frame }) => {
    world.answer((response) => {
      startEvents(response);
      for (const one of [...WORDS, ...END])
        response.write(frame(typeof one === "string" ? one : JSON.stringify(one)));
      response.end();
    });
    const message = await finalMessage();
    expect(textOf(message)).toBe("It is mild.");
    expect(message.usage.output_tokens).toBe(17);
  });

  it("is understood in pieces that end anywhere, inside a character too", async () => {
    world.answer(async (response) => {
      startEvents(response);
      const words = [chunk({ content: "Grüße " }), chunk({ content: "🌲" }), ...END];
      for (const byte of Buffer.from(words.map(toEvent).join(""))) {
        await new Promise<void>((resolve) => {
          response.write(Buffer.of(byte), () => resolve());
        });
      }
      response.end();
    });
    expect(textOf(await finalMessage())).toBe("Grüße 🌲");
  });

  it("TR-34 has a piece of two million characters", async () => {
    const long = "x".repeat(2_097_152);
    world.answerEvents(chunk({ content: long }), ...END);
    expect(textOf(await finalMessage())).toBe(long);
  });

  it("TR-35 is made of a whole answer where the backend does not stream", async () => {
    world.answerJson({
      id: "c1",
      model: "scripted",
      choices: [{ message: { content: "It is mild." }, finish_reason: "length" }],
      usage: USAGE,
    });
    const message = await finalMessage();
    expect(textOf(message)).toBe("It is mild.");
    expect(message).toMatchObject({ stop_reason: "max_tokens", usage: { output_tokens: 17 } });
  });

  it("ignores choices but the first, and takes the model the client asked for", async () => {
    const other = { choices: [{ index: 1, delta: { content: "Rain." }, finish_reason: null }] };
    const own = { choices: [{ index: 0, delta: { content: "Sun." }, finish_reason: null }] };
    world.answerEvents(own, other, { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
    const message = await finalMessage();
    expect(textOf(message)).toBe("Sun.");
    expect(message.model).toBe("scripted");
  });

  it.each([
    { finish: "length", reason: "max_tokens" },
    { finish: "content_filter", reason: "refusal" },
  ])("TR-24 stops with $reason after $finish", async ({ finish, reason }) => {
    world.answerEvents(...WORDS, chunk({}, finish), "[DONE]");
    expect((await finalMessage()).stop_reason).toBe(reason);
  });

  it("has a refusal as text", async () => {
    world.answerEvents(chunk({ refusal: "I will " }), chunk({ refusal: "not." }), ...END);
    const message = await finalMessage();
    expect(textOf(message)).toBe("I will not.");
    expect(message.stop_reason).toBe("refusal");
  });

  it("ends the connection's answer so that the connection serves the next request", async () => {
    world.answerEvents(...WORDS, ...END);
    const response = await open(world.url, {
      method: "POST",
      path: MESSAGES,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(REQUEST),
    });
    for await (const _ of response);
    expect(response.complete).toBe(true);
  });
});
