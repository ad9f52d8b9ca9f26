import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { anthropicClient } from "../harness/anthropic.ts";
import { ollamaClient, openaiClient } from "../harness/clients.ts";
import { startGateway, type TestGateway } from "../harness/gateway.ts";
import { realConfig } from "../harness/real-config.ts";
import { startLlama, type RealServer } from "../harness/real-servers.ts";

const MODEL = "tiny";
const QUESTION = { role: "user" as const, content: "How will it be in Oslo?" };
const RESULT = "Mild, with rain on Thursday.";
const FORECAST = {
  type: "object" as const,
  properties: { city: { type: "string" }, days: { type: "integer" } },
  required: ["city", "days"],
};
const FUNCTION = { name: "get_weather", description: "A forecast.", parameters: FORECAST };

/** What a client made of a call and of the answer to its result. */
interface Outcome {
  readonly tool: string | undefined;
  readonly arguments: unknown;
  readonly answer: string | null | undefined;
}

interface Conversation {
  readonly dialect: string;
  /** First turn, streamed, at a server that calls the tool; second at one that writes text. */
  readonly hold: (caller: string, writer: string) => Promise<Outcome>;
}

const conversations: readonly Conversation[] = [
  { dialect: "Chat Completions", hold: holdInChatCompletions },
  { dialect: "Responses", hold: holdInResponses },
  { dialect: "Messages", hold: holdInMessages },
  { dialect: "Ollama's chat", hold: holdInOllamaChat },
];

async function holdInChatCompletions(caller: string, writer: string): Promise<Outcome> {
  const tools = [{ type: "function" as const, function: FUNCTION }];
  const first = await openaiClient(caller)
    .chat.completions.stream({ model: MODEL, messages: [QUESTION], tools })
    .finalMessage();
  const call = first.tool_calls?.[0];
  if (call?.type !== "function") throw new Error(`no call in ${JSON.stringify(first)}`);
  const second = await openaiClient(writer).chat.completions.create({
    model: MODEL,
    messages: [QUESTION, first, { role: "tool", tool_call_id: call.id, content: RESULT }],
    tools,
  });
  return {
    tool: call.function.name,
    arguments: JSON.parse(call.function.arguments),
    answer: second.choices[0]?.message.content,
  };
}

async function holdInResponses(caller: string, writer: string): Promise<Outcome> {
  const tools = [{ type: "function" as const, strict: null, ...FUNCTION }];
  const first = await openaiClient(caller)
    .responses.stream({ model: MODEL, input: [QUESTION], tools })
    .finalResponse();
  const call = first.output.find((item) => item.type === "function_call");
  if (call === undefined) throw new Error(`no call in ${JSON.stringify(first.output)}`);
  const { call_id, name } = call;
  const second = await openaiClient(writer).responses.create({
    model: MODEL,
    input: [
      QUESTION,
      { type: "function_call", call_id, name, arguments: call.arguments },
      { type: "function_call_output", call_id, output: RESULT },
    ],
    tools,
  });
  return { tool: name, arguments: JSON.parse(call.arguments), answer: second.output_text };
}

async function holdInMessages(caller: string, writer: string): Promise<Outcome> {
  const { name, description, parameters } = FUNCTION;
  const request = {
    model: MODEL,
    max_tokens: 100,
    tools: [{ name, description, input_schema: parameters }],
  };
  const first = await anthropicClient(caller)
    .messages.stream({ ...request, messages: [QUESTION] })
    .finalMessage();
  const use = first.content.find((block) => block.type === "tool_use");
  if (use === undefined) throw new Error(`no call in ${JSON.stringify(first.content)}`);
  const second = await anthropicClient(writer).messages.create({
    ...request,
    messages: [
      QUESTION,
      { role: "assistant", content: first.content },
      {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: use.id, content: RESULT }],
      },
    ],
  });
  const text = second.content.find((block) => block.type === "text");
  return { tool: use.name, arguments: use.input, answer: text?.text };
}

async function holdInOllamaChat(caller: string, writer: string): Promise<Outcome> {
  const tools = [{ type: "function", function: FUNCTION }];
  const request = { model: MODEL, tools };
  const parts = await ollamaClient(caller).chat({ ...request, messages: [QUESTION], stream: true });
  const calls = [];
  for await (const { message } of parts) calls.push(...(message.tool_calls ?? []));
  const second = await ollamaClient(writer).chat({
    ...request,
    messages: [
      QUESTION,
      { role: "assistant", content: "", tool_calls: calls },
      { role: "tool", tool_name: FUNCTION.name, content: RESULT },
    ],
  });
  const call = calls[0]?.function;
  return { tool: call?.name, arguments: call?.arguments, answer: second.message.content };
}

const servers: RealServer[] = [];

beforeAll(async () => {
  servers.push(await startLlama("caller", "tool"), await startLlama("writer", "alpha"));
});

afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
});

const translated = { type: "openai-compatible", held: conversations };
// Its own Responses streams have no `output_index`, so that the client cannot read them from the
// server itself either.
const native = {
  type: "llamacpp",
  held: conversations.filter(({ dialect }) => dialect !== "Responses"),
};

describe.each([translated, native])("llama.cpp as $type", ({ type, held }) => {
  describe.each(["olla", "sherpa"])("through engine %s", (engine) => {
    let gateways: readonly TestGateway[] = [];

    beforeEach(async () => {
      gateways = await Promise.all(
        servers.map((server) => startGateway({ config: realConfig([server], { engine, type }) })),
      );
    });

    afterEach(async () => {
      for (const gateway of gateways) await gateway[Symbol.asyncDispose]();
    });

    it.each(held)("holds a conversation with a tool in $dialect", async ({ hold }) => {
      const [caller, writer] = gateways;
      expect(await hold(caller?.url ?? "", writer?.url ?? "")).toEqual({
        tool: "get_weather",
        arguments: { city: "Oslo", days: 3 },
        answer: "I am alpha and this answer is mine.",
      });
    });
  });
});
