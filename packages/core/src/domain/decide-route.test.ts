import { describe, expect, it } from "vitest";

import { makeEndpoint, makeIntent, makeRoutingTable } from "../testing/make.ts";
import { decideRoute, type EndpointConditions } from "./decide-route.ts";
import type { Endpoint } from "./endpoint.ts";
import { type HealthStatus, isRoutableStatus } from "./health-status.ts";
import type { RoutingDecision } from "./routing-decision.ts";
import type { RoutingStrategy } from "./routing-table.ts";

/** Conditions under which every endpoint is healthy but those named. */
function conditions(
  endpoints: readonly Endpoint[],
  statuses: Readonly<Record<string, HealthStatus>> = {},
): EndpointConditions {
  const status = (slot: number): HealthStatus => statuses[endpoints[slot]?.name ?? ""] ?? "healthy";
  return {
    status,
    isRoutable: (slot) => isRoutableStatus(status(slot)),
    isDraining: () => false,
  };
}

function makeStrategy(over: Partial<RoutingStrategy>): RoutingStrategy {
  return {
    type: "strict",
    fallback: "compatible_only",
    refreshOnMiss: false,
    refreshTimeoutMs: 2_000,
    ...over,
  };
}

function names(decision: RoutingDecision): readonly string[] {
  return decision.action === "rejected" ? [] : decision.candidates.map(({ name }) => name);
}

/** What a rejected request is answered. */
function refusal(decision: RoutingDecision): unknown {
  if (decision.action !== "rejected") return undefined;
  const { reason, strategy, error } = decision;
  return { reason, strategy, code: error.code, status: error.status };
}

const [a, b] = [makeEndpoint({ slot: 0, name: "a" }), makeEndpoint({ slot: 1, name: "b" })];
const both = [a, b];
const up = conditions(both);
const aDown = conditions(both, { a: "offline" });
const allDown = conditions(both, { a: "offline", b: "unhealthy" });
const intent = makeIntent({ model: "M1" });

describe("decideRoute for a model", () => {
  it("RT-18 finds a model in any case and routes to the endpoints that list it, in order", () => {
    const table = makeRoutingTable(both, { m1: ["b"], "Other-Model": ["a", "b"] });
    expect(names(decideRoute(intent, table, up))).toEqual(["b"]);
    const other = makeIntent({ model: "OTHER-model" });
    expect(names(decideRoute(other, table, up))).toEqual(["a", "b"]);
  });

  it.each([
    { type: "strict", fallback: "compatible_only", reason: "model_found" },
    { type: "optimistic", fallback: "all", reason: "model_found" },
    { type: "discovery", fallback: "none", reason: "model_found_no_refresh" },
  ] as const)("routes under $type with the reason $reason", ({ type, fallback, reason }) => {
    const strategy = makeStrategy({ type, fallback });
    const table = makeRoutingTable(both, { m1: ["a"] }, { strategy });
    expect(decideRoute(intent, table, up)).toMatchObject({
      action: "routed",
      strategy: type,
      reason,
      candidates: [a],
      model: { name: "m1" },
      alias: undefined,
    });
  });

  it.each(["strict", "optimistic", "discovery"] as const)(
    "uses under %s the usable ones among the endpoints that list it",
    (type) => {
      const strategy = makeStrategy({ type });
      const table = makeRoutingTable(both, { m1: ["a", "b"] }, { strategy });
      const decision = decideRoute(intent, table, aDown);
      expect(names(decision)).toEqual(["b"]);
      expect(decision.excluded).toEqual([
        { endpoint: a, rule: "not_routable", detail: "status is offline" },
      ]);
    },
  );

  const missing = { code: "model_not_found", status: 404 };
  const unavailable = { code: "model_unavailable", status: 503 };
  it.each([
    { id: "RT-5", type: "strict", known: false, reason: "model_not_found", ...missing },
    { id: "RT-4", type: "strict", known: true, reason: "model_unavailable", ...unavailable },
    { id: "RT-8", type: "optimistic", known: false, reason: "model_not_found", ...missing },
    {
      id: "RT-8",
      type: "optimistic",
      known: true,
      reason: "model_unavailable_compatible_only",
      ...unavailable,
    },
    {
      id: "RT-8",
      type: "optimistic",
      fallback: "none",
      known: false,
      reason: "model_not_found",
      ...missing,
    },
    {
      id: "RT-8",
      type: "optimistic",
      fallback: "none",
      known: true,
      reason: "model_unavailable_no_fallback",
      ...unavailable,
    },
    {
      id: "RT-9",
      type: "discovery",
      known: false,
      reason: "model_unavailable_no_refresh",
      ...unavailable,
    },
    {
      id: "RT-9",
      type: "discovery",
      known: true,
      reason: "model_unavailable_no_refresh",
      ...unavailable,
    },
  ] as const)(
    "$id rejects under $type with $status $reason when the model is known: $known",
    ({ type, known, reason, code, status, ...rest }) => {
      const fallback = "fallback" in rest ? rest.fallback : "compatible_only";
      const strategy = makeStrategy({ type, fallback });
      const table = makeRoutingTable(both, known ? { m1: ["a"] } : {}, { strategy });
      const decision = decideRoute(intent, table, aDown);
      expect(refusal(decision)).toEqual({ reason, strategy: type, code, status });
    },
  );

  it.each([
    { known: false, reason: "model_not_found_fallback" },
    { known: true, reason: "all_healthy_fallback" },
  ])("RT-7 falls back to any candidate with the reason $reason", ({ known, reason }) => {
    const strategy = makeStrategy({ type: "optimistic", fallback: "all" });
    const table = makeRoutingTable(both, known ? { m1: ["a"] } : {}, { strategy });
    const decision = decideRoute(intent, table, aDown);
    expect(decision).toMatchObject({ action: "fallback", strategy: "optimistic", reason });
    expect(names(decision)).toEqual(["b"]);
  });

  it("rejects instead of falling back when nobody is routable", () => {
    const strategy = makeStrategy({ type: "optimistic", fallback: "all" });
    const table = makeRoutingTable(both, { m1: ["a"] }, { strategy });
    expect(refusal(decideRoute(intent, table, allDown))).toMatchObject({
      reason: "all_healthy_fallback",
      status: 503,
    });
  });

  it("sends a model anywhere when model discovery is off", () => {
    const table = makeRoutingTable(both, {}, { catalogued: false });
    expect(decideRoute(intent, table, up)).toMatchObject({
      action: "fallback",
      reason: "model_discovery_disabled",
      candidates: both,
    });
  });

  it("names the model and when to come back", () => {
    const table = makeRoutingTable(both, { m1: ["a"] });
    const decision = decideRoute(intent, table, aDown);
    expect(decision).toMatchObject({ error: { retryAfterSeconds: 5 } });
    expect(decision).toHaveProperty("error.message", expect.stringContaining('"M1"'));
  });
});

