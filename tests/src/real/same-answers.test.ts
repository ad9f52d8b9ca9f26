import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { startGateway, type TestGateway } from "../harness/gateway.ts";
import { postJson } from "../harness/http-client.ts";
import { realConfig } from "../harness/real-config.ts";
import { startLlama, type RealServer } from "../harness/real-servers.ts";

const MESSAGES = [{ role: "user", content: "hi" }];
const WEATHER = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer" } },
  required: ["city", "days"],
};

interface Case {
  readonly title: string;
  /** Name of the server that is asked. */
  readonly server: "plain" | "tool" | "think";
  readonly route: "openai" | "llamacpp";
  readonly path: string;
  readonly body: object;
  /** What the answer must hold, so that two equal errors do not pass for a success. */
  readonly holds: string;
  readonly status?: number;
}

const chat: Pick<Case, "server" | "route" | "path"> = {
  server: "plain",
  route: "openai",
  path: "/v1/chat/completions",
};
const messages: Pick<Case, "server" | "route" | "path"> = {
  server: "plain",
  route: "llamacpp",
  path: "/v1/messages",
};
const openAiTool = { type: "function", function: { name: "get_weather", parameters: WEATHER } };
const anthropicTool = { name: "get_weather", input_schema: WEATHER };

const cases: readonly Case[] = [
  { title: "chat", ...chat, body: { messages: MESSAGES }, holds: "I am alpha" },
  {
    title: "streamed chat",
    ...chat,
    body: { messages: MESSAGES, stream: true },
    holds: "data: [DONE]",
  },
  {
    title: "streamed chat with usage",
    ...chat,
    body: { messages: MESSAGES, stream: true, stream_options: { include_usage: true } },
    holds: '"completion_tokens":9',
  },
  {
    title: "completions",
    ...chat,
    path: "/v1/completions",
    body: { prompt: "hi" },
    holds: "I am alpha",
  },
  {
    title: "streamed completions",
    ...chat,
    path: "/v1/completions",
    body: { prompt: "hi", stream: true },
    holds: "data: [DONE]",
  },
  {
    title: "responses",
    ...chat,
    route: "llamacpp",
    path: "/v1/responses",
    body: { input: "hi" },
    holds: "I am alpha",
  },
  {
    title: "streamed responses",
    ...chat,
    route: "llamacpp",
    path: "/v1/responses",
    body: { input: "hi", stream: true },
    holds: "response.completed",
  },
  {
    title: "messages",
    ...messages,
    body: { messages: MESSAGES, max_tokens: 50 },
    holds: '"stop_reason":"end_turn"',
  },
  {
    title: "streamed messages",
    ...messages,
    body: { messages: MESSAGES, max_tokens: 50, stream: true },
    holds: "message_stop",
  },
  {
    title: "a token count of messages",
    ...messages,
    path: "/v1/messages/count_tokens",
    body: { messages: MESSAGES },
    holds: "input_tokens",
  },
  {
    title: "a streamed call of a tool",
    ...chat,
    server: "tool",
    body: { messages: MESSAGES, stream: true, tools: [openAiTool] },
    holds: '"finish_reason":"tool_calls"',
  },
  {
    title: "a streamed call of a tool in messages",
    ...messages,
    server: "tool",
    body: { messages: MESSAGES, max_tokens: 50, stream: true, tools: [anthropicTool] },
    holds: '"stop_reason":"tool_use"',
  },
  {
    title: "streamed thinking",
    ...chat,
    server: "think",
    body: { messages: MESSAGES, stream: true },
    holds: "reasoning_content",
  },
  {
    title: "streamed thinking in messages",
    ...messages,
    server: "think",
    body: { messages: MESSAGES, max_tokens: 50, stream: true },
    holds: "thinking_delta",
  },
  {
    title: "a prompt that is too long",
    ...chat,
    body: { messages: [{ role: "user", content: "x".repeat(10_000) }] },
    holds: "exceed_context_size_error",
    status: 400,
  },
  {
    title: "a request without messages",
    ...chat,
    body: {},
    holds: "'messages' is required",
    status: 400,
  },
];

const servers = new Map<Case["server"], RealServer>();

beforeAll(async () => {
  servers.set("plain", await startLlama("plain", "alpha"));
  servers.set("tool", await startLlama("tool", "tool"));
  servers.set("think", await startLlama("think", "think"));
});

afterAll(async () => {
  for (const server of servers.values()) await server[Symbol.asyncDispose]();
});

function serverOf(name: Case["server"]): RealServer {
  const server = servers.get(name);
  if (server === undefined) throw new Error(`no server "${name}"`);
  return server;
}

describe.each(["olla", "sherpa"])("an answer of llama.cpp through engine %s", (engine) => {
  const gateways = new Map<Case["server"], TestGateway>();

  beforeEach(async () => {
    for (const [name, server] of servers) {
      gateways.set(name, await startGateway({ config: realConfig([server], { engine }) }));
    }
  });

  afterEach(async () => {
    for (const gateway of gateways.values()) await gateway[Symbol.asyncDispose]();
  });

  it.each(cases)("is what the server itself answers: $title", async (one) => {
    const server = serverOf(one.server);
    const body = { model: "tiny", ...one.body };
    // Twice, since the first answer of a server may differ: its prompt cache was empty.
    await postJson(server.url, one.path, body);
    const direct = await postJson(server.url, one.path, body);
    const gateway = gateways.get(one.server)?.url ?? "";
    const relayed = await postJson(gateway, `/olla/${one.route}${one.path}`, body);

    expect(relayed.text).toContain(one.holds);
    expect(relayed.status).toBe(one.status ?? 200);
    expect(relayed.headers["x-olla-endpoint"]).toBe(one.server);
    expect(relayed.headers["content-type"]).toBe(direct.headers["content-type"]);
    expect(comparable(relayed.text)).toBe(comparable(direct.text));
  });
});

/** The text without what differs between two answers to the same request: ids, times and speeds. */
function comparable(text: string): string {
  return text
    .replaceAll(/"((?:[a-z]+[-_])?)[A-Za-z0-9]{24,}"/g, '"$1…"')
    .replaceAll(/"(created|created_at|completed_at)":\d+/g, '"$1":0')
    .replaceAll(/"([a-z_]+_(?:ms|per_second|per_token_ms))":[\d.e+-]+/g, '"$1":0');
}
