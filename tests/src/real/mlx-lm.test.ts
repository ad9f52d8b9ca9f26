import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { chat, readEvents } from "../harness/chat.ts";
import { startGateway, until, type TestGateway } from "../harness/gateway.ts";
import { postJson } from "../harness/http-client.ts";
import { realConfig } from "../harness/real-config.ts";
import { startMlx, type RealServer } from "../harness/real-servers.ts";

const CHAT = "/olla/openai/v1/chat/completions";
const SENTENCE = "I am short and come from another kind of server.";
const MESSAGES = [{ role: "user", content: "hi" }];

let short: RealServer;
let endless: RealServer;

beforeAll(async () => {
  [short, endless] = await Promise.all([
    startMlx("short", "mlx-short"),
    startMlx("endless", "mlx-endless"),
  ]);
});

afterAll(async () => {
  await short[Symbol.asyncDispose]();
  await endless[Symbol.asyncDispose]();
});

describe.each(["olla", "sherpa"])("mlx-lm, which speaks HTTP/1.0, behind engine %s", (engine) => {
  let gateway: TestGateway;

  beforeEach(async () => {
    gateway = await startGateway({ config: realConfig([short, endless], { engine }) });
  });

  afterEach(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  it("answers a chat", async () => {
    const answer = await postJson(gateway.url, CHAT, { model: short.model, messages: MESSAGES });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({
      choices: [{ message: { content: SENTENCE }, finish_reason: "stop" }],
    });
  });

  it("ends a whole stream cleanly", async () => {
    const result = await readEvents(await chat(gateway.url, { model: short.model, stream: true }));
    expect(result).toMatchObject({ status: 200, complete: true });
    expect(result.events.at(-1)).toBe("[DONE]");
    expect(contentOf(result.events)).toBe(SENTENCE);
  });

  it("answers a client that speaks the Anthropic dialect, which it does not", async () => {
    const request = { model: short.model, max_tokens: 50, messages: MESSAGES };
    const answer = await postJson(gateway.url, "/olla/anthropic/v1/messages", request);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({
      type: "message",
      content: [{ type: "text", text: SENTENCE }],
      stop_reason: "end_turn",
    });
  });

  it.each([
    { path: CHAT, closing: "[DONE]" },
    { path: "/olla/anthropic/v1/messages", closing: "message_stop" },
  ])("HP-68 RT-39 breaks a stream of $path when it is killed", async ({ path, closing }) => {
    const request = { model: endless.model, max_tokens: 100_000, stream: true, messages: MESSAGES };
    const response = await fetch(gateway.url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-olla-endpoint")).toBe("endless");
    await readFirstEvent(response);
    await endless.kill();
    try {
      const { complete, text } = await readRest(response);
      expect(complete, "a crash must not look like the end").toBe(false);
      expect(text).not.toContain(closing);
      const failure = gateway.log.find(({ message }) => message === "Request failed");
      expect(failure?.fields).toMatchObject({ code: "upstream_truncated", endpoint: "endless" });
    } finally {
      await endless.restart();
    }
    await until(async () => (await gateway.endpoint("endless"))["status"] === "healthy");
  });

  it("frees the model when the client leaves", async () => {
    const leaving = new AbortController();
    const options = { model: endless.model, stream: true, signal: leaving.signal };
    const response = await chat(gateway.url, options);
    await response.body?.getReader().read();
    leaving.abort();
    await until(async () => (await gateway.endpoint("endless"))["connections"] === 0);
    const { status } = await gateway.endpoint("endless");
    expect(status).toBe("healthy");
  });
});

/** Resolves when the first event arrived; comments come before it. The rest can be read then. */
async function readFirstEvent({ body }: Response): Promise<void> {
  let text = "";
  for await (const chunk of body?.values({ preventCancel: true }) ?? []) {
    text += Buffer.from(chunk).toString("utf8");
    if (text.includes("data: ")) return;
  }
  throw new Error(`the stream ended without an event: ${text}`);
}

async function readRest({ body }: Response): Promise<{ complete: boolean; text: string }> {
  let text = "";
  try {
    for await (const chunk of body ?? []) text += Buffer.from(chunk).toString("utf8");
    return { complete: true, text };
  } catch {
    return { complete: false, text };
  }
}

function contentOf(events: readonly string[]): string {
  return events
    .filter((event) => event !== "[DONE]")
    .map((event) => JSON.parse(event) as { choices: { delta: { content?: string } }[] })
    .map(({ choices }) => choices[0]?.delta.content ?? "")
    .join("");
}