describe("decideRoute without a model", () => {
  it("RT-11 routes to every routable endpoint without a strategy", () => {
    expect(decideRoute(makeIntent(), makeRoutingTable(both), aDown)).toMatchObject({
      action: "routed",
      strategy: undefined,
      reason: "no_model",
      candidates: [b],
      model: undefined,
    });
  });

  it("rejects with 503 when nobody is routable", () => {
    const decision = decideRoute(makeIntent(), makeRoutingTable(both), allDown);
    expect(refusal(decision)).toEqual({
      reason: "no_endpoint",
      strategy: undefined,
      code: "no_endpoint",
      status: 503,
    });
    expect(decision).toMatchObject({ error: { retryAfterSeconds: 5 } });
  });
});

describe("decideRoute for an alias", () => {
  const table = makeRoutingTable(both, { small: ["a"], large: ["b"] });
  const alias = {
    name: "Chat",
    endpoints: both,
    targets: new Map([
      [0, table.models.get("small")!],
      [1, table.models.get("large")!],
    ]),
  };
  const withAlias = { ...table, aliases: new Map([["chat", alias]]) };
  const chat = makeIntent({ model: "CHAT" });

  it("routes to the usable endpoints of its targets", () => {
    expect(decideRoute(chat, withAlias, up)).toMatchObject({
      action: "routed",
      strategy: "alias",
      reason: 'alias "Chat" resolved to 2 endpoint(s)',
      candidates: both,
      alias,
    });
    expect(decideRoute(chat, withAlias, aDown)).toMatchObject({
      reason: 'alias "Chat" resolved to 1 endpoint(s)',
      candidates: [b],
    });
  });

  it("shadows a model of the same name", () => {
    const shadowed = makeRoutingTable(both, { chat: ["a"] }, { aliases: withAlias.aliases });
    expect(decideRoute(chat, shadowed, up)).toMatchObject({ strategy: "alias", candidates: both });
  });

  it("gives way to a model of the same name when none of its endpoints is usable", () => {
    const c = makeEndpoint({ slot: 2, name: "c" });
    const three = [...both, c];
    const shadowed = makeRoutingTable(three, { chat: ["c"] }, { aliases: withAlias.aliases });
    const state = conditions(three, { a: "offline", b: "offline" });
    expect(decideRoute(chat, shadowed, state)).toMatchObject({
      strategy: "strict",
      candidates: [c],
      alias: undefined,
    });
  });

  it("RT-65 is an unknown model under strict when no target can serve", () => {
    const empty = { name: "Chat", endpoints: [], targets: new Map() };
    const without = { ...table, aliases: new Map([["chat", empty]]) };
    const expected = { reason: "model_not_found", code: "model_not_found", status: 404 };
    expect(refusal(decideRoute(chat, without, up))).toMatchObject(expected);
    const c = makeEndpoint({ slot: 2, name: "c" });
    const wider = { ...withAlias, endpoints: [...both, c] };
    const targetsDown = conditions(wider.endpoints, { a: "offline", b: "unhealthy" });
    expect(refusal(decideRoute(chat, wider, targetsDown))).toMatchObject(expected);
  });

  it("blames no model while every endpoint is down and could not say what it has", () => {
    const unknown = makeIntent({ model: "nobody-has-it" });
    const expected = { reason: "no_endpoint", code: "no_endpoint", status: 503 };
    expect(refusal(decideRoute(unknown, table, allDown))).toMatchObject(expected);
  });

  it("gives every endpoint one reason when the explanation is asked for", () => {
    const rejected = decideRoute(chat, withAlias, allDown, true);
    expect(rejected.excluded.map(({ endpoint, rule }) => [endpoint.name, rule])).toEqual([
      ["a", "not_routable"],
      ["b", "not_routable"],
    ]);
    const c = makeEndpoint({ slot: 2, name: "c" });
    const wider = { ...withAlias, endpoints: [...both, c] };
    expect(decideRoute(chat, wider, up, true).excluded).toEqual([
      { endpoint: c, rule: "model_not_listed", detail: "does not list the model" },
    ]);
  });
});
