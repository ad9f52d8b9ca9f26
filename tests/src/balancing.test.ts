import { describe, expect, it } from "vitest";

import { chat } from "./harness/chat.ts";
import { until } from "./harness/gateway.ts";
import { startWorld, traffic, type World, type WorldOptions } from "./harness/world.ts";

const MODEL = "llama3.2:3b";
type Names = "a" | "b" | "c";

/** Who answered so many requests, one after the other. */
async function endpoints(url: string, count: number): Promise<readonly (string | null)[]> {
  const seen: (string | null)[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    const response = await chat(url);
    await response.arrayBuffer();
    expect(response.status).toBe(200);
    seen.push(response.headers.get("x-olla-endpoint"));
  }
  return seen;
}

describe.each(["olla", "sherpa"])("balancing with engine %s", (engine) => {
  function start(options: WorldOptions): Promise<World<Names>> {
    const models = [MODEL];
    return startWorld({ a: { models }, b: { models }, c: { models } }, { engine, ...options });
  }

  it("RT-29 R6 rotates strictly in configuration order", async () => {
    await using world = await start({ balancer: "round-robin" });
    expect(await endpoints(world.url, 9)).toEqual(["a", "b", "c", "a", "b", "c", "a", "b", "c"]);
  });

  it("RT-29 rotates over those that are left when one is gone", async () => {
    await using world = await start({ balancer: "round-robin" });
    await world.backends.b.kill();
    await until(async () => (await world.gateway.endpoint("b"))["status"] === "offline");
    const [first, second] = await endpoints(world.url, 2);
    expect(new Set([first, second])).toEqual(new Set(["a", "c"]));
    expect(await endpoints(world.url, 4)).toEqual([first, second, first, second]);
  });

  it("RT-29 gives each an exact share of parallel requests", async () => {
    await using world = await start({ balancer: "round-robin" });
    await Promise.all(Array.from({ length: 30 }, async () => (await chat(world.url)).text()));
    for (const backend of Object.values(world.backends)) expect(traffic(backend)).toHaveLength(10);
  });

  it("RT-28 splits nine parallel requests 3/3/3 by least connections", async () => {
    await using world = await start({ balancer: "least-connections" });
    const all = Object.values(world.backends);
    for (const backend of all) await backend.setFault({ type: "stall-after-tokens", tokens: 1 });
    const leaving = new AbortController();
    const streams = Array.from({ length: 9 }, () =>
      chat(world.url, { stream: true, signal: leaving.signal }),
    );
    await Promise.all(streams);
    expect(all.map((backend) => backend.inFlight)).toEqual([3, 3, 3]);
    expect(await connections(world)).toEqual([3, 3, 3]);
    leaving.abort();
    await until(async () => (await connections(world)).every((count) => count === 0));
  });

  it("RT-28 prefers the endpoint with the fewest requests in flight", async () => {
    await using world = await start({ balancer: "least-connections" });
    for (const name of ["a", "b"] as const) {
      await world.backends[name].setFault({ type: "hang" });
    }
    const leaving = new AbortController();
    const { a, b } = world.backends;
    const asked: Promise<unknown>[] = [];
    let answered = 0;
    // What c answers at once leaves room for the next there, so it may take more than two.
    while (a.inFlight === 0 || b.inFlight === 0) {
      const response = chat(world.url, { signal: leaving.signal });
      asked.push(response.then(() => (answered += 1)).catch(() => {}));
      await until(() => a.inFlight + b.inFlight + answered === asked.length);
    }
    expect(await endpoints(world.url, 5)).toEqual(["c", "c", "c", "c", "c"]);
    leaving.abort();
    await Promise.all(asked);
  });

  it("RT-27 gives a lower tier nothing while a higher one is healthy", async () => {
    await using world = await start({ balancer: "priority", priorities: { a: 50, b: 100, c: 50 } });
    expect(new Set(await endpoints(world.url, 12))).toEqual(new Set(["b"]));
    await world.backends.b.kill();
    const next = await endpoints(world.url, 24);
    expect(new Set(next)).toEqual(new Set(["a", "c"]));
  });

  it("RT-27 shares between equals of a tier within statistical bounds", async () => {
    await using world = await start({ balancer: "priority", priorities: { a: 100, b: 100, c: 1 } });
    await endpoints(world.url, 100);
    const share = traffic(world.backends.a).length;
    // Six standard deviations: a fair coin leaves these bounds once in 500 million runs.
    expect(share).toBeGreaterThanOrEqual(20);
    expect(share).toBeLessThanOrEqual(80);
    expect(share + traffic(world.backends.b).length).toBe(100);
  });
});

function connections({ gateway }: World<Names>): Promise<readonly unknown[]> {
  const names = ["a", "b", "c"];
  return Promise.all(names.map(async (name) => (await gateway.endpoint(name))["connections"]));
}
