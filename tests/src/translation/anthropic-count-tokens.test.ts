import { NotFoundError } from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";

import { anthropicClient, MESSAGES, question, WEATHER } from "../harness/anthropic.ts";
import { postJson } from "../harness/http-client.ts";
import { startScriptedWorld } from "../harness/scripted-world.ts";
import { startWorld, traffic, type World } from "../harness/world.ts";

const MODEL = "pine:7b";
const COUNT = `${MESSAGES}/count_tokens`;

function said(content: string): { model: string; messages: { role: "user"; content: string }[] } {
  return { model: MODEL, messages: [{ role: "user", content }] };
}

describe("tokens counted by the gateway", () => {
  function start(): Promise<World<"only">> {
    return startWorld({ only: { kind: "openai-compatible", models: [MODEL] } });
  }

  it("TR-57 are a quarter of the bytes, and say that they are an estimate", async () => {
    await using world = await start();
    const answer = await postJson(world.url, COUNT, said("x".repeat(400)));
    expect(answer).toMatchObject({ status: 200, text: '{"input_tokens":100}' });
    expect(answer.headers["x-olla-token-source"]).toBe("estimate");
    expect(answer.headers["request-id"]).toMatch(/\S/);
    expect(traffic(world.backends.only)).toHaveLength(0);
  });

  it("TR-57 have the client's whole request in them", async () => {
    await using world = await start();
    const client = anthropicClient(world.url);
    const plain = await client.messages.countTokens(said("hello"));
    const more = await client.messages.countTokens({
      ...said("hello"),
      system: "Be brief.",
      tools: [WEATHER],
      thinking: { type: "enabled", budget_tokens: 1_024 },
    });
    expect(plain).toEqual({ input_tokens: 1 });
    expect(more.input_tokens).toBeGreaterThan(plain.input_tokens + 20);
  });

  it.each([
    { body: {}, says: "model: is required" },
    { body: { model: MODEL }, says: "messages: is required" },
    { body: { ...said("x"), messages: [] }, says: /^messages: / },
  ])("are refused for $body", async ({ body, says }) => {
    await using world = await start();
    const { status, text, headers } = await postJson(world.url, COUNT, body);
    expect(status).toBe(400);
    const { error, request_id: id } = JSON.parse(text) as Record<string, { message?: string }>;
    expect(error?.message).toMatch(says);
    expect(headers["request-id"]).toBe(id);
  });

  it("are 404 for a model that nobody has", async () => {
    await using world = await start();
    const request = anthropicClient(world.url).messages.countTokens({ ...said("x"), model: "ash" });
    await expect(request).rejects.toBeInstanceOf(NotFoundError);
  });

  it("cannot be known of a file that only a native backend has", async () => {
    await using world = await start();
    const source = { type: "file", file_id: "file_1" };
    const messages = [{ role: "user", content: [{ type: "document", source }] }];
    expect((await postJson(world.url, COUNT, { model: MODEL, messages })).status).toBe(400);
  });
});

describe.each(["olla", "sherpa"])("tokens counted by a backend, engine %s", (engine) => {
  it.each([
    { kind: "anthropic", path: "/v1/messages/count_tokens" },
    { kind: "vllm", path: "/v1/messages/count_tokens" },
    { kind: "llamacpp", path: "/v1/messages/count_tokens" },
    { kind: "docker-model-runner", path: "/anthropic/v1/messages/count_tokens" },
  ] as const)("TR-58 are those of $kind, which has a tokenizer", async ({ kind, path }) => {
    await using world = await startWorld({ only: { kind, models: [MODEL] } }, { engine });
    const count = anthropicClient(world.url).messages.countTokens(said("one two three"));
    const { data, response } = await count.withResponse();
    expect(data).toEqual({ input_tokens: 3 });
    expect(response.headers.get("x-olla-token-source")).toBe("backend");
    expect(traffic(world.backends.only).map(({ url }) => url)).toEqual([path]);
  });

  it("TR-58 come from the endpoint that can count when another cannot", async () => {
    const models = [MODEL];
    await using world = await startWorld(
      { plain: { models }, native: { kind: "vllm", models } },
      { engine, balancer: "priority", priorities: { plain: 100, native: 1 } },
    );
    const { input_tokens: tokens } = await anthropicClient(world.url).messages.countTokens(
      said("one two three"),
    );
    expect(tokens).toBe(3);
    expect(traffic(world.backends.plain)).toHaveLength(0);
  });

  it.each([
    { what: "has no such path", status: 404, body: '{"detail":"Not Found"}' },
    { what: "does not implement it", status: 501, body: '{"error":"later"}' },
    { what: "fails", status: 500, body: '{"error":"no"}' },
  ])("are estimated when the backend $what", async ({ status, body }) => {
    await using world = await startScriptedWorld({ kind: "vllm", engine });
    world.answerJson(body, status);
    const request = { ...said("x".repeat(400)), model: "scripted" };
    const answer = await postJson(world.url, COUNT, request);
    expect(answer).toMatchObject({ status: 200, text: '{"input_tokens":100}' });
    expect(answer.headers["x-olla-token-source"]).toBe("estimate");
  });

  it("are estimated when the backend is just dead", async () => {
    await using world = await startWorld({ only: { kind: "vllm", models: [MODEL] } }, { engine });
    await world.backends.only.kill();
    const answer = await postJson(world.url, COUNT, said("x".repeat(400)));
    expect(answer).toMatchObject({ status: 200, text: '{"input_tokens":100}' });
  });

  it("keep the backend's error when the request is what is wrong", async () => {
    await using world = await startScriptedWorld({ kind: "vllm", engine });
    world.answerJson({ message: "too long" }, 400);
    const answer = await postJson(world.url, COUNT, { ...question("scripted") });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({
      type: "error",
      error: { type: "invalid_request_error", message: "too long" },
    });
  });
});
