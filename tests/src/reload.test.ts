import { env } from "node:process";

import { startBackend, type SimulatedBackend } from "@olla-ts/simulator";
import { describe, expect, it } from "vitest";

import { chat, readEvents } from "./harness/chat.ts";
import {
  configFor,
  startGateway,
  until,
  type ConfigOptions,
  type TestGateway,
} from "./harness/gateway.ts";
import { send } from "./harness/http-client.ts";
import { isDone, startStreamLoad } from "./harness/stream-load.ts";
import { traffic } from "./harness/world.ts";

const MODEL = "m1";
const CHAT = "/olla/openai/v1/chat/completions";

/** Streams at a time while the configuration changes; `pnpm test:heavy` has five hundred. */
const CLIENTS = Number(env["OLLA_TEST_CLIENTS"] ?? 100);

/** So many clients in one process with both backends may keep a probe waiting. */
const PATIENT = { interval: "60s", timeout: "30s" };

/** A gateway in front of `a` alone, with `b` at hand. */
interface Pair extends AsyncDisposable {
  readonly gateway: TestGateway;
  readonly a: SimulatedBackend;
  readonly b: SimulatedBackend;
  readonly reload: (
    backends: readonly SimulatedBackend[],
    options?: ConfigOptions,
  ) => Promise<void>;
}

async function servedBy({ url }: TestGateway): Promise<string | null> {
  const response = await chat(url, { model: MODEL });
  await response.text();
  return response.status === 200 ? response.headers.get("x-olla-endpoint") : null;
}

function withKey(key: string): ConfigOptions {
  return { endpoints: { a: [`auth: { type: bearer, token: ${key} }`] } };
}

