import type Anthropic from "@anthropic-ai/sdk";
import { backendKinds } from "@olla-ts/simulator";
import type { Message } from "ollama";
import type OpenAI from "openai";
import { describe, expect, it } from "vitest";

import { anthropicClient, WEATHER } from "../harness/anthropic.ts";
import {
  ollamaClient,
  openaiClient,
  WEATHER_FUNCTION,
  WEATHER_RESPONSES,
} from "../harness/clients.ts";
import { OLLAMA_NATIVE, startKindWorld, type EndpointKind } from "../harness/kind-world.ts";
import { traffic } from "../harness/world.ts";

const MODEL = "caller:7b";
const QUESTION = "How is the weather in Graz?";
const RESULT = "mild";

/** What a conversation of two requests came to. */
interface Outcome {
  /** Name and arguments of the tool that the model asked for. */
  readonly called: { readonly name: string; readonly input: unknown };
  readonly answer: string;
}

/** Asks, is asked for a tool, gives its result, is answered. */
type Conversation = (url: string) => Promise<Outcome>;

const CLIENTS: Readonly<Record<string, Conversation>> = {
  async "chat completions"(url) {
    const { completions } = openaiClient(url).chat;
    const request = { model: MODEL, tools: [WEATHER_FUNCTION] };
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: QUESTION }];
    const first = await completions.stream({ ...request, messages }).finalChatCompletion();
    const message = required(first.choices[0]?.message);
    const call = required(message.tool_calls?.find((one) => one.type === "function"));
    const result = { role: "tool" as const, tool_call_id: call.id, content: RESULT };
    const second = await completions
      .stream({ ...request, messages: [...messages, message, result] })
      .finalChatCompletion();
    return {
      called: {
        name: call.function.name,
        input: JSON.parse(call.function.arguments) as unknown,
      },
      answer: second.choices[0]?.message.content ?? "",
    };
  },

  async responses(url) {
    const { responses } = openaiClient(url);
    const request = { model: MODEL, tools: [WEATHER_RESPONSES] };
    const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: QUESTION }];
    const first = await responses.stream({ ...request, input }).finalResponse();
    const call = required(first.output.find((item) => item.type === "function_call"));
    const result = {
      type: "function_call_output" as const,
      call_id: call.call_id,
      output: RESULT,
    };
    const second = await responses.create({ ...request, input: [...input, call, result] });
    return {
      called: { name: call.name, input: JSON.parse(call.arguments) as unknown },
      answer: second.output_text,
    };
  },

  async messages(url) {
    const client = anthropicClient(url);
    const request = { model: MODEL, max_tokens: 100, tools: [WEATHER] };
    const messages: Anthropic.MessageParam[] = [{ role: "user", content: QUESTION }];
    const { content } = await client.messages.stream({ ...request, messages }).finalMessage();
    const call = required(content.find((block) => block.type === "tool_use"));
    const result = { type: "tool_result" as const, tool_use_id: call.id, content: RESULT };
    const second = await client.messages
      .stream({
        ...request,
        messages: [
          ...messages,
          { role: "assistant", content },
          { role: "user", content: [result] },
        ],
      })
      .finalText();
    return { called: { name: call.name, input: call.input }, answer: second };
  },

  async ollama(url) {
    const client = ollamaClient(url);
    const request = { model: MODEL, tools: [WEATHER_FUNCTION] };
    const messages: Message[] = [{ role: "user", content: QUESTION }];
    const { message } = await client.chat({ ...request, messages });
    const { name, arguments: input } = required(message.tool_calls?.[0]).function;
    const result = { role: "tool", content: RESULT, tool_name: name };
    const stream = await client.chat({
      ...request,
      messages: [...messages, message, result],
      stream: true,
    });
    let answer = "";
    for await (const part of stream) answer += part.message.content;
    return { called: { name, input }, answer };
  },
};

const KINDS: readonly EndpointKind[] = [...backendKinds, OLLAMA_NATIVE];

/** These have the Responses API, with text alone where they are simulated; nothing is translated. */
const WITH_RESPONSES: readonly EndpointKind[] = [
  "docker-model-runner",
  "litellm",
  "llamacpp",
  "lm-studio",
  "lmdeploy",
  "ollama",
  "omlx",
  "sglang",
  "vllm",
  "vllm-mlx",
];

const PAIRS = Object.entries(CLIENTS).flatMap(([client, converse]) =>
  KINDS.filter((kind) => client !== "responses" || !WITH_RESPONSES.includes(kind)).map((kind) => ({
    client,
    kind,
    converse,
  })),
);

describe.each(["olla", "sherpa"])("a conversation with a tool, with engine %s", (engine) => {
  it.each(PAIRS)("goes from question to answer by $client on $kind", async ({ kind, converse }) => {
    const script = {
      id: MODEL,
      reply: "It is mild.",
      toolCall: { name: "weather", arguments: { town: "Graz" } },
    };
    await using world = await startKindWorld(kind, { models: [script] }, { engine });
    expect(await converse(world.url)).toEqual({
      called: { name: "weather", input: { town: "Graz" } },
      answer: "It is mild.",
    });
    const last = traffic(world.backends.only).at(-1)?.body.toString("utf8");
    expect(last, "the result reached the backend").toContain(RESULT);
  });
});

function required<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Error("the answer lacks what comes next");
  return value;
}
