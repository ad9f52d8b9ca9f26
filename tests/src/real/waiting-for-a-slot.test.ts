import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { startGateway, until, type TestGateway } from "../harness/gateway.ts";
import { realConfig } from "../harness/real-config.ts";
import { startLlama, type RealServer } from "../harness/real-servers.ts";

const CHAT = "/olla/openai/v1/chat/completions";
/** About two seconds of text on one processor. */
const SHORT = 40;
const ENDLESS = 5_000;
/** llama.cpp looks less often for the end of a connection when it does not stream. */
const PLAIN_LEAVE_MS = 2_000;
const STREAM_LEAVE_MS = 1_000;

let slow: RealServer;

beforeAll(async () => {
  slow = await startLlama("slow", "slow");
});

afterAll(async () => {
  await slow[Symbol.asyncDispose]();
});

/** Whether the server has its one slot free. */
async function isFree(): Promise<boolean> {
  const response = await fetch(`${slow.url}/slots?fail_on_no_slot=1`);
  await response.arrayBuffer();
  return response.ok;
}

async function isBusy(): Promise<boolean> {
  return !(await isFree());
}

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
    await until(isFree);
  });

  afterEach(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  function ask(maxTokens: number, stream: boolean, signal?: AbortSignal): Promise<Response> {
    const messages = [{ role: "user", content: "hi" }];
    return fetch(gateway.url + CHAT, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "tiny", max_tokens: maxTokens, stream, messages }),
      ...(signal !== undefined && { signal }),
    });
  }

  it("serves three clients one after another, and none runs into a limit", async () => {
    const endedAt: number[] = [];
    const bodies = await Promise.all(
      [1, 2, 3].map(async () => {
        const response = await ask(SHORT, true);
        expect(response.status).toBe(200);
        const text = await response.text();
        endedAt.push(performance.now());
        return text;
      }),
    );
    for (const text of bodies) expect(text).toMatch(/data: \[DONE\]\n\n$/);
    const [first = 0, second = 0, third = 0] = endedAt;
    expect(Math.min(second - first, third - second)).toBeGreaterThan(0);
    const changes = gateway.log.filter(({ message, fields }) => {
      return message === "endpoint health changed" && fields["before"] !== "unknown";
    });
    expect(changes, "waiting for a slot is no failure of the server").toEqual([]);
  });

  it("gives the slot to the next client at once when a streaming one leaves", async () => {
    const leaving = new AbortController();
    const first = await ask(ENDLESS, true, leaving.signal);
    await first.body?.getReader().read();
    const second = ask(SHORT, true);
    await until(async () => (await waiting()) === 1);
    const leftAt = performance.now();
    leaving.abort();
    const reader = (await second).body?.getReader();
    await reader?.read();
    expect(performance.now() - leftAt).toBeLessThan(STREAM_LEAVE_MS);
    await reader?.cancel();
  });

  it("frees the slot when a client leaves that waits for a whole answer", async () => {
    const leaving = new AbortController();
    const answered = ask(ENDLESS, false, leaving.signal).catch((error: unknown) => error);
    await until(isBusy);
    const leftAt = performance.now();
    leaving.abort();
    await until(isFree);
    expect(performance.now() - leftAt).toBeLessThan(PLAIN_LEAVE_MS);
    expect(await answered).toMatchObject({ name: "AbortError" });
  });

  it("takes a client that leaves while it waits out of the server's queue", async () => {
    const staying = new AbortController();
    const first = await ask(ENDLESS, true, staying.signal);
    await first.body?.getReader().read();
    const leaving = new AbortController();
    const second = ask(ENDLESS, true, leaving.signal).catch((error: unknown) => error);
    await until(async () => (await waiting()) === 1);
    leaving.abort();
    expect(await second).toMatchObject({ name: "AbortError" });
    await until(async () => (await waiting()) === 0);
    expect((await gateway.endpoint("slow"))["status"]).toBe("healthy");
    staying.abort();
    await until(isFree);
  });
});
