import { describe, expect, it } from "vitest";

import type { BackendKind, Sleep } from "./backend-context.ts";
import { startBackend } from "./backend.ts";
import type { ModelScript } from "./model.ts";

/** Sleeps that end when the test says so, in order; keeps what was asked for. */
function createManualSleep() {
  const asked: number[] = [];
  const sleepers: PromiseWithResolvers<void>[] = [];
  let waiting = Promise.withResolvers<void>();
  const sleep: Sleep = (delayMs, signal) => {
    const sleeper = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => sleeper.reject(signal.reason), { once: true });
    asked.push(delayMs);
    sleepers.push(sleeper);
    waiting.resolve();
    return sleeper.promise;
  };
  /** Waits until someone sleeps, then wakes the one who slept first. */
  const wake = async () => {
    if (sleepers.length === 0) await waiting.promise;
    waiting = Promise.withResolvers();
    sleepers.shift()?.resolve();
  };
  return { asked, sleep, wake };
}

const model: ModelScript = {
  id: "pine",
  reply: "one two three",
  firstTokenDelayMs: 500,
  tokenIntervalMs: 20,
};

async function openStream(url: string, signal?: AbortSignal): Promise<() => Promise<string>> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "pine", stream: true, messages: [] }),
    ...(signal && { signal }),
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  return async () => (await reader.read()).value ?? "";
}

describe("streamAnswer", () => {
  it("sends the head at once, the role with the first token, and each token after its interval", async () => {
    const { asked, sleep, wake } = createManualSleep();
    await using backend = await startBackend({ kind: "vllm", name: "a", models: [model], sleep });
    const read = await openStream(backend.url); // resolves before anything woke
    await wake();
    expect(await read()).toContain('"role":"assistant"');
    expect(backend.requests[0]).toMatchObject({ tokensSent: 1, status: 200 });
    await wake();
    expect(await read()).toContain('"content":" two"');
    await wake();
    expect(await read()).toContain('"content":" three"');
    expect(asked).toEqual([500, 20, 20]);
  });

  it("holds the head back until the first token on Ollama", async () => {
    const { sleep, wake } = createManualSleep();
    await using backend = await startBackend({ kind: "ollama", name: "a", models: [model], sleep });
    const opening = openStream(backend.url);
    const request = await backend.received(1);
    expect(request.status).toBeUndefined();
    await wake();
    await opening;
    expect(request.status).toBe(200);
  });

  it("waits for the whole answer once when it is not streamed", async () => {
    const { asked, sleep, wake } = createManualSleep();
    await using backend = await startBackend({ kind: "vllm", name: "a", models: [model], sleep });
    const body = JSON.stringify({ model: "pine", messages: [] });
    const answer = fetch(`${backend.url}/v1/chat/completions`, { method: "POST", body });
    await wake();
    expect((await answer).status).toBe(200);
    expect(asked).toEqual([540]);
  });

  it("keeps a model's pace with real timers", async () => {
    const script = { ...model, firstTokenDelayMs: 20, tokenIntervalMs: 10 };
    await using backend = await startBackend({ kind: "vllm", name: "a", models: [script] });
    const startedAt = performance.now();
    const body = JSON.stringify({ model: "pine", stream: true, messages: [] });
    const answer = await fetch(`${backend.url}/v1/chat/completions`, { method: "POST", body });
    await answer.text();
    expect(performance.now() - startedAt).toBeGreaterThan(36); // 20 + 2 × 10, timers round down
  });

  it("stops at once when the client leaves, and records how far it came", async () => {
    const { asked, sleep, wake } = createManualSleep();
    await using backend = await startBackend({ kind: "vllm", name: "a", models: [model], sleep });
    const client = new AbortController();
    const read = await openStream(backend.url, client.signal);
    await wake();
    await read();
    client.abort();
    const request = await backend.received(1);
    await request.settled;
    expect(request).toMatchObject({ aborted: true, tokensSent: 1, isComplete: true });
    expect(asked).toEqual([500, 20]); // the third token was never waited for
    expect(backend.inFlight).toBe(0);
  });

  it("leaves a completed answer recorded as not aborted", async () => {
    await using backend = await startBackend({ kind: "vllm", name: "a", models: ["pine"] });
    const read = await openStream(backend.url);
    while ((await read()) !== "");
    const request = await backend.received(1);
    await request.settled;
    expect(request).toMatchObject({ aborted: false, tokensSent: 12 });
  });

  it("writes no more than the client takes", async () => {
    const endless = { id: "pine", reply: "word", tokens: 2_000_000 };
    await using backend = await startBackend({ kind: "vllm", name: "a", models: [endless] });
    const client = new AbortController();
    await openStream(backend.url, client.signal); // reads nothing beyond what fetch buffers
    const request = await backend.received(1);
    const held = await standstill(backend.url, () => request.tokensSent);
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(200_000);
    client.abort();
    await request.settled;
    expect(request.aborted).toBe(true);
  });
});

/** Resolves with a value once it stays the same while the backend answers ten other requests. */
async function standstill(url: string, read: () => number): Promise<number> {
  let last = -1;
  while (read() !== last) {
    last = read();
    for (let turn = 0; turn < 10; turn += 1) await (await fetch(`${url}/echo`)).text();
  }
  return last;
}

describe("large prompts", () => {
  it.each<BackendKind>(["openai-compatible", "llamacpp"])("cost %s little", async (kind) => {
    await using backend = await startBackend({ kind, name: "a", models: ["pine"] });
    const content = "word ".repeat(200_000);
    const body = JSON.stringify({ model: "pine", messages: [{ role: "user", content }] });
    const startedAt = performance.now();
    const response = await fetch(`${backend.url}/v1/chat/completions`, { method: "POST", body });
    expect(await response.json()).toMatchObject({ usage: { prompt_tokens: 200_000 } });
    expect(performance.now() - startedAt).toBeLessThan(1000); // about 20 ms on an idle core
  });
});
