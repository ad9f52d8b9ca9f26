import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";

import {
  APIError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";

import { anthropicClient, MESSAGES, question } from "../harness/anthropic.ts";
import { postJson } from "../harness/http-client.ts";
import { startScriptedWorld, type ScriptedWorld } from "../harness/scripted-world.ts";

const STATUSES = [
  { status: 400, type: "invalid_request_error", raised: BadRequestError },
  { status: 401, type: "authentication_error", raised: AuthenticationError },
  { status: 402, type: "billing_error", raised: APIError },
  { status: 403, type: "permission_error", raised: PermissionDeniedError },
  { status: 404, type: "not_found_error", raised: NotFoundError },
  { status: 408, type: "timeout_error", raised: APIError },
  { status: 409, type: "conflict_error", raised: ConflictError },
  { status: 413, type: "request_too_large", raised: APIError },
  { status: 418, type: "invalid_request_error", raised: APIError },
  { status: 422, type: "invalid_request_error", raised: UnprocessableEntityError },
  { status: 429, type: "rate_limit_error", raised: RateLimitError },
  { status: 500, type: "api_error", raised: InternalServerError },
  { status: 501, type: "api_error", raised: InternalServerError },
  { status: 502, type: "api_error", raised: InternalServerError },
  { status: 503, type: "overloaded_error", raised: InternalServerError },
  { status: 504, type: "timeout_error", raised: InternalServerError },
  { status: 529, type: "overloaded_error", raised: InternalServerError },
];

async function failureOf(world: ScriptedWorld, stream: boolean): Promise<APIError> {
  const body = question("scripted");
  const { messages } = anthropicClient(world.url);
  const failure = await (
    stream ? messages.stream(body).finalMessage() : messages.create(body)
  ).catch((error: unknown) => error);
  if (failure instanceof APIError) return failure;
  throw failure;
}

describe.each([
  { kind: "openai-compatible", mode: "translated" },
  { kind: "vllm", mode: "passthrough" },
])("errors of a $kind backend, $mode", ({ kind, mode }) => {
  it.each(STATUSES)(
    "TR-39 TR-40 TR-44 TR-56 HP-65 raise for $status a $type",
    async ({ status, type, raised }) => {
      await using world = await startScriptedWorld({ kind });
      world.answerJson({ error: { message: "the model has a cold" } }, status);
      for (const stream of [false, true]) {
        const failure = await failureOf(world, stream);
        expect(failure).toBeInstanceOf(raised);
        expect(failure).toMatchObject({ status, type });
        expect(failure.error).toEqual({
          type: "error",
          error: { type, message: "the model has a cold" },
          request_id: failure.requestID,
        });
        expect(failure.requestID).toMatch(/\S/);
        expect(failure.headers?.get("content-type")).toBe("application/json");
        expect(failure.headers?.get("x-olla-mode")).toBe(mode);
      }
    },
  );

  it.each([
    { body: '{"error":{"message":"too hot"}}', message: "too hot" },
    { body: '{"error":"too hot"}', message: "too hot" },
    { body: '{"message":"too hot"}', message: "too hot" },
    { body: '{"detail":"too hot"}', message: "too hot" },
    {
      body: '{"detail":[{"loc":["body","n"],"msg":"too hot"},{"msg":"too dry"}]}',
      message: "body.n: too hot; too dry",
    },
    { body: "too hot", message: "too hot" },
    { body: "", message: "The backend answered 400 Bad Request." },
    { body: "<html><h1>nginx</h1></html>", message: "The backend answered 400 Bad Request." },
    { body: '{"code":5}', message: "The backend answered 400 Bad Request." },
  ])("TR-41 TR-56 say for $body: $message", async ({ body, message }) => {
    await using world = await startScriptedWorld({ kind });
    world.answerJson(body, 400);
    const { status, text } = await postJson(world.url, MESSAGES, question("scripted"));
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ type: "error", error: { message } });
  });

  it.each([429, 503, 529])("TR-42 keep Retry-After of a %i", async (status) => {
    await using world = await startScriptedWorld({ kind });
    world.answerJson({ error: "later" }, status, { "retry-after": "7" });
    const failure = await failureOf(world, false);
    expect(failure.headers?.get("retry-after")).toBe("7");
  });

  it("have the backend's rate limits under the names of the API", async () => {
    await using world = await startScriptedWorld({ kind });
    world.answerJson({ error: "later" }, 429, {
      "x-ratelimit-limit-requests": "60",
      "x-ratelimit-remaining-tokens": "9",
    });
    const { headers } = await failureOf(world, false);
    expect(headers?.get("anthropic-ratelimit-requests-limit")).toBe("60");
    expect(headers?.get("anthropic-ratelimit-tokens-remaining")).toBe("9");
  });

  it("are overcome by the client's own retries", async () => {
    await using world = await startScriptedWorld({ kind });
    const busy = { error: "busy" };
    const answers = [503, 529, 200];
    const message =
      mode === "translated"
        ? { choices: [{ index: 0, message: { content: "Yes." }, finish_reason: "stop" }] }
        : { id: "m", type: "message", role: "assistant", content: [], stop_reason: "end_turn" };
    world.answer((response) => {
      const status = answers.shift() ?? 500;
      response.writeHead(status, { "content-type": "application/json", "retry-after-ms": "1" });
      response.end(JSON.stringify(status === 200 ? message : busy));
    });
    const client = anthropicClient(world.url, { maxRetries: 2 });
    expect((await client.messages.create(question("scripted"))).stop_reason).toBe("end_turn");
    expect(answers).toEqual([]);
  });
});

