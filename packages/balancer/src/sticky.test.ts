import type { Affinity } from "@olla-ts/core";
import {
  describeLoadBalancer,
  FakeLoadBalancer,
  FakeStickyStore,
  makeEndpoint,
} from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { createRoundRobin } from "./round-robin.ts";
import { createSticky } from "./sticky.ts";

const session: Affinity = { source: "session_header", key: "s1" };
const a = makeEndpoint({ name: "a", slot: 0 });
const b = makeEndpoint({ name: "b", slot: 1 });
const c = makeEndpoint({ name: "c", slot: 2 });

function setUp(script: readonly string[] = []) {
  const inner = new FakeLoadBalancer(script);
  const store = new FakeStickyStore();
  const sticky = createSticky({ inner, store });
  function select(candidates = [a, b, c], affinity: Affinity | undefined = session, model = "m") {
    const selection = sticky.selectEndpoint(candidates, { model, affinity });
    return `${selection.sticky} ${selection.endpoint.name}`;
  }
  return { inner, store, sticky, select };
}

describe("createSticky", () => {
  describeLoadBalancer(() =>
    createSticky({ inner: createRoundRobin(), store: new FakeStickyStore() }),
  );

  it("has the strategy of the balancer inside", () => {
    expect(setUp().sticky.strategy).toBe("fake");
  });

  it("RT-42 a first request misses, the next hits on the same endpoint without a selection", () => {
    const { select, inner } = setUp(["b", "c"]);
    expect([select(), select(), select()]).toEqual(["miss b", "hit b", "hit b"]);
    expect(inner.selections).toHaveLength(1);
  });

  it("RT-44 a request without affinity is not remembered", () => {
    const { sticky, store } = setUp(["b", "c"]);
    const context = { model: "m", affinity: undefined };
    const outcomes = [1, 2].map(() => sticky.selectEndpoint([a, b, c], context));
    expect(outcomes).toEqual([
      { endpoint: b, sticky: "disabled" },
      { endpoint: c, sticky: "disabled" },
    ]);
    expect(store.stats()).toMatchObject({ insertions: 0, hits: 0, misses: 0 });
  });

  it("RT-45 moves the pin when the pinned endpoint failed within the request", () => {
    const { select } = setUp(["a", "c"]);
    expect(select([a, b, c])).toBe("miss a");
    expect(select([b, c])).toBe("repin c");
    expect(select([a, b, c])).toBe("hit c");
  });

  it("moves the pin of an endpoint that stopped being routable after routing", () => {
    const store = new FakeStickyStore();
    const down = new Set<string>();
    const inner = new FakeLoadBalancer(["a", "b"]);
    const sticky = createSticky({ inner, store, isRoutable: ({ name }) => !down.has(name) });
    const context = { model: "m", affinity: session };
    sticky.selectEndpoint([a, b], context);
    down.add("a");
    expect(sticky.selectEndpoint([a, b], context)).toEqual({ endpoint: b, sticky: "repin" });
  });

  it("remembers each model of a session for itself", () => {
    const { select } = setUp(["a", "b"]);
    expect([select(undefined, session, "m1"), select(undefined, session, "m2")]).toEqual([
      "miss a",
      "miss b",
    ]);
    expect(select(undefined, session, "m1")).toBe("hit a");
  });

  it("does not take an address for a session of the same text", () => {
    const { select } = setUp(["a", "b"]);
    select(undefined, { source: "session_header", key: "192.0.2.1" });
    expect(select(undefined, { source: "ip", key: "192.0.2.1" })).toBe("miss b");
  });

  it("forgets the pins of a removed endpoint, whose slot another may get", () => {
    const { select, sticky } = setUp(["a", "b"]);
    select();
    sticky.removeEndpoint(a);
    expect(select([makeEndpoint({ name: "new", slot: 0 }), b])).toBe("miss b");
  });

  it("tells the balancer inside of endpoints that come and go", () => {
    const { sticky, inner } = setUp();
    sticky.registerEndpoint(a);
    sticky.registerEndpoint(b);
    sticky.removeEndpoint(a);
    expect([...inner.registered]).toEqual(["b"]);
  });

  it("keeps the pin when there is no candidate at all", () => {
    const { select } = setUp(["a"]);
    select();
    expect(() => select([])).toThrow(expect.objectContaining({ code: "no_endpoint" }));
    expect(select()).toBe("hit a");
  });
});
