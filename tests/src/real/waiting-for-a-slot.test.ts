import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { startGateway, until, type TestGateway } from "../harness/gateway.ts";
import { realConfig } from "../harness/real-config.ts";
import { startLlama, type RealServer } from "../harness/real-servers.ts";

const CHAT = "/olla/openai/v1/chat/completions";
/** Tokens; about a second of text on one processor. */
const SHORT = 20;
/** Longer than a test may take. */
const ENDLESS = 5_000;
/** In milliseconds. */
const LEAVE_LIMIT = 1_000;

let slow: RealServer;

beforeEach(async () => {
  slow = await startLlama("slow", "slow");
});

afterEach(async () => {
  await slow[Symbol.asyncDispose]();
});

/** How many requests wait for the slot. */
async function waiting(): Promise<number> {
  const response = await fetch(`${slow.url}/metrics`);
  const found = /^llamacpp:requests_deferred (\d+)/m.exec(await response.text());
  return Number(found?.[1] ?? Number.NaN);
}

describe.each(["olla", "sherpa"])("a slow server with one slot behind engine %s", (engine) => {
  let gateway: TestGateway;

  beforeEach(async () => {
    gateway = await startGateway({ config: realConfig([slow], { engine }) });
  });

  afterEach(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  function ask(maxTokens: number, signal?: AbortSignal): Promise<Response> {
    const messages = [{ role: "user", content: "hi" }];
    return fetch(gateway.url + CHAT, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "tiny", max_tokens: maxTokens, stream: true, messages }),
      ...(signal !== undefined && { signal }),
    });
  }

  it("serves three clients one after another, and none runs into a limit", async () => {
    const answers = [ask(SHORT), ask(SHORT), ask(SHORT)];
    await until(async () => (await waiting()) === 2);
    for (const response of await Promise.all(answers)) {
      expect(response.status).toBe(200);
      expect(await response.text()).toMatch(/data: \[DONE\]\n\n$/);
    }
    const changes = gateway.log.filter(({ message, fields }) => {
      return message === "endpoint health changed" && fields["before"] !== "unknown";
    });
    expect(changes, "waiting for a slot is no failure of the server").toEqual([]);
  });

  it("gives the slot to the next client at once when the streaming one leaves", async () => {
    const leaving = new AbortController();
    await firstBytes(ask(ENDLESS, leaving.signal));
    const next = ask(ENDLESS);
    await until(async () => (await waiting()) === 1);
    const leftAt = performance.now();
    leaving.abort();
    await firstBytes(next);
    expect(performance.now() - leftAt).toBeLessThan(LEAVE_LIMIT);
  });

  it("does not give the slot to a client that left while it waited", async () => {
    const streaming = new AbortController();
    await firstBytes(ask(ENDLESS, streaming.signal));
    const leaving = new AbortController();
    const left = ask(ENDLESS, leaving.signal);
    await until(async () => (await waiting()) === 1);
    leaving.abort();
    await expect(left).rejects.toThrow(/abort/i);
    await until(async () => (await gateway.endpoint("slow"))["connections"] === 1);
    const next = ask(ENDLESS);
    await until(async () => (await waiting()) === 2);
    const leftAt = performance.now();
    streaming.abort();
    await firstBytes(next);
    expect(performance.now() - leftAt).toBeLessThan(LEAVE_LIMIT);
    expect((await gateway.endpoint("slow"))["status"]).toBe("healthy");
  });
});

/** Waits until the server has begun to answer, which it does when the request has the slot. */
async function firstBytes(answer: Promise<Response>): Promise<void> {
  const { status, body } = await answer;
  expect(status).toBe(200);
  const first = await body?.getReader().read();
  expect(first?.value?.length).toBeGreaterThan(0);
}
