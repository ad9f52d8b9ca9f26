import { describe, expect, it } from "vitest";

import { chat } from "./harness/chat.ts";
import { configFor, startGateway, until, type TestGateway } from "./harness/gateway.ts";
import { send } from "./harness/http-client.ts";
import { startScriptedBackend, type Handler } from "./harness/scripted-backend.ts";
import { createShiftingClock, shiftTime } from "./harness/shifting-clock.ts";
import { startWorld } from "./harness/world.ts";

const PATH = "/olla/proxy/v1/x";
/** How long an open breaker refuses. */
const OPEN_MS = 30_000;

/** An answer that is no HTTP: a failure that says nothing about the endpoint being away. */
const nonsense: Handler = (request) => void request.socket.end("HTTP/9.9 nonsense\r\n\r\n");

const good: Handler = (_, response) => void response.end("good");

async function breakerOf(gateway: TestGateway, name: string): Promise<unknown> {
  return (await gateway.endpoint(name))["breaker"];
}

describe("the circuit breaker of engine olla", () => {
  it("RT-30 opens at the fifth failure in a row, and then asks the backend no more", async () => {
    await using backend = await startScriptedBackend();
    await using gateway = await startGateway({ config: configFor([backend]) });
    backend.answer(nonsense);
    for (let failure = 1; failure <= 5; failure += 1) {
      expect(await breakerOf(gateway, "scripted")).toBe("closed");
      expect((await send(gateway.url, { path: PATH })).status).toBe(502);
      expect(backend.requestCount).toBe(failure);
    }
    expect(await gateway.endpoint("scripted")).toMatchObject({
      status: "healthy",
      breaker: "open",
      issues: "circuit breaker open",
    });
    const refused = await send(gateway.url, { path: PATH });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(backend.requestCount).toBe(5);
  });

  it("counts failures in a row alone: any answer starts anew", async () => {
    await using backend = await startScriptedBackend();
    await using gateway = await startGateway({ config: configFor([backend]) });
    for (let round = 0; round < 3; round += 1) {
      backend.answer(nonsense);
      for (let turn = 0; turn < 4; turn += 1) await send(gateway.url, { path: PATH });
      backend.answer((_, response) => void response.writeHead(404).end());
      await send(gateway.url, { path: PATH });
    }
    expect(await breakerOf(gateway, "scripted")).toBe("closed");
  });

  it("RT-31 HP-72 D3 R1 lets another endpoint serve while one is open, and no client see it", async () => {
    await using broken = await startScriptedBackend("broken");
    await using twin = await startScriptedBackend("twin");
    const config = configFor([broken, twin], {
      balancer: "priority",
      priorities: { broken: 100, twin: 50 },
    });
    await using gateway = await startGateway({ config });
    broken.answer(nonsense);
    twin.answer(good);
    for (let turn = 0; turn < 20; turn += 1) {
      const answer = await send(gateway.url, { path: PATH });
      expect(answer).toMatchObject({ status: 200, text: "good" });
      expect(answer.headers["x-olla-endpoint"]).toBe("twin");
    }
    expect(await breakerOf(gateway, "broken")).toBe("open");
    expect(broken.requestCount).toBe(5);
  });

  it("RT-32 RT-33 lets one of several requests probe after 30 s, and closes when it succeeds", async () => {
    const clock = createShiftingClock();
    await using broken = await startScriptedBackend("broken");
    await using twin = await startScriptedBackend("twin");
    const config = configFor([broken, twin], {
      balancer: "priority",
      priorities: { broken: 100, twin: 50 },
    });
    await using gateway = await startGateway({ config, clock });
    broken.answer(nonsense);
    twin.answer(good);
    for (let turn = 0; turn < 5; turn += 1) await send(gateway.url, { path: PATH });
    expect(await breakerOf(gateway, "broken")).toBe("open");

    await shiftTime(clock, OPEN_MS + 100, gateway);
    const probe = Promise.withResolvers<void>();
    broken.answer(async (_, response) => {
      await probe.promise;
      response.end("good");
    });
    let answered = 0;
    const five = [0, 1, 2, 3, 4].map(async () => {
      const answer = await send(gateway.url, { path: PATH });
      answered += 1;
      return answer;
    });
    await until(() => answered === 4 && broken.requestCount === 6);
    expect(await breakerOf(gateway, "broken")).toBe("half-open");
    probe.resolve();
    const answers = await Promise.all(five);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(broken.requestCount, "five failures and one probe").toBe(6);
    expect(await breakerOf(gateway, "broken")).toBe("closed");
    expect((await send(gateway.url, { path: PATH })).headers["x-olla-endpoint"]).toBe("broken");
  });

  it("RT-33 stays open another 30 s when the probe fails", async () => {
    const clock = createShiftingClock();
    await using backend = await startScriptedBackend();
    await using gateway = await startGateway({ config: configFor([backend]), clock });
    backend.answer(nonsense);
    for (let turn = 0; turn < 5; turn += 1) await send(gateway.url, { path: PATH });
    await shiftTime(clock, OPEN_MS + 100, gateway);
    expect((await send(gateway.url, { path: PATH })).status).toBe(502);
    expect(backend.requestCount).toBe(6);
    backend.answer(good);
    await shiftTime(clock, OPEN_MS - 5_000, gateway);
    expect((await send(gateway.url, { path: PATH })).status).toBe(503);
    expect(backend.requestCount).toBe(6);
    await shiftTime(clock, 5_100, gateway);
    expect((await send(gateway.url, { path: PATH })).status).toBe(200);
    expect(await breakerOf(gateway, "scripted")).toBe("closed");
  });

  it("HP-70 RT-36 opens for header time-outs too, while the endpoint stays healthy", async () => {
    await using backend = await startScriptedBackend();
    const config = configFor([backend], { proxy: "  response_header_timeout: 100ms" });
    await using gateway = await startGateway({ config });
    backend.answer(() => undefined);
    for (let turn = 0; turn < 5; turn += 1) {
      const answer = await send(gateway.url, { path: PATH });
      expect(answer.status).toBe(504);
      expect(JSON.parse(answer.text)).toMatchObject({
        error: {
          code: "response_header_timeout",
          message: expect.stringContaining("response_header_timeout") as string,
        },
      });
    }
    expect(await gateway.endpoint("scripted")).toMatchObject({
      status: "healthy",
      breaker: "open",
    });
  });

  it("RT-6 is not moved by answers that say that the backend is busy or the request is wrong", async () => {
    await using world = await startWorld({ only: { models: ["llama3.2:3b"] } });
    for (const status of [503, 429, 404]) {
      await world.backends.only.setFault({ type: "status", status, body: "{}" });
      for (let turn = 0; turn < 6; turn += 1) {
        expect((await chat(world.url)).status).toBe(status);
      }
      expect(await breakerOf(world.gateway, "only")).toBe("closed");
    }
  });

  it("R28 is not moved by what one client's requests make a backend answer", async () => {
    await using world = await startWorld({ only: { models: ["llama3.2:3b"] } });
    await world.backends.only.setFault({ type: "status", status: 500, body: "{}" });
    for (let turn = 0; turn < 7; turn += 1) expect((await chat(world.url)).status).toBe(500);
    expect(await breakerOf(world.gateway, "only")).toBe("closed");
  });
});

describe("engine sherpa", () => {
  it("RT-34 never refuses because of failures before", async () => {
    await using backend = await startScriptedBackend();
    await using gateway = await startGateway({
      config: configFor([backend], { engine: "sherpa" }),
    });
    backend.answer(nonsense);
    for (let turn = 1; turn <= 12; turn += 1) {
      expect((await send(gateway.url, { path: PATH })).status).toBe(502);
      expect(backend.requestCount).toBe(turn);
    }
    backend.answer(good);
    expect((await send(gateway.url, { path: PATH })).status).toBe(200);
    expect(await breakerOf(gateway, "scripted")).toBeUndefined();
  });
});
