import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import {
  APIError,
  APIUserAbortError,
  InternalServerError,
  type Anthropic,
} from "@anthropic-ai/sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { anthropicClient, MESSAGES, parseEvents, question } from "../harness/anthropic.ts";
import { until } from "../harness/gateway.ts";
import {
  closed,
  startEvents,
  startScriptedWorld,
  toEvent,
  type ScriptedWorld,
} from "../harness/scripted-world.ts";
import { startWorld, traffic, type World } from "../harness/world.ts";

const WORD = { choices: [{ index: 0, delta: { content: "It " }, finish_reason: null }] };
const MODEL = "pine:7b";

/** A stream read without a library. */
interface RawStream {
  readonly status: number;
  readonly events: ReturnType<typeof parseEvents>;
  /** The body ended without an error of the connection. */
  readonly isComplete: boolean;
}

async function readRaw(url: string, model: string): Promise<RawStream> {
  const response = await fetch(url + MESSAGES, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...question(model), stream: true }),
  });
  let text = "";
  let isComplete = true;
  const decoder = new TextDecoder();
  try {
    for await (const piece of response.body ?? []) text += decoder.decode(piece, { stream: true });
  } catch {
    isComplete = false;
  }
  return { status: response.status, events: parseEvents(text), isComplete };
}

/** What the client library raises for a stream, and what it was given before. */
async function failureOf(
  client: Anthropic,
  model: string,
): Promise<{ readonly error: unknown; readonly text: string }> {
  const stream = client.messages.stream(question(model));
  let text = "";
  stream.on("text", (piece) => (text += piece));
  const error = await stream.finalMessage().catch((thrown: unknown) => thrown);
  return { error, text };
}

describe.each(["olla", "sherpa"])("a translated stream that breaks, engine %s", (engine) => {
  let world: ScriptedWorld;

  beforeEach(async () => {
    const proxy = "  read_timeout: 1s";
    world = await startScriptedWorld({ engine, proxy });
  });

  afterEach(() => world[Symbol.asyncDispose]());

  async function expectNothingLeft(): Promise<void> {
    await until(async () => (await world.gateway.endpoint("scripted"))["connections"] === 0);
  }

  it.each([
    { what: "an object", error: { message: "out of memory", code: 500 } },
    { what: "a text", error: "out of memory" },
  ])(
    "TR-31 tells of the backend's error inside it, $what, and does not stop",
    async ({ error }) => {
      world.answerEvents(WORD, { error });
      const { events, isComplete } = await readRaw(world.url, "scripted");
      expect(events.at(-1)).toMatchObject({
        type: "error",
        error: { type: "api_error", message: "out of memory" },
        request_id: expect.stringMatching(/\S/) as unknown,
      });
      expect(events.map(({ type }) => type)).not.toContain("message_stop");
      expect(isComplete).toBe(false);
      const failure = await failureOf(anthropicClient(world.url), "scripted");
      expect(failure).toMatchObject({ text: "It " });
      expect(failure.error).toBeInstanceOf(APIError);
      await expectNothingLeft();
    },
  );

  it("TR-31 tells of the error also when it is the first thing the backend says", async () => {
    world.answerEvents({ error: { message: "no memory" } });
    const { status, events } = await readRaw(world.url, "scripted");
    expect(status).toBe(200);
    expect(events.map(({ type }) => type)).toEqual(["message_start", "ping", "error"]);
  });

  it("ends one that is longer than any answer, with an error", async () => {
    const comment = `: ${"x".repeat(1_048_574)}\n`;
    let sending: Promise<unknown> = Promise.resolve();
    world.answer((response) => {
      startEvents(response);
      const sent = [toEvent(WORD), ...Array.from({ length: 140 }, () => comment)];
      sending = pipeline(Readable.from(sent), response).catch((error: unknown) => error);
    });
    const { events, isComplete } = await readRaw(world.url, "scripted");
    expect(events.at(-1)).toMatchObject({
      type: "error",
      error: { message: "The backend's answer is too long to be translated." },
    });
    expect(isComplete).toBe(false);
    expect(await sending).toBeInstanceOf(Error);
  });

  it.each([
    { what: "resets the connection", destroy: true },
    { what: "ends its answer", destroy: false },
  ])("TR-32 raises in the client when the backend $what before it is done", async ({ destroy }) => {
    world.answer((response) => {
      startEvents(response);
      response.write(toEvent(WORD), () => {
        if (destroy) response.destroy();
        else response.end();
      });
    });
    const { error } = await failureOf(anthropicClient(world.url), "scripted");
    expect(error).toBeInstanceOf(APIError);
    const { events, isComplete } = await readRaw(world.url, "scripted");
    expect(events.at(-1)).toMatchObject({ type: "error", error: { type: "api_error" } });
    expect(JSON.stringify(events.at(-1)), "TR-43").not.toMatch(/127\.0\.0\.1|:\d{4,5}/);
    expect(isComplete).toBe(false);
    await expectNothingLeft();
  });

  it("raises in the client when the backend falls silent, and lets the backend go", async () => {
    let left = false;
    world.answer(async (response) => {
      startEvents(response);
      response.write(toEvent(WORD));
      await closed(response);
      left = true;
    });
    const { events, isComplete } = await readRaw(world.url, "scripted");
    expect(events.at(-1)).toMatchObject({ type: "error", error: { type: "timeout_error" } });
    expect(isComplete).toBe(false);
    await until(() => left);
    const { error } = await failureOf(anthropicClient(world.url), "scripted");
    expect(error).toBeInstanceOf(APIError);
    await expectNothingLeft();
  });

  it("TR-34 ends with an error at a line beyond the limit, and leaks nothing", async () => {
    world.answer(async (response) => {
      startEvents(response);
      response.write(toEvent(WORD));
      response.write(`data: ${"x".repeat(17 * 1_024 * 1_024)}`);
      await closed(response);
    });
    const { events, isComplete } = await readRaw(world.url, "scripted");
    expect(events.at(-1)).toMatchObject({ type: "error" });
    expect(isComplete).toBe(false);
    await expectNothingLeft();
  });

  it("ends with an error at data that is no JSON", async () => {
    world.answerEvents(WORD, '{"choices":[{"ind');
    const { events, isComplete } = await readRaw(world.url, "scripted");
    expect(events.at(-1)).toMatchObject({ type: "error", error: { type: "api_error" } });
    expect(isComplete).toBe(false);
    await expectNothingLeft();
  });
});