describe.each(["olla", "sherpa"])("reloading with engine %s", (engine) => {
  async function startPair(
    options: ConfigOptions = {},
    model: { readonly tokens?: number; readonly tokenIntervalMs?: number } = {},
  ): Promise<Pair> {
    await using started = new AsyncDisposableStack();
    const start = async (name: string): Promise<SimulatedBackend> =>
      started.use(
        await startBackend({
          kind: "openai-compatible",
          name,
          models: [{ id: MODEL, ...model }],
        }),
      );
    const a = await start("a");
    const b = await start("b");
    const gateway = started.use(
      await startGateway({ config: configFor([a], { engine, ...options }) }),
    );
    const owned = started.move();
    return {
      gateway,
      a,
      b,
      reload: (backends, changed = options) =>
        gateway.reload(configFor(backends, { engine, ...changed })),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  }

  it("C27 sends requests to an endpoint that was added, and none to one that left", async () => {
    await using pair = await startPair();
    expect(await servedBy(pair.gateway)).toBe("a");
    await pair.reload([pair.b]);
    const before = traffic(pair.a).length;
    for (let turn = 0; turn < 5; turn += 1) expect(await servedBy(pair.gateway)).toBe("b");
    expect(traffic(pair.a)).toHaveLength(before);
    const { text } = await send(pair.gateway.url, { path: "/internal/status/endpoints" });
    expect(JSON.parse(text)).toMatchObject({ total_count: 1, endpoints: [{ name: "b" }] });
  });

  it("C27 goes on with what is known of endpoints that stay", async () => {
    await using pair = await startPair();
    for (let turn = 0; turn < 3; turn += 1) await servedBy(pair.gateway);
    await pair.reload([pair.a, pair.b], { balancer: "priority", priorities: { b: 1 } });
    // Without a probe or a model list in between.
    expect(await servedBy(pair.gateway)).toBe("a");
    expect(await pair.gateway.endpoint("a")).toMatchObject({ requests: 4, status: "healthy" });
    const { text } = await send(pair.gateway.url, { path: "/internal/status" });
    expect(JSON.parse(text)).toMatchObject({
      proxy: { balancer: "priority" },
      system: { total_requests: 4 },
    });
  });

  it("C27 lets a stream of an endpoint that left go on to its end, and forgets the endpoint then", async () => {
    await using pair = await startPair({}, { tokens: 20, tokenIntervalMs: 50 });
    const response = await chat(pair.gateway.url, { model: MODEL, stream: true });
    expect(response.headers.get("x-olla-endpoint")).toBe("a");
    await pair.reload([pair.b], { proxy: "  read_timeout: 7s" });
    expect(await servedBy(pair.gateway)).toBe("b");
    const { events, complete } = await readEvents(response);
    expect(complete).toBe(true);
    expect(events.at(-1)).toBe("[DONE]");
    // A new endpoint may now have the row of the old one, and starts at nothing.
    await pair.reload([pair.b, pair.a]);
    expect(await pair.gateway.endpoint("a")).toMatchObject({ requests: 0, connections: 0 });
  });

  it("C27 changes the credentials of an endpoint that stays, and keeps those of others apart", async () => {
    await using pair = await startPair(withKey("first"));
    await servedBy(pair.gateway);
    await pair.reload([pair.a], withKey("second"));
    await servedBy(pair.gateway);
    expect(traffic(pair.a).map(({ headers }) => headers["authorization"])).toEqual([
      "Bearer first",
      "Bearer second",
    ]);
    await pair.reload([pair.b]);
    expect(await servedBy(pair.gateway)).toBe("b");
    for (const { headers } of pair.b.requests) expect(headers["authorization"]).toBeUndefined();
  });

  it("C27 puts aliases, limits and CORS in force at once", async () => {
    await using pair = await startPair();
    expect((await chat(pair.gateway.url, { model: "house" })).status).toBe(404);
    await pair.reload([pair.a], {
      more: `model_aliases: { house: [${MODEL}] }`,
      server: '  cors: { enabled: true, allowed_origins: ["https://a.example"] }',
      rateLimits: "{ per_ip_requests_per_minute: 6, global_requests_per_minute: 0, burst_size: 2 }",
    });
    const headers = { origin: "https://a.example" };
    const allowed = await chat(pair.gateway.url, { model: "house", headers });
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://a.example");
    await chat(pair.gateway.url, { model: "house" });
    expect((await chat(pair.gateway.url, { model: "house" })).status).toBe(429);
  });

  it("C27 keeps pinned sessions and what is left of a limit", async () => {
    const options: ConfigOptions = {
      balancer: "round-robin",
      proxy: "  sticky_sessions: { enabled: true }",
      rateLimits: "{ per_ip_requests_per_minute: 6, global_requests_per_minute: 0, burst_size: 3 }",
    };
    await using pair = await startPair(options);
    const ask = (): Promise<Response> =>
      chat(pair.gateway.url, { model: MODEL, headers: { "x-olla-session-id": "s1" } });
    expect((await ask()).headers.get("x-olla-sticky-session")).toBe("miss");
    await pair.reload([pair.a], { ...options, balancer: "priority" });
    expect((await ask()).headers.get("x-olla-sticky-session")).toBe("hit");
    expect((await ask()).status).toBe(200);
    expect((await ask()).status).toBe(429);
  });

  it("C27 changes nothing when there is no room for the new endpoints", async () => {
    const more = "limits: { max_endpoints: 1 }";
    await using pair = await startPair({ more });
    const many = configFor([pair.a, pair.b], { engine, more: "limits: { max_endpoints: 2 }" });
    await expect(pair.gateway.reload(many)).rejects.toThrow(RangeError);
    expect(await servedBy(pair.gateway)).toBe("a");
  });

  it("C27 replaces the only endpoint there is room for, again and again", async () => {
    const options = { more: "limits: { max_endpoints: 1 }" };
    await using pair = await startPair(options);
    for (const next of [pair.b, pair.a, pair.b, pair.a]) {
      await pair.reload([next], options);
      expect(await servedBy(pair.gateway)).toBe(next.name);
    }
  });

  it("C27 changes nothing while requests of endpoints that left take the room, and says so", async () => {
    const more = "limits: { max_endpoints: 2 }";
    const key = (token: string): ConfigOptions => ({
      more,
      checks: PATIENT,
      endpoints: { b: [`auth: { type: bearer, token: ${token} }`] },
    });
    await using pair = await startPair({ more }, { tokens: 10_000, tokenIntervalMs: 50 });
    const stream = await chat(pair.gateway.url, { model: MODEL, stream: true });
    const named = (name: string): Pick<SimulatedBackend, "name" | "url" | "kind"> => ({
      name,
      url: name === "b" ? pair.b.url : `${pair.b.url}/${name}`,
      kind: pair.b.kind,
    });
    const reload = (names: readonly string[], token: string): Promise<void> =>
      pair.gateway.reload(configFor(names.map(named), { engine, ...key(token) }));
    await reload(["b", "c"], "first"); // rows of a, b, c
    await expect(reload(["d", "e"], "second")).rejects.toThrow(/wait for their requests to end/);
    await reload(["b", "d"], "first"); // the row that is left, and none lost by the failure
    await expect(reload(["b", "e"], "second")).rejects.toThrow(/wait for their requests to end/);
    const sent = pair.b.requests.length;
    await reload(["b"], "first");
    const probe = await chat(pair.gateway.url, { model: MODEL, stream: true });
    await probe.body?.cancel();
    const keys = pair.b.requests.slice(sent).map(({ headers }) => headers["authorization"]);
    expect(new Set(keys)).toEqual(new Set(["Bearer first"]));
    await stream.body?.cancel();
    await until(() =>
      reload(["b", "e"], "second").then(
        () => true,
        () => false,
      ),
    );
  });

  it("C27 keeps the row of an endpoint that came back and left again to its last request", async () => {
    await using pair = await startPair({}, { tokens: 10_000, tokenIntervalMs: 50 });
    const open = (): Promise<Response> => chat(pair.gateway.url, { model: MODEL, stream: true });
    const first = await open();
    await pair.reload([pair.b]);
    await pair.reload([pair.a]);
    const second = await open();
    expect(second.headers.get("x-olla-endpoint")).toBe("a");
    await pair.reload([pair.b]);
    await first.body?.cancel();
    await until(() => pair.a.inFlight === 1);
    const other = { name: "other", url: `${pair.b.url}/other`, kind: pair.b.kind };
    await pair.gateway.reload(configFor([pair.b, other], { engine }));
    expect(await pair.gateway.endpoint("other")).toMatchObject({ connections: 0 });
    await second.body?.cancel();
  });

  it("C27 loses no live stream over 100 reloads", { timeout: 300_000 }, async () => {
    await using pair = await startPair(
      { balancer: "round-robin", checks: PATIENT },
      { tokens: 5, tokenIntervalMs: 400 },
    );
    await pair.reload([pair.a, pair.b]);
    const load = startStreamLoad({
      clients: CLIENTS,
      url: pair.gateway.url + CHAT,
      request: { model: MODEL, messages: [{ role: "user", content: "hi" }] },
    });
    await until(() => load.underWay("a") + load.underWay("b") > CLIENTS * 0.8, 60);
    const both = [pair.a, pair.b];
    for (let turn = 0; turn < 100; turn += 1) {
      // Every other configuration has one endpoint less, every third another engine.
      const backends = turn % 2 === 0 ? both : [both[(turn >> 1) % 2] ?? pair.a];
      const ended = load.outcomes.length;
      await pair.reload(backends, {
        checks: PATIENT,
        balancer: turn % 4 === 0 ? "least-connections" : "round-robin",
        proxy: turn % 3 === 0 ? `  read_timeout: ${20 + turn}s` : "",
      });
      await until(() => load.outcomes.length >= ended + 5, 60);
    }
    await pair.reload(both);
    await load.stop();
    expect(load.outcomes.length).toBeGreaterThan(CLIENTS);
    const lost = load.outcomes.filter(
      (outcome) => outcome.status !== 200 || !outcome.complete || !isDone(outcome),
    );
    expect(new Map(lost.map(({ status, body }) => [status, body.slice(-200)]))).toEqual(new Map());
    for (const name of ["a", "b"]) {
      await until(async () => (await pair.gateway.endpoint(name))["connections"] === 0);
    }
  });
});
