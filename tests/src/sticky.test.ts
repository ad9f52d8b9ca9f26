import { describe, expect, it } from "vitest";

import { until } from "./harness/gateway.ts";
import { postJson, send, type Answer } from "./harness/http-client.ts";
import { createShiftingClock, shiftTime } from "./harness/shifting-clock.ts";
import { startWorld, type World, type WorldOptions } from "./harness/world.ts";

interface Turn {
  readonly role: string;
  readonly content: string;
}

const first: readonly Turn[] = [{ role: "user", content: "hello there" }];
const second: readonly Turn[] = [
  ...first,
  { role: "assistant", content: "hi" },
  { role: "user", content: "and now?" },
];

function ask(
  url: string,
  messages: readonly Turn[],
  headers: Readonly<Record<string, string>> = {},
  model = "m1",
): Promise<Answer> {
  return postJson(url, "/olla/proxy/v1/chat/completions", { model, messages }, headers);
}

/** How sticky routing went: outcome, source, and who answered. */
function told({ headers }: Answer): readonly unknown[] {
  return [headers["x-olla-sticky-session"], headers["x-olla-sticky-key-source"]];
}

function endpointOf({ headers }: Answer): unknown {
  return headers["x-olla-endpoint"];
}

async function stats(url: string): Promise<unknown> {
  return JSON.parse((await send(url, { path: "/internal/stats/sticky" })).text);
}

describe.each(["olla", "sherpa"])("sticky routing with engine %s", (engine) => {
  function start(sticky = "", options: WorldOptions = {}): Promise<World<"a" | "b" | "c">> {
    const models = ["m1", "m2"];
    return startWorld(
      { a: { models }, b: { models }, c: { models } },
      {
        engine,
        balancer: "round-robin",
        proxy: `  sticky_sessions: { enabled: true${sticky} }`,
        ...options,
      },
    );
  }

  it("RT-42 HP-53 misses once and then hits the same endpoint", async () => {
    await using world = await start();
    const opening = await ask(world.url, first);
    expect(told(opening)).toEqual(["miss", "prefix_hash"]);
    for (let turn = 0; turn < 4; turn += 1) {
      const again = await ask(world.url, first);
      expect(told(again)).toEqual(["hit", "prefix_hash"]);
      expect(endpointOf(again)).toBe(endpointOf(opening));
    }
    expect(opening.headers["x-olla-session-id"]).toBeUndefined();
  });

  it("RT-49 R13 hits on the second turn of a short conversation", async () => {
    await using world = await start();
    const opening = await ask(world.url, first);
    const next = await ask(world.url, second);
    expect(told(next)).toEqual(["hit", "prefix_hash"]);
    expect(endpointOf(next)).toBe(endpointOf(opening));
  });

  it("R13 tells conversations apart that share a long system prompt", async () => {
    await using world = await start();
    const system = { role: "system", content: "You are helpful. ".repeat(200) };
    const one = await ask(world.url, [system, { role: "user", content: "one" }]);
    const two = await ask(world.url, [system, { role: "user", content: "two" }]);
    expect(told(one)).toEqual(["miss", "prefix_hash"]);
    expect(told(two)).toEqual(["miss", "prefix_hash"]);
  });

  it("RT-43 HP-53 prefers the session header, and echoes it", async () => {
    await using world = await start();
    const headers = { "X-Olla-Session-ID": "session-7", Authorization: "Bearer x" };
    const opening = await ask(world.url, first, headers);
    expect(told(opening)).toEqual(["miss", "session_header"]);
    expect(opening.headers["x-olla-session-id"]).toBe("session-7");
    const next = await ask(world.url, [{ role: "user", content: "another" }], headers);
    expect(told(next)).toEqual(["hit", "session_header"]);
    expect(endpointOf(next)).toBe(endpointOf(opening));
  });

  it("keeps a session per model", async () => {
    await using world = await start();
    const headers = { "X-Olla-Session-ID": "session-7" };
    await ask(world.url, first, headers, "m1");
    expect(told(await ask(world.url, first, headers, "m2"))).toEqual(["miss", "session_header"]);
    expect(told(await ask(world.url, first, headers, "m1"))).toEqual(["hit", "session_header"]);
  });

  it("uses the sources that are configured, in their order", async () => {
    await using world = await start(", key_sources: [auth_header, ip]");
    const headers = { Authorization: "Bearer x", "X-Olla-Session-ID": "s" };
    expect(told(await ask(world.url, first, headers))).toEqual(["miss", "auth_header"]);
    expect(told(await ask(world.url, first))).toEqual(["miss", "ip"]);
    expect(told(await ask(world.url, second))).toEqual(["hit", "ip"]);
  });

  it("RT-44 HP-54 tells `disabled` without a source when nothing identifies the request", async () => {
    await using world = await start();
    const answer = await send(world.url, { path: "/olla/proxy/echo/x" });
    expect(told(answer)).toEqual(["disabled", undefined]);
  });

  it("tells nothing about sessions when the feature is off", async () => {
    await using world = await start("", { proxy: "" });
    const answer = await ask(world.url, first, { "X-Olla-Session-ID": "s" });
    expect(told(answer)).toEqual([undefined, undefined]);
    expect(answer.headers["x-olla-session-id"]).toBeUndefined();
  });

  it("RT-45 moves a session when its endpoint fails, and keeps the new one", async () => {
    await using world = await start();
    const pinned = String(endpointOf(await ask(world.url, first)));
    const backend = world.backends[pinned as "a" | "b" | "c"];
    await backend.kill();
    const moved = await ask(world.url, first);
    expect(moved.status).toBe(200);
    expect(told(moved)).toEqual(["repin", "prefix_hash"]);
    const next = await ask(world.url, first);
    expect(told(next)).toEqual(["hit", "prefix_hash"]);
    expect(endpointOf(next)).toBe(endpointOf(moved));
  });

  it("RT-47 forgets a session after idle_ttl_seconds without a request", async () => {
    const clock = createShiftingClock();
    await using world = await start(", idle_ttl_seconds: 600", { clock });
    expect(told(await ask(world.url, first))).toEqual(["miss", "prefix_hash"]);
    for (let turn = 0; turn < 3; turn += 1) {
      await shiftTime(clock, 400_000, world.gateway);
      expect(told(await ask(world.url, first)), "each request extends it").toEqual([
        "hit",
        "prefix_hash",
      ]);
    }
    await shiftTime(clock, 601_000, world.gateway);
    expect(told(await ask(world.url, first))).toEqual(["miss", "prefix_hash"]);
  });
});

