import { describe, expect, it } from "vitest";

import { makeEndpoint, makeIntent, makeRoutingTable } from "../testing/make.ts";
import { decideRoute, type EndpointConditions } from "./decide-route.ts";
import type { Endpoint } from "./endpoint.ts";
import type { HealthStatus } from "./health-status.ts";
import type { RoutingDecision } from "./routing-decision.ts";
import type { ProviderScope } from "./routing-table.ts";

const ollama = makeEndpoint({ slot: 0, name: "ollama", type: "ollama" });
const vllm = makeEndpoint({ slot: 1, name: "vllm", type: "vllm" });
const auto = makeEndpoint({ slot: 2, name: "auto", type: "auto" });
const all = [ollama, vllm, auto];

/** Every endpoint healthy but these; `breaker` stands for a healthy one that its breaker refuses. */
function conditions(
  statuses: ReadonlyMap<Endpoint, HealthStatus | "breaker"> = new Map(),
): EndpointConditions {
  const of = (slot: number): HealthStatus | "breaker" => statuses.get(all[slot]!) ?? "healthy";
  return {
    status(slot) {
      const status = of(slot);
      return status === "breaker" ? "healthy" : status;
    },
    isRoutable: (slot) => of(slot) === "healthy",
    isDraining: () => false,
  };
}

function names(decision: RoutingDecision): readonly string[] {
  return decision.action === "rejected" ? [] : decision.candidates.map(({ name }) => name);
}

function rules(decision: RoutingDecision): unknown {
  return Object.fromEntries(decision.excluded.map(({ endpoint, rule }) => [endpoint.name, rule]));
}

const vllmScope: ProviderScope = { type: "vllm", types: new Set(["vllm", "auto"]) };
const openaiScope: ProviderScope = {
  type: "openai-compatible",
  types: new Set(["openai-compatible", "ollama", "vllm", "auto"]),
};
const noVllm = { code: "provider_unavailable", message: "No vllm endpoints available." };

describe("decideRoute on a provider route", () => {
  it.each([undefined, "m1", "unknown"])(
    "RT-19 answers 404 for model %s when no endpoint is of the type",
    (model) => {
      const table = makeRoutingTable([ollama], { m1: ["ollama"] });
      const decision = decideRoute(makeIntent({ scope: vllmScope, model }), table, conditions());
      expect(decision).toMatchObject({ action: "rejected", error: { ...noVllm, status: 404 } });
      expect(decision.reason).toBe("no_endpoint");
    },
  );

  it("answers 404 without a model when no endpoint of the type is routable", () => {
    const table = makeRoutingTable([ollama, vllm]);
    const down = conditions(new Map([[vllm, "offline"]]));
    const decision = decideRoute(makeIntent({ scope: vllmScope }), table, down);
    expect(decision).toMatchObject({ action: "rejected", error: noVllm });
    expect(rules(decision)).toEqual({ ollama: "provider_scope", vllm: "not_routable" });
  });

  it("RT-20 answers 503 for a model that only endpoints of another type have", () => {
    const table = makeRoutingTable([ollama, vllm], { m1: ["ollama"] });
    const decision = decideRoute(
      makeIntent({ scope: vllmScope, model: "m1" }),
      table,
      conditions(),
    );
    expect(decision).toMatchObject({
      action: "rejected",
      reason: "model_unavailable",
      error: { code: "model_unavailable", status: 503 },
      excluded: [{ endpoint: ollama, rule: "provider_scope", detail: "type ollama is not vllm" }],
    });
  });

  it("RT-21 reaches every compatible type through the openai route", () => {
    const intent = makeIntent({ scope: openaiScope });
    expect(names(decideRoute(intent, makeRoutingTable(all), conditions()))).toEqual([
      "ollama",
      "vllm",
      "auto",
    ]);
  });

  it("keeps the fallback of an optimistic strategy inside the scope", () => {
    const strategy = {
      type: "optimistic",
      fallback: "all",
      refreshOnMiss: false,
      refreshTimeoutMs: 0,
    } as const;
    const table = makeRoutingTable(all, {}, { strategy });
    const intent = makeIntent({ scope: vllmScope, model: "unknown" });
    expect(names(decideRoute(intent, table, conditions()))).toEqual(["vllm", "auto"]);
  });
});

