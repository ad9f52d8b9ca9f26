import { BadRequestError } from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";

import { anthropicClient, MESSAGES, question } from "../harness/anthropic.ts";
import { postJson, send, type Answer } from "../harness/http-client.ts";
import { startWorld, traffic, type World } from "../harness/world.ts";

const MODEL = "pine:7b";
const COUNT = `${MESSAGES}/count_tokens`;

interface ErrorBody {
  readonly type: string;
  readonly error: { readonly type: string; readonly message: string };
  readonly request_id: string;
}

/** The error, which has to be complete: the id in the body is that of the header. */
function errorOf({ status, headers, text }: Answer): ErrorBody["error"] & { status: number } {
  const body = JSON.parse(text) as ErrorBody;
  expect(headers["content-type"]).toContain("application/json");
  expect(body.type).toBe("error");
  expect(body.request_id).toMatch(/\S/);
  expect(headers["request-id"]).toBe(body.request_id);
  return { status, ...body.error };
}

function without(name: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(question(MODEL)).filter(([key]) => key !== name));
}

describe.each(["openai-compatible", "vllm"] as const)("requests to a %s backend", (kind) => {
  function start(more = ""): Promise<World<"only">> {
    return startWorld({ only: { kind, models: [MODEL] } }, { more });
  }

  it.each([
    { what: "no model", body: without("model"), says: "model: is required" },
    { what: "an empty model", body: question(""), says: "model: must not be empty" },
    {
      what: "a number as model",
      body: { ...question(MODEL), model: 7 },
      says: "model: must be text, not of type number",
    },
    {
      what: "no model, as null",
      body: { ...question(MODEL), model: null },
      says: "model: must be text, not null",
    },
  ])("TR-3 HP-62 are refused with $what, each in its own words", async ({ body, says }) => {
    await using world = await start();
    const error = errorOf(await postJson(world.url, MESSAGES, body));
    expect(error).toEqual({ status: 400, type: "invalid_request_error", message: says });
    expect(traffic(world.backends.only)).toHaveLength(0);
  });

  it.each(["", "{", "[]", '"text"', "null"])("HP-62 are refused with the body %j", async (body) => {
    await using world = await start();
    const headers = { "content-type": "application/json" };
    const error = errorOf(await send(world.url, { method: "POST", path: MESSAGES, headers, body }));
    expect(error).toMatchObject({ status: 400, type: "invalid_request_error" });
  });

  it.each([
    { extra: { messages: [] }, field: "messages" },
    { extra: { messages: "hello" }, field: "messages" },
    { extra: { messages: [{ role: "user", content: null }] }, field: "messages.0.content" },
    { extra: { messages: [{ role: "user", content: 5 }] }, field: "messages.0.content" },
    { extra: { max_tokens: 0 }, field: "max_tokens" },
    { extra: { max_tokens: undefined }, field: "max_tokens" },
    { extra: { max_tokens: 5.5 }, field: "max_tokens" },
    { extra: { max_tokens: "5" }, field: "max_tokens" },
    { extra: { temperature: 2.1 }, field: "temperature" },
    { extra: { temperature: -0.1 }, field: "temperature" },
    { extra: { top_p: 1.1 }, field: "top_p" },
    { extra: { top_k: -1 }, field: "top_k" },
    { extra: { metadata: "me" }, field: "metadata" },
    { extra: { stop_sequences: "END" }, field: "stop_sequences" },
    { extra: { stream: "yes" }, field: "stream" },
  ])("TR-4 are refused with $extra, naming $field", async ({ extra, field }) => {
    await using world = await start();
    const error = errorOf(await postJson(world.url, MESSAGES, { ...question(MODEL), ...extra }));
    expect(error).toMatchObject({ status: 400, type: "invalid_request_error" });
    expect(error.message).toMatch(new RegExp(`^${field.replaceAll(".", "\\.")}: `));
    expect(traffic(world.backends.only)).toHaveLength(0);
  });

  it("are served with fields that nobody knows, and at the ends of every range", async () => {
    await using world = await start();
    const body = { ...question(MODEL), tomorrow: 1, temperature: 2, top_p: 1, top_k: 0 };
    expect((await postJson(world.url, MESSAGES, { ...body, max_tokens: 1 })).status).toBe(200);
  });

  it("raise the client's own error class with the request's id", async () => {
    await using world = await start();
    const body = { ...question(MODEL), messages: [] };
    const failure = await anthropicClient(world.url)
      .messages.create(body)
      .catch((error: unknown) => error);
    if (!(failure instanceof BadRequestError)) throw failure;
    expect(failure.type).toBe("invalid_request_error");
    expect(failure.error).toMatchObject({ request_id: failure.requestID });
  });

  it("TR-5 HP-62 are 404 for a model that nobody has", async () => {
    await using world = await start();
    const error = errorOf(await postJson(world.url, MESSAGES, question("ash:1b")));
    expect(error).toMatchObject({ status: 404, type: "not_found_error" });
    expect(error.message).toContain("ash:1b");
  });

  it("TR-5 are 503 for a model whose only backend is dead", async () => {
    await using world = await start();
    await world.backends.only.kill();
    expect((await postJson(world.url, MESSAGES, question(MODEL))).status).toBe(502);
    const error = errorOf(await postJson(world.url, MESSAGES, question(MODEL)));
    expect(error).toMatchObject({ status: 503, type: "overloaded_error" });
  });

  it.each([MESSAGES, COUNT])("TR-2 HP-66 are 413 beyond the limit at %s", async (path) => {
    await using world = await start("translators: { anthropic: { max_message_size: 2000 } }");
    const error = errorOf(await postJson(world.url, path, question(MODEL, "x".repeat(2_000))));
    expect(error).toMatchObject({ status: 413, type: "request_too_large" });
    expect(error.message).toContain("2000 bytes");
    expect((await postJson(world.url, path, question(MODEL, "x".repeat(1_000)))).status).toBe(200);
  });

  it("TR-2 HP-66 are 413 beyond 10 MiB, unless told otherwise", async () => {
    await using world = await start();
    const body = question(MODEL, "x".repeat(11_000_000));
    const error = errorOf(await postJson(world.url, MESSAGES, body));
    expect(error).toMatchObject({ status: 413, type: "request_too_large" });
    expect(error.message).toContain("10485760");
  });

  it("HP-62 are refused without a body, whatever the method", async () => {
    await using world = await start();
    const error = errorOf(await send(world.url, { path: MESSAGES }));
    expect(error).toEqual({
      status: 400,
      type: "invalid_request_error",
      message: "The request has no body.",
    });
  });
});