describe("sticky statistics", () => {
  it("RT-48 HI-30 say that the feature is off", async () => {
    await using world = await startWorld({ a: { models: ["m1"] } });
    expect(await stats(world.url)).toEqual({ enabled: false });
  });

  it("HI-30 count misses, hits and sessions", async () => {
    await using world = await startWorld(
      { a: { models: ["m1"] } },
      { proxy: "  sticky_sessions: { enabled: true, max_sessions: 50, idle_ttl_seconds: 60 }" },
    );
    const headers = { "X-Olla-Session-ID": "s" };
    for (let turn = 0; turn < 3; turn += 1) await ask(world.url, first, headers);
    const read = (await stats(world.url)) as Record<string, unknown>;
    expect(read).toMatchObject({
      enabled: true,
      active_sessions: 1,
      insertions: 1,
      hits: 2,
      misses: 1,
      idle_ttl_seconds: 60,
    });
    expect(read["max_sessions"]).toBeGreaterThanOrEqual(50);
  });

  it("follow no session to an endpoint that went offline", async () => {
    await using world = await startWorld(
      { a: { models: ["m1"] }, b: { models: ["m1"] } },
      { balancer: "round-robin", proxy: "  sticky_sessions: { enabled: true }" },
    );
    const pinned = String(endpointOf(await ask(world.url, first)));
    await world.backends[pinned as "a" | "b"].kill();
    await until(async () => (await world.gateway.endpoint(pinned))["status"] === "offline");
    const moved = await ask(world.url, first);
    expect(moved.status).toBe(200);
    expect(endpointOf(moved)).not.toBe(pinned);
  });
});