describe("errors that a native backend words itself", () => {
  it("TR-47 reach the client byte by byte, with their header fields", async () => {
    await using world = await startScriptedWorld({ kind: "vllm" });
    const body = '{"type":"error",  "error":{"type":"overloaded_error","message":"é"}}';
    world.answerJson(body, 529, { "retry-after": "3", "x-cluster": "north" });
    const { status, text, headers } = await postJson(world.url, MESSAGES, question("scripted"));
    expect({ status, text }).toEqual({ status: 529, text: body });
    expect(headers).toMatchObject({
      "retry-after": "3",
      "x-cluster": "north",
      "x-olla-mode": "passthrough",
    });
  });
});

describe("errors that only look like the API's", () => {
  it.each([
    { error: { type: "NotFoundError", message: "too hot" } },
    { error: { message: "too hot" } },
    { error: "too hot" },
  ])("TR-56 are worded anew: %j", async (body) => {
    await using world = await startScriptedWorld({ kind: "vllm" });
    world.answerJson({ type: "error", ...body }, 400);
    const failure = await failureOf(world, false);
    expect(failure.error).toMatchObject({
      error: { type: "invalid_request_error", message: "too hot" },
      request_id: failure.requestID,
    });
  });
});

describe("errors that are hard to read", () => {
  const ECHO = { detail: [{ loc: ["body", "n"], msg: "too hot", input: "x".repeat(300_000) }] };

  it.each(["openai-compatible", "vllm"])(
    "keep their status from %s when they repeat a long request",
    async (kind) => {
      await using world = await startScriptedWorld({ kind });
      world.answerJson(ECHO, 422);
      const { status, text } = await postJson(world.url, MESSAGES, question("scripted"));
      expect(status).toBe(422);
      expect(JSON.parse(text)).toMatchObject({ error: { message: "body.n: too hot" } });
    },
  );

  it.each([
    { coding: "gzip", encode: gzipSync },
    { coding: "br", encode: brotliCompressSync },
    { coding: "zstd", encode: zstdCompressSync },
  ])("are read in the coding $coding that the client asked for", async ({ coding, encode }) => {
    await using world = await startScriptedWorld({ kind: "vllm" });
    world.answer((response) => {
      response.writeHead(400, { "content-type": "application/json", "content-encoding": coding });
      response.end(encode('{"detail":"too hot"}'));
    });
    const failure = await failureOf(world, false);
    expect(failure).toBeInstanceOf(BadRequestError);
    expect(failure.error).toMatchObject({ error: { message: "too hot" } });
  });

  it("are 502 in a coding that nobody knows", async () => {
    await using world = await startScriptedWorld({ kind: "vllm" });
    world.answer((response) => {
      response.writeHead(400, { "content-encoding": "rot13" });
      response.end("gbb ubg");
    });
    expect(await failureOf(world, false)).toMatchObject({ status: 502, type: "api_error" });
  });
});

describe.each(["olla", "sherpa"])("errors before an answer with engine %s", (engine) => {
  it("TR-43 HP-76 name no address, and are the API's errors", async () => {
    await using world = await startScriptedWorld({ engine });
    world.answer((response) => void response.destroy());
    const failure = await failureOf(world, true);
    expect(failure).toMatchObject({ status: 502, type: "api_error" });
    expect(failure.message).not.toMatch(/127\.0\.0\.1|localhost|:\d{4,5}|ECONN/);
  });

  it("are 504 when the backend does not answer in time", async () => {
    const proxy = "  response_header_timeout: 200ms";
    await using world = await startScriptedWorld({ engine, proxy });
    world.answer(() => undefined);
    expect(await failureOf(world, false)).toMatchObject({ status: 504, type: "timeout_error" });
  });

  it("are the gateway's own 429 in the API's shape when a client asks too often", async () => {
    const rateLimits =
      "{ global_requests_per_minute: 0, per_ip_requests_per_minute: 1, burst_size: 1 }";
    await using world = await startScriptedWorld({ engine, rateLimits });
    world.answerJson({ choices: [{ message: { content: "x" }, finish_reason: "stop" }] });
    await anthropicClient(world.url).messages.create(question("scripted"));
    const failure = await failureOf(world, false);
    expect(failure).toBeInstanceOf(RateLimitError);
    expect(failure).toMatchObject({ status: 429, type: "rate_limit_error" });
    expect(Number(failure.headers?.get("retry-after"))).toBeGreaterThan(0);
  });
});
