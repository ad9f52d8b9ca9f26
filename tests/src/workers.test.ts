import { describe, expect, it } from "vitest";

import { configFor, startGateway, until, type ConfigOptions } from "./harness/gateway.ts";
import { open, postJson, send } from "./harness/http-client.ts";
import { startScriptedBackend } from "./harness/scripted-backend.ts";
import { startWorld, traffic, type World } from "./harness/world.ts";

/**
 * Every request goes over a connection of its own, which the system gives to any of
 * the threads. That so many end in one of them alone does not happen.
 */
const MANY = 40;

const THREADS = "  workers: 3";
const CHAT = "/olla/proxy/v1/chat/completions";
const ECHO = "/olla/proxy/echo/x";
const QUESTION = { model: "m1", messages: [{ role: "user", content: "hello" }] };

function startThree(engine: string, options: ConfigOptions = {}): Promise<World<"a" | "b" | "c">> {
  const models = ["m1"];
  return startWorld(
    { a: { models }, b: { models }, c: { models } },
    { engine, server: THREADS, ...options },
  );
}

async function document(url: string, path: string): Promise<Record<string, unknown>> {
  return JSON.parse((await send(url, { path })).text) as Record<string, unknown>;
}

async function inFlight(world: World<string>, name: string): Promise<unknown> {
  return (await world.gateway.endpoint(name))["connections"];
}

function endpointsOf(
  answers: readonly { readonly headers: Readonly<Record<string, unknown>> }[],
): readonly unknown[] {
  return answers.map(({ headers }) => headers["x-olla-endpoint"]);
}

async function inTurn<Result>(
  count: number,
  work: () => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let turn = 0; turn < count; turn += 1) results.push(await work());
  return results;
}

