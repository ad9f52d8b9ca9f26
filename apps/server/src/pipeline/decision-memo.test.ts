import { createSharedState, EndpointStates } from "@olla-ts/core";
import { makeEndpoint, makeIntent, makeRoutingTable } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { DecisionMemo } from "./decision-memo.ts";
import { decide } from "./route.ts";

const endpoints = Array.from({ length: 12 }, (_, slot) =>
  makeEndpoint({ slot, name: `e${slot}`, url: `http://10.0.0.${slot}:8000` }),
);
const names = endpoints.map(({ name }) => name);
const table = makeRoutingTable(endpoints, { m1: names, m2: ["e3"] });
const intent = makeIntent({ model: "m1" });

function setUp(): { states: EndpointStates; memo: DecisionMemo; decided: () => number } {
  const states = new EndpointStates(createSharedState(), 12);
  for (const { slot } of endpoints) states.setStatus(slot, "healthy");
  let count = 0;
  const memo = new DecisionMemo((...question) => {
    count += 1;
    return decide(...question);
  }, states);
  return { states, memo, decided: () => count };
}

describe("DecisionMemo", () => {
  it("decides once as long as nothing changes, and tells models, paths and scopes apart", () => {
    const { memo, decided } = setUp();
    const first = memo.decide(intent, table);
    expect(memo.decide({ ...intent }, table)).toBe(first);
    expect(decided()).toBe(1);
    const others = [
      makeIntent({ model: "m2" }),
      makeIntent({ model: "m1", path: "/v1/embeddings" }),
      makeIntent({ model: "m1", scope: { type: "ollama", types: new Set(["ollama"]) } }),
    ];
    for (const other of others) {
      expect(memo.decide(other, table)).toEqual(
        decide(other, table, {
          isRoutable: () => true,
          isDraining: () => false,
          status: () => "healthy",
        }),
      );
    }
    expect(decided()).toBe(4);
  });

  it.each<{ what: string; change: (states: EndpointStates) => void }>([
    { what: "a status", change: (states) => states.setStatus(4, "offline") },
    { what: "a breaker", change: (states) => states.setRefusedByBreaker(4, true) },
    { what: "a suspicion", change: (states) => states.suspect(4) },
    { what: "a drain", change: (states) => states.setDraining(4, true) },
  ])("sees $what at once", ({ change }) => {
    const { memo, states } = setUp();
    memo.decide(intent, table);
    change(states);
    const decision = memo.decide(intent, table);
    const candidates = decision.action === "rejected" ? [] : decision.candidates;
    expect(candidates.map(({ name }) => name)).toEqual(names.filter((name) => name !== "e4"));
  });

  it("sees another table at once", () => {
    const { memo } = setUp();
    memo.decide(intent, table);
    const next = makeRoutingTable(endpoints, { m1: ["e7"] });
    expect(memo.decide(intent, next)).toMatchObject({ candidates: [{ name: "e7" }] });
  });

  it("makes every rejection anew", () => {
    const { memo } = setUp();
    const unknown = makeIntent({ model: "none" });
    const [first, second] = [memo.decide(unknown, table), memo.decide(unknown, table)];
    expect(first).toMatchObject({ action: "rejected" });
    expect(second).not.toBe(first);
  });

  it("keeps a bounded number, whatever clients ask for", () => {
    const { memo, decided } = setUp();
    for (let index = 0; index < 1_100; index += 1) {
      memo.decide(makeIntent({ model: "m1", path: `/v1/${index}` }), table);
    }
    memo.decide(makeIntent({ model: "m1", path: "/v1/0" }), table);
    expect(decided()).toBe(1_100);
    memo.decide(makeIntent({ model: "m1", path: "/v1/1099" }), table);
    expect(decided()).toBe(1_101);
  });
});