describe.each(["olla", "sherpa"])("a native stream that breaks, engine %s", (engine) => {
  function start(): Promise<World<"only">> {
    const models = [{ id: MODEL, reply: "one two three" }];
    const proxy = "  read_timeout: 1s";
    return startWorld({ only: { kind: "vllm", models } }, { engine, proxy });
  }

  it.each(["reset-after-tokens", "close-after-tokens", "stall-after-tokens"] as const)(
    "raises in the client after %s",
    async (type) => {
      await using world = await start();
      await world.backends.only.setFault({ type, tokens: 2 });
      const { error, text } = await failureOf(anthropicClient(world.url), MODEL);
      expect(text).toBe("one two");
      expect(error).toBeInstanceOf(APIError);
      const { events, isComplete } = await readRaw(world.url, MODEL);
      expect(events.at(-1)).toMatchObject({ type: "error" });
      expect(isComplete).toBe(false);
      await until(async () => (await world.gateway.endpoint("only"))["connections"] === 0);
    },
  );
});

describe.each(
  ["olla", "sherpa"].flatMap((engine) =>
    (["openai-compatible", "vllm"] as const).map((kind) => ({ engine, kind })),
  ),
)("a stream from $kind with engine $engine", ({ engine, kind }) => {
  function start(): Promise<World<"only">> {
    const models = [{ id: MODEL, reply: "one two three" }];
    return startWorld({ only: { kind, models } }, { engine });
  }

  it("TR-38 ends the backend's work when the client gives it up, and leaks nothing", async () => {
    await using world = await start();
    const { only } = world.backends;
    await only.setFault({ type: "stall-after-tokens", tokens: 1 });
    const stream = anthropicClient(world.url).messages.stream(question(MODEL));
    stream.on("text", () => stream.abort());
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(APIUserAbortError);
    await until(() => traffic(only)[0]?.aborted === true);
    await until(async () => (await world.gateway.endpoint("only"))["connections"] === 0);
    await until(() => only.inFlight === 0);
    expect(await world.gateway.endpoint("only")).toMatchObject({ status: "healthy" });
  });

  it("leaks nothing when many clients leave at once", async () => {
    await using world = await start();
    const { only } = world.backends;
    await only.setFault({ type: "stall-after-tokens", tokens: 1 });
    const client = anthropicClient(world.url);
    const outcomes = Array.from({ length: 20 }, () => {
      const stream = client.messages.stream(question(MODEL));
      stream.on("text", () => stream.abort());
      return stream.finalMessage().catch((error: unknown) => error);
    });
    for (const outcome of await Promise.all(outcomes))
      expect(outcome).toBeInstanceOf(APIUserAbortError);
    await until(() => traffic(only).every(({ aborted }) => aborted));
    await until(async () => (await world.gateway.endpoint("only"))["connections"] === 0);
    await only.setFault(undefined);
    expect((await client.messages.create(question(MODEL))).stop_reason).toBe("end_turn");
  });

  it("HP-76 is a real status when the backend is dead", async () => {
    await using world = await start();
    await world.backends.only.kill();
    const { error } = await failureOf(anthropicClient(world.url), MODEL);
    if (!(error instanceof InternalServerError)) throw error;
    expect(error).toMatchObject({ status: 502, type: "api_error" });
    expect(error.requestID).toMatch(/\S/);
  });
});