describe.each(["olla", "sherpa"])("several threads with engine %s", (engine) => {
  it("tell how many they are", async () => {
    await using world = await startThree(engine);
    const { runtime } = await document(world.url, "/internal/process");
    expect((runtime as { threads: number }).threads).toBeGreaterThan(2);
  });

  it("RT-29 rotate strictly together", async () => {
    await using world = await startThree(engine, { balancer: "round-robin" });
    const answers = await inTurn(MANY - 1, () => postJson(world.url, CHAT, QUESTION));
    const [first, second, third] = endpointsOf(answers);
    expect(new Set([first, second, third])).toEqual(new Set(["a", "b", "c"]));
    expect(endpointsOf(answers)).toEqual(
      answers.map((_, turn) => [first, second, third][turn % 3]),
    );
  });

  it("RT-28 see the connections of each other when they look for the fewest", async () => {
    await using world = await startThree(engine, { balancer: "least-connections" });
    const all = Object.values(world.backends);
    for (const backend of all) await backend.setFault({ type: "stall-after-tokens", tokens: 1 });
    const leaving = new AbortController();
    const body = JSON.stringify({ ...QUESTION, stream: true });
    await inTurn(30, async () => {
      const response = await open(world.url, {
        method: "POST",
        path: CHAT,
        body,
        signal: leaving.signal,
      });
      response.on("error", () => {});
    });
    expect(all.map((backend) => backend.inFlight)).toEqual([10, 10, 10]);
    expect(await inFlight(world, "b")).toBe(10);
    leaving.abort();
    await until(async () => (await inFlight(world, "b")) === 0);
  });

  it("RT-67 count a client's requests together", async () => {
    const limits = "per_ip_requests_per_minute: 1, global_requests_per_minute: 0, burst_size: 7";
    await using world = await startThree(engine, { rateLimits: `{ ${limits} }` });
    const answers = await Promise.all(
      Array.from({ length: MANY }, () => send(world.url, { path: ECHO })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(7);
    expect(Object.values(world.backends).flatMap((backend) => traffic(backend))).toHaveLength(7);
  });

  it("RT-42 remember the conversations of each other", async () => {
    await using world = await startThree(engine, {
      balancer: "round-robin",
      proxy: "  sticky_sessions: { enabled: true }",
    });
    const answers = await inTurn(MANY, () => postJson(world.url, CHAT, QUESTION));
    expect(new Set(endpointsOf(answers)).size).toBe(1);
    const outcomes = answers.map(({ headers }) => headers["x-olla-sticky-session"]);
    expect(outcomes).toEqual(["miss", ...Array.from({ length: MANY - 1 }, () => "hit")]);
    expect(await document(world.url, "/internal/stats/sticky")).toMatchObject({
      insertions: 1,
      hits: MANY - 1,
      misses: 1,
    });
  });

  it("RT-76 count every request once, and each shows the figures of all", async () => {
    await using world = await startThree(engine);
    await Promise.all(Array.from({ length: MANY }, () => postJson(world.url, CHAT, QUESTION)));
    const seen = await inTurn(10, async () => {
      const { text } = await send(world.url, { path: "/internal/metrics" });
      return /^olla_requests_total (\d+)$/m.exec(text)?.[1];
    });
    expect(seen).toEqual(seen.map(() => String(MANY)));
  });

  it("show on one page the requests of all", async () => {
    await using world = await startThree(engine, { more: "dashboard: { recent_requests: 30 }\n" });
    await Promise.all(Array.from({ length: MANY }, () => postJson(world.url, CHAT, QUESTION)));
    const report = async (): Promise<Record<string, Record<string, unknown>>> =>
      (await document(world.url, "/internal/ui/api/report?view=requests")) as Record<
        string,
        Record<string, unknown>
      >;
    await until(async () => (await report())["requests"]?.["first"] === MANY - 30);
    const { requests } = (await report()) as {
      requests: { requests: readonly Record<string, unknown>[] };
    };
    expect(requests.requests.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 30 }, (_, index) => MANY - 30 + index),
    );
    expect(requests.requests).toEqual(
      requests.requests.map(() =>
        expect.objectContaining({ status: 200, model: "m1", candidates: ["a", "b", "c"] }),
      ),
    );
  });

  it("C27 are all under the configuration that was loaded last", async () => {
    await using world = await startThree(engine);
    const { a, b } = world.backends;
    for (const one of [a, b, a]) {
      await world.gateway.reload(
        configFor([one], {
          engine,
          server: THREADS,
          proxy: "  sticky_sessions: { enabled: true }",
        }),
      );
      const answers = await Promise.all(
        Array.from({ length: MANY }, () => postJson(world.url, CHAT, QUESTION)),
      );
      expect(new Set(endpointsOf(answers))).toEqual(new Set([one.name]));
    }
    // The table of sessions came with the first reload: one for all.
    const sessions = async (): Promise<Readonly<Record<string, unknown>>> =>
      document(world.url, "/internal/stats/sticky");
    const before = await sessions();
    await Promise.all(Array.from({ length: MANY }, () => postJson(world.url, CHAT, QUESTION)));
    expect(await sessions()).toMatchObject({
      active_sessions: 1,
      insertions: before["insertions"],
      hits: Number(before["hits"]) + MANY,
    });
  });

  it("lose the requests of a thread that dies, and no others", async () => {
    await using world = await startThree(engine);
    const all = Object.values(world.backends);
    for (const backend of all) {
      backend.setModels([{ id: "m1", tokens: 40, tokenIntervalMs: 50 }]);
    }
    const body = JSON.stringify({ ...QUESTION, stream: true });
    const streams = await Promise.all(
      Array.from({ length: MANY }, () => open(world.url, { method: "POST", path: CHAT, body })),
    );
    const ends = streams.map(async (stream) => {
      let text = "";
      try {
        for await (const chunk of stream.setEncoding("utf8")) text += chunk as string;
      } catch {
        return "cut";
      }
      return text.endsWith("data: [DONE]\n\n") ? "whole" : "short";
    });
    await world.gateway.terminateWorker(1);
    expect((await send(world.url, { path: "/internal/health" })).status).toBe(200);
    const seen = await Promise.all(ends);
    expect(new Set(seen)).toEqual(new Set(["cut", "whole"]));
    for (const { name } of all) expect(await inFlight(world, name)).toBe(0);
    await until(() =>
      world.gateway.log.some(({ message }) => message === "Serving thread replaced"),
    );
    const answers = await Promise.all(
      Array.from({ length: MANY }, () => send(world.url, { path: ECHO })),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  });

  it("end what is in flight and take nothing new when they drain", async () => {
    await using world = await startThree(engine);
    for (const backend of Object.values(world.backends)) {
      backend.setModels([{ id: "m1", tokens: 20, tokenIntervalMs: 50 }]);
    }
    const body = JSON.stringify({ ...QUESTION, stream: true });
    const streams = await Promise.all(
      Array.from({ length: 12 }, () => open(world.url, { method: "POST", path: CHAT, body })),
    );
    const drained = world.gateway.drain(10_000);
    const texts = await Promise.all(
      streams.map(async (stream) => {
        let text = "";
        for await (const chunk of stream.setEncoding("utf8")) text += chunk as string;
        return text;
      }),
    );
    expect(texts.every((text) => text.endsWith("data: [DONE]\n\n"))).toBe(true);
    expect(await drained).toBe(true);
    await expect(send(world.url, { path: "/internal/health" })).rejects.toThrow("ECONNREFUSED");
  });

  it("write the access line of every request, whole", async () => {
    await using world = await startThree(engine);
    const ids = Array.from({ length: MANY }, (_, index) => `request-${index}`);
    await Promise.all(
      ids.map((id) => send(world.url, { path: ECHO, headers: { "X-Request-ID": id } })),
    );
    const written = (): readonly unknown[] =>
      world.gateway.log
        .filter(({ message }) => message === "Access log")
        .map(({ fields }) => fields["request_id"]);
    await until(() => written().length >= MANY);
    expect(new Set(written())).toEqual(new Set(ids));
  });

  it("take an endpoint out for all when one of them finds it dead", async () => {
    await using world = await startThree(engine, {
      checks: { interval: "60s", timeout: "900ms" },
    });
    await world.backends.b.kill();
    await until(async () => {
      await send(world.url, { path: ECHO });
      return (await world.gateway.endpoint("b"))["status"] === "offline";
    });
    const answers = await Promise.all(
      Array.from({ length: MANY }, () => send(world.url, { path: ECHO })),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(endpointsOf(answers)).not.toContain("b");
  });

  it("have the endpoints asked again for a model that nobody knows yet", async () => {
    await using world = await startThree(engine, {
      more: "model_registry:\n  routing_strategy: { type: discovery, options: { discovery_refresh_on_miss: true } }\n",
    });
    world.backends.c.setModels(["m1", "fresh"]);
    const answer = await postJson(world.url, CHAT, { ...QUESTION, model: "fresh" });
    expect([answer.status, answer.headers["x-olla-endpoint"]]).toEqual([200, "c"]);
  });
});

describe("several threads with engine olla", () => {
  it("RT-30 open a breaker at the fifth failure in a row over all of them", async () => {
    await using backend = await startScriptedBackend();
    await using gateway = await startGateway({
      config: configFor([backend], { server: THREADS }),
    });
    backend.answer((request) => void request.socket.end("HTTP/9.9 nonsense\r\n\r\n"));
    const statuses = await inTurn(
      12,
      async () => (await send(gateway.url, { path: "/olla/proxy/v1/x" })).status,
    );
    expect(statuses).toEqual([502, 502, 502, 502, 502, 503, 503, 503, 503, 503, 503, 503]);
    expect(backend.requestCount).toBe(5);
  });

  it("R30 keep the cap of connections together, and serve everybody in the end", async () => {
    await using backend = await startScriptedBackend();
    let now = 0;
    let most = 0;
    backend.answer(async (_, response) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
      now -= 1;
      response.end("good");
    });
    await using gateway = await startGateway({
      config: configFor([backend], {
        server: THREADS,
        proxy: "  max_connections_per_endpoint: 2",
      }),
    });
    const answers = await Promise.all(
      Array.from({ length: MANY }, () => send(gateway.url, { path: "/olla/proxy/v1/x" })),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(most).toBe(2);
  });
});