describe("decideRoute and the path", () => {
  const pathTypes = new Map([
    ["/api/chat", new Set(["ollama"])],
    ["/v1/rerank", new Set(["vllm"])],
  ]);
  const table = makeRoutingTable([ollama, vllm], { m1: ["vllm"] }, { pathTypes });

  it("RT-22 sends a path of one type only there while such an endpoint is routable", () => {
    const decision = decideRoute(makeIntent({ path: "/api/chat" }), table, conditions());
    expect(names(decision)).toEqual(["ollama"]);
    expect(decision.excluded).toEqual([
      {
        endpoint: vllm,
        rule: "path_unsupported",
        detail: "type vllm does not serve /api/chat",
      },
    ]);
  });

  it("RT-22 drops the path when no endpoint of the type is routable", () => {
    const down = conditions(new Map([[ollama, "offline"]]));
    const decision = decideRoute(makeIntent({ path: "/api/chat" }), table, down);
    expect(names(decision)).toEqual(["vllm"]);
    expect(rules(decision)).toEqual({ ollama: "not_routable" });
  });

  it("RT-23 never sends a rerank to Ollama while vLLM is routable", () => {
    const decision = decideRoute(makeIntent({ path: "/v1/rerank" }), table, conditions());
    expect(names(decision)).toEqual(["vllm"]);
  });

  it("RT-24 sends a path that no profile lists to any endpoint", () => {
    const decision = decideRoute(makeIntent({ path: "/weird/x/" }), table, conditions());
    expect(names(decision)).toEqual(["ollama", "vllm"]);
  });

  it("admits endpoints of type auto on every path", () => {
    const withAuto = makeRoutingTable(all, {}, { pathTypes });
    const decision = decideRoute(makeIntent({ path: "/api/chat" }), withAuto, conditions());
    expect(names(decision)).toEqual(["ollama", "auto"]);
  });

  it("RT-81 looks for the model on the path of a provider route too", () => {
    const intent = makeIntent({ scope: openaiScope, path: "/custom", model: "m1" });
    expect(names(decideRoute(intent, table, conditions()))).toEqual(["vllm"]);
  });

  it("drops the path rather than the only endpoint with the model", () => {
    const intent = makeIntent({ path: "/api/chat", model: "m1" });
    expect(names(decideRoute(intent, table, conditions()))).toEqual(["vllm"]);
  });
});

describe("decideRoute explains itself", () => {
  const table = makeRoutingTable(all, { m1: ["ollama", "vllm"] });
  const intent = makeIntent({ model: "m1" });

  it("tells a breaker that refuses from a status that is not routable", () => {
    const state = conditions(
      new Map<Endpoint, HealthStatus | "breaker">([
        [ollama, "breaker"],
        [vllm, "config_error"],
      ]),
    );
    expect(decideRoute(intent, table, state).excluded).toEqual([
      { endpoint: ollama, rule: "breaker_open", detail: "circuit breaker is open" },
      { endpoint: vllm, rule: "not_routable", detail: "status is config_error" },
    ]);
  });

  it("leaves endpoints without the model out of a live decision", () => {
    expect(decideRoute(intent, table, conditions()).excluded).toEqual([]);
  });

  it("gives every endpoint that is no candidate its reason when asked to", () => {
    const state = conditions(new Map([[ollama, "offline"]]));
    const decision = decideRoute(intent, table, state, true);
    expect(names(decision)).toEqual(["vllm"]);
    expect(rules(decision)).toEqual({ ollama: "not_routable", auto: "model_not_listed" });
  });

  it("gives no reason against an endpoint that a fallback makes a candidate", () => {
    const strategy = {
      type: "optimistic",
      fallback: "all",
      refreshOnMiss: false,
      refreshTimeoutMs: 0,
    } as const;
    const falling = makeRoutingTable(all, { m1: ["ollama"] }, { strategy });
    const state = conditions(new Map([[ollama, "offline"]]));
    const decision = decideRoute(intent, falling, state, true);
    expect(names(decision)).toEqual(["vllm", "auto"]);
    expect(rules(decision)).toEqual({ ollama: "not_routable" });
  });

  it("decides the same with and without the explanation", () => {
    const state = conditions(new Map([[vllm, "offline"]]));
    const { excluded: live, ...decision } = decideRoute(intent, table, state);
    const { excluded: full, ...explained } = decideRoute(intent, table, state, true);
    expect(explained).toEqual(decision);
    expect(full).toEqual(expect.arrayContaining([...live]));
  });
});
