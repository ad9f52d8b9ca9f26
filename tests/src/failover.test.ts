import { startBackend, type SimulatedBackend } from "@olla-ts/simulator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { chat, readEvents } from "./harness/chat.ts";
import { configFor, startGateway, until, type TestGateway } from "./harness/gateway.ts";

const MODEL = "llama3.2:3b";

describe.each(["olla", "sherpa"])("failover with engine %s", (engine) => {
  let first: SimulatedBackend;
  let second: SimulatedBackend;
  let gateway: TestGateway;

  beforeEach(async () => {
    first = await startBackend({ kind: "openai-compatible", name: "first", models: [MODEL] });
    second = await startBackend({ kind: "openai-compatible", name: "second", models: [MODEL] });
    const config = configFor([first, second], {
      engine,
      balancer: "priority",
      priorities: { first: 100, second: 50 },
      proxy: "  response_header_timeout: 1s\n  read_timeout: 1s",
    });
    gateway = await startGateway({ config });
  });

  afterEach(async () => {
    await gateway[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
    await second[Symbol.asyncDispose]();
  });

  it("RT-1 RT-27 HP-40 serves a POST from the other candidate when the first refuses connections", async () => {
    await first.kill();
    const response = await chat(gateway.url);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-olla-endpoint")).toBe("second");
    expect(await gateway.endpoint("first")).toMatchObject({ status: "offline" });
  });

  it("RT-2 serves it from the other candidate when the first resets before the head", async () => {
    await first.setFault({ type: "reset-before-headers" });
    const response = await chat(gateway.url);
    expect(response.headers.get("x-olla-endpoint")).toBe("second");
  });

  it("R2 fails over when the first closes without an answer, or answers no head in time", async () => {
    await first.setFault({ type: "close-before-headers" });
    expect((await chat(gateway.url)).headers.get("x-olla-endpoint")).toBe("second");
    await first.setFault({ type: "hang" });
    await until(async () => (await gateway.endpoint("first"))["status"] === "healthy");
    expect((await chat(gateway.url)).headers.get("x-olla-endpoint")).toBe("second");
  });

  it("asks another endpoint when one says it is busy, and holds nothing against it", async () => {
    await first.setFault({ type: "status", status: 503, body: '{"error":"loading"}' });
    const response = await chat(gateway.url);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-olla-endpoint")).toBe("second");
    expect(await gateway.endpoint("first")).toMatchObject({ status: "healthy", connections: 0 });
  });

  it.each([503, 429])(
    "RT-6 HP-13 passes a %i on unchanged when nobody has a better answer",
    async (status) => {
      const fault = {
        type: "status",
        status,
        body: '{"error":"no"}',
        headers: { "retry-after": "7" },
      } as const;
      await first.setFault(fault);
      await second.kill();
      const response = await chat(gateway.url);
      expect(response.status).toBe(status);
      expect(response.headers.get("retry-after")).toBe("7");
      expect(await response.text()).toBe('{"error":"no"}');
    },
  );

  it("RT-6 passes a 500 through without a retry", async () => {
    await first.setFault({ type: "status", status: 500, body: '{"error":"no"}' });
    const response = await chat(gateway.url);
    expect(response.status).toBe(500);
    expect(response.headers.get("x-olla-endpoint")).toBe("first");
    expect(await response.text()).toBe('{"error":"no"}');
    expect(second.requests.filter(({ method }) => method === "POST")).toHaveLength(0);
  });

  it("RT-39 HP-68 R8 lets the client see that a stream broke, and says why in an event", async () => {
    await first.setFault({ type: "reset-after-tokens", tokens: 2 });
    const result = await readEvents(await chat(gateway.url, { stream: true }));
    expect(result.status).toBe(200);
    expect(result.complete).toBe(false);
    expect(result.events).not.toContain("[DONE]");
    const last = result.events.at(-1) ?? "";
    expect(JSON.parse(last)).toMatchObject({ error: { code: "upstream_truncated" } });
    expect(second.requests.filter(({ method }) => method === "POST")).toHaveLength(0);
  });

  it("RT-37 HP-69 ends a stalled stream after the idle limit, visibly", async () => {
    await first.setFault({ type: "stall-after-tokens", tokens: 1 });
    const result = await readEvents(await chat(gateway.url, { stream: true }));
    expect(result.complete).toBe(false);
    expect(JSON.parse(result.events.at(-1) ?? "")).toMatchObject({
      error: { code: "idle_timeout" },
    });
  });

  it("RT-3 RT-4 HP-41 answers 502 when all refuse, and 503 for the next request", async () => {
    await first.kill();
    await second.kill();
    const response = await chat(gateway.url);
    expect(response.status).toBe(502);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ error: { type: "server_error" } });
    expect(text, "HP-80 no address in the error").not.toMatch(/127\.0\.0\.1|:\d{4,5}/);
    const next = await chat(gateway.url);
    expect(next.status).toBe(503);
    expect(next.headers.get("x-olla-routing-reason")).toBe("model_unavailable");
  });

  it("takes an endpoint back into rotation without a restart once it answers again", async () => {
    await first.kill();
    await chat(gateway.url);
    await first.restart();
    await until(async () => (await chat(gateway.url)).headers.get("x-olla-endpoint") === "first");
    expect(await gateway.endpoint("first")).toMatchObject({ status: "healthy" });
  });

  it("loses no request that had not begun to stream when one of two dies under load", async () => {
    const statuses: number[] = [];
    const clients = Array.from({ length: 8 }, async (_, client) => {
      for (let turn = 0; turn < 30; turn += 1) {
        if (client === 0 && turn === 8) await first.kill();
        if (client === 0 && turn === 20) await first.restart();
        const response = await chat(gateway.url);
        statuses.push(response.status);
        await response.arrayBuffer();
      }
    });
    await Promise.all(clients);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });

  it("RT-35 HP-44 cancels the backend when the client leaves, and holds it against nobody", async () => {
    await first.setFault({ type: "stall-after-tokens", tokens: 1 });
    const controller = new AbortController();
    const response = await chat(gateway.url, { stream: true, signal: controller.signal });
    await response.body?.getReader().read();
    controller.abort();
    await until(() => first.requests.some(({ aborted }) => aborted));
    const status = await gateway.endpoint("first");
    expect(status["status"]).toBe("healthy");
    expect(status["breaker"]).toBe(engine === "olla" ? "closed" : undefined);
  });
});
