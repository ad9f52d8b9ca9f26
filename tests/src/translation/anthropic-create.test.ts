import type { BackendKind } from "@olla-ts/simulator";
import { describe, expect, it } from "vitest";

import { anthropicClient, MESSAGES, question } from "../harness/anthropic.ts";
import { until } from "../harness/gateway.ts";
import { postJson } from "../harness/http-client.ts";
import { startWorld, traffic, type World } from "../harness/world.ts";

const MODEL = "pine:7b";

interface Kind {
  readonly kind: BackendKind;
  readonly mode: "passthrough" | "translated";
  /** Paths that the backend is asked, in turn. */
  readonly paths: readonly string[];
}

const KINDS: readonly Kind[] = [
  { kind: "openai-compatible", mode: "translated", paths: ["/v1/chat/completions"] },
  { kind: "anthropic", mode: "passthrough", paths: ["/v1/messages"] },
  { kind: "ollama", mode: "passthrough", paths: ["/v1/messages"] },
  { kind: "lm-studio", mode: "passthrough", paths: ["/v1/messages"] },
  { kind: "vllm", mode: "passthrough", paths: ["/v1/messages"] },
  { kind: "vllm-mlx", mode: "passthrough", paths: ["/v1/messages"] },
  { kind: "llamacpp", mode: "passthrough", paths: ["/v1/messages"] },
  { kind: "omlx", mode: "passthrough", paths: ["/v1/messages"] },
  { kind: "docker-model-runner", mode: "passthrough", paths: ["/anthropic/v1/messages"] },
  // These claim the path and, in the versions simulated, do not have it.
  { kind: "sglang", mode: "translated", paths: ["/v1/messages", "/v1/chat/completions"] },
  { kind: "lmdeploy", mode: "translated", paths: ["/v1/messages", "/v1/chat/completions"] },
  { kind: "litellm", mode: "translated", paths: ["/v1/messages", "/v1/chat/completions"] },
  { kind: "lemonade", mode: "translated", paths: ["/v1/messages", "/api/v1/chat/completions"] },
];

function start(engine: string, kind: BackendKind): Promise<World<"only">> {
  const models = [{ id: MODEL, reply: "It is mild." }];
  return startWorld({ only: { kind, models } }, { engine });
}

function pathsOf(world: World<"only">): readonly string[] {
  return traffic(world.backends.only).map(({ url }) => url);
}

describe.each(["olla", "sherpa"])("the anthropic client with engine %s", (engine) => {
  it.each(KINDS)(
    "TR-1 TR-53 HP-63 has a message from $kind, $mode",
    async ({ kind, mode, paths }) => {
      await using world = await start(engine, kind);
      const request = anthropicClient(world.url).messages.create(question(MODEL));
      const { data, response } = await request.withResponse();
      expect(data).toMatchObject({
        id: expect.stringMatching(mode === "translated" ? /^msg_/ : /^msg-only-/) as unknown,
        type: "message",
        role: "assistant",
        model: MODEL,
        content: [{ type: "text", text: "It is mild." }],
        stop_reason: "end_turn",
        stop_sequence: null,
        usage: { input_tokens: 1, output_tokens: 3 },
      });
      expect(response.headers.get("x-olla-mode")).toBe(mode);
      expect(response.headers.get("content-type")).toContain("application/json");
      expect(pathsOf(world)).toEqual(paths);
    },
  );

  it.each(KINDS)(
    "TR-27 HP-64 streams a message from $kind to its end, $mode",
    async ({ kind, mode, paths }) => {
      await using world = await start(engine, kind);
      const stream = anthropicClient(world.url).messages.stream(question(MODEL));
      const types: string[] = [];
      const pieces: string[] = [];
      stream
        .on("streamEvent", ({ type }) => types.push(type))
        .on("text", (text) => pieces.push(text));
      const message = await stream.finalMessage();
      expect(pieces).toEqual(["It", " is", " mild."]);
      expect(message).toMatchObject({
        model: MODEL,
        content: [{ type: "text", text: "It is mild." }],
        stop_reason: "end_turn",
        usage: { output_tokens: 3 },
      });
      expect(types.slice(-2)).toEqual(["message_delta", "message_stop"]);
      const { response } = await stream.withResponse();
      expect(response.headers.get("x-olla-mode")).toBe(mode);
      expect(response.headers.get("content-type")).toContain("text/event-stream");
      expect(pathsOf(world)).toEqual(paths);
    },
  );

  it.each(["openai-compatible", "vllm"] as const)(
    "TR-44 gives the request id to the client where it reads it, with a %s backend",
    async (kind) => {
      await using world = await start(engine, kind);
      const client = anthropicClient(world.url);
      const message = await client.messages.create(question(MODEL));
      expect(message._request_id).toMatch(/\S/);
      const { response } = await client.messages.create(question(MODEL)).withResponse();
      const id = response.headers.get("request-id");
      expect(response.headers.get("x-request-id")).toBe(id);
      expect(response.headers.get("x-olla-request-id")).toBe(id);
      const stream = client.messages.stream(question(MODEL));
      await stream.finalMessage();
      expect(stream.request_id).toMatch(/\S/);
    },
  );

  it("says with a translated answer who served it, and why it was translated", async () => {
    await using world = await start(engine, "openai-compatible");
    const { headers } = await postJson(world.url, MESSAGES, question(MODEL));
    expect(headers).toMatchObject({
      "x-olla-endpoint": "only",
      "x-olla-backend-type": "openai-compatible",
      "x-olla-model": MODEL,
      "x-olla-mode": "translated",
      "x-olla-mode-reason": "openai-compatible is asked by chat instead of messages",
      "x-olla-response-time": expect.stringMatching(/^\d+ms$/) as unknown,
    });
  });

  it("accepts the key of older clients, and a client without any", async () => {
    await using world = await start(engine, "openai-compatible");
    const headers = { "x-api-key": "client-secret", "anthropic-version": "2023-06-01" };
    expect((await postJson(world.url, MESSAGES, question(MODEL), headers)).status).toBe(200);
    expect((await postJson(world.url, MESSAGES, question(MODEL))).status).toBe(200);
  });

  it("TR-38 ends the backend's work when a message is no longer wanted", async () => {
    await using world = await start(engine, "openai-compatible");
    await world.backends.only.setFault({ type: "hang" });
    const controller = new AbortController();
    const { signal } = controller;
    const request = anthropicClient(world.url).messages.create(question(MODEL), { signal });
    const { only } = world.backends;
    const outcome = request.catch((error: unknown) => error);
    await until(() => traffic(only).length === 1);
    controller.abort();
    await outcome;
    await until(() => traffic(only)[0]?.aborted === true);
    expect(await world.gateway.endpoint("only")).toMatchObject({ status: "healthy" });
  });
});
