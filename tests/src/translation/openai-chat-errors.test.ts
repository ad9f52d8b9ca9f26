import { describe, expect, it } from "vitest";

import { postJson, send, type Answer } from "../harness/http-client.ts";
import { OLLAMA_NATIVE, startKindWorld } from "../harness/kind-world.ts";
import type { World } from "../harness/world.ts";

const CHAT = "/olla/openai/v1/chat/completions";
const MODEL = "pine:7b";
const messages = [{ role: "user", content: "hello" }];

/** A server that speaks no OpenAI dialect, so that every request is read. */
function start(server = "", rateLimits?: string): Promise<World<"only">> {
  return startKindWorld(
    OLLAMA_NATIVE,
    { models: [MODEL] },
    { server, ...(rateLimits !== undefined && { rateLimits }) },
  );
}

/** Title, status and fields of the error, and how it comes about. */
interface Case {
  readonly what: string;
  readonly status: number;
  readonly code: string;
  readonly type: string;
  readonly param: string | null;
  readonly ask: (world: World<"only">) => Promise<Answer>;
}

function chat(fields: object): Case["ask"] {
  return ({ url }) => postJson(url, CHAT, { model: MODEL, messages, ...fields });
}

function body(text: string): Case["ask"] {
  const headers = { "content-type": "application/json" };
  return ({ url }) => send(url, { method: "POST", path: CHAT, body: text, headers });
}

const INVALID = { status: 400, code: "invalid_request", type: "invalid_request_error" } as const;

const CASES: readonly Case[] = [
  {
    what: "an unknown model",
    status: 404,
    code: "model_not_found",
    type: "invalid_request_error",
    param: null,
    ask: chat({ model: "nobody" }),
  },
  {
    what: "a backend that is away",
    status: 502,
    code: "upstream_connect",
    type: "server_error",
    param: null,
    ask: async (world) => {
      await world.backends.only.kill();
      return chat({})(world);
    },
  },
  {
    what: "a model whose only endpoint is known to be away",
    status: 503,
    code: "model_unavailable",
    type: "server_error",
    param: null,
    ask: async (world) => {
      await world.backends.only.kill();
      await chat({})(world);
      return chat({})(world);
    },
  },
  {
    what: "an answer that is none",
    status: 502,
    code: "upstream_protocol",
    type: "server_error",
    param: null,
    ask: async (world) => {
      await world.backends.only.setFault({ type: "bad-json" });
      return chat({})(world);
    },
  },
  {
    what: "a setting out of range",
    ...INVALID,
    param: "temperature",
    ask: chat({ temperature: 9 }),
  },
  {
    what: "messages of the wrong kind",
    ...INVALID,
    param: "messages",
    ask: chat({ messages: "x" }),
  },
  {
    what: "a message without a known role",
    ...INVALID,
    param: "messages.0.role",
    ask: chat({ messages: [{ role: "nobody", content: "x" }] }),
  },
  { what: "a body that is cut", ...INVALID, param: null, ask: body(`{"model":"${MODEL}","mess`) },
  { what: "several answers", ...INVALID, param: "n", ask: chat({ n: 2 }) },
];

describe("errors of the gateway on the routes of OpenAI", () => {
  it.each(CASES)(
    "TR-73 has message, type, param and code for $what",
    async ({ ask, status, code, type, param }) => {
      await using world = await start();
      const answer = await ask(world);
      expect(answer.status, `got ${answer.text}`).toBe(status);
      expect(answer.headers["content-type"]).toBe("application/json");
      expect(answer.headers["x-request-id"]).toMatch(/./);
      const parsed = JSON.parse(answer.text) as { error: Record<string, unknown> };
      expect(Object.keys(parsed)).toEqual(["error"]);
      expect(parsed.error).toEqual({ message: expect.stringMatching(/\S/), type, param, code });
      expect(answer.text, "TR-43 no address").not.toMatch(/127\.0\.0\.1|:\d{5}/);
    },
  );

  it("TR-73 has them for too large a body, and for too many requests", async () => {
    await using small = await start("  request_limits: { max_body_size: 1KB }");
    const large = await chat({ user: "x".repeat(2_000) })(small);
    expect(large.status).toBe(413);
    expect(JSON.parse(large.text)).toMatchObject({
      error: { type: "invalid_request_error", param: null, code: "body_too_large" },
    });
    const limits =
      "{ global_requests_per_minute: 0, per_ip_requests_per_minute: 6, burst_size: 1 }";
    await using limited = await start("", limits);
    await chat({})(limited);
    const refused = await chat({})(limited);
    expect(refused.status).toBe(429);
    expect(JSON.parse(refused.text)).toMatchObject({
      error: { type: "rate_limit_error", param: null, code: "rate_limited" },
    });
  });
});
