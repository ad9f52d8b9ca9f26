import { describe, expect, it } from "vitest";

import { makeEndpoint } from "../testing/make.ts";
import { type RoutedDecision, servedModel, upstreamModelName } from "./routing-decision.ts";
import type { ModelRoute } from "./routing-table.ts";

const [first, second] = [makeEndpoint({ slot: 0 }), makeEndpoint({ slot: 1 })];

function makeModel(name: string, upstreamNames: ReadonlyMap<number, string>): ModelRoute {
  return { slot: 0, name, endpoints: [first, second], upstreamNames };
}

function makeDecision(over: Partial<RoutedDecision>): RoutedDecision {
  return {
    action: "routed",
    strategy: "strict",
    reason: "model_found",
    candidates: [first, second],
    model: undefined,
    alias: undefined,
    excluded: [],
    ...over,
  };
}

describe("a decision for a model", () => {
  const model = makeModel("llama3", new Map([[1, "llama3:latest"]]));
  const decision = makeDecision({ model });

  it("sends the endpoint's own spelling where there is one", () => {
    expect(upstreamModelName(decision, first)).toBeUndefined();
    expect(upstreamModelName(decision, second)).toBe("llama3:latest");
  });

  it("counts for the model", () => {
    expect(servedModel(decision, first)).toBe(model);
  });
});

describe("a decision for an alias", () => {
  const small = makeModel("small", new Map());
  const large = makeModel("large", new Map([[1, "Large:8b"]]));
  const alias = {
    name: "chat",
    endpoints: [first, second],
    targets: new Map([
      [0, small],
      [1, large],
    ]),
  };
  const decision = makeDecision({ alias });

  it("RT-64 sends each endpoint the name of its own target", () => {
    expect(upstreamModelName(decision, first)).toBe("small");
    expect(upstreamModelName(decision, second)).toBe("Large:8b");
  });

  it("HI-26 counts for the target", () => {
    expect(servedModel(decision, first)).toBe(small);
    expect(servedModel(decision, second)).toBe(large);
  });
});

describe("a decision without a model", () => {
  it("changes no name and counts for no model", () => {
    expect(upstreamModelName(makeDecision({}), first)).toBeUndefined();
    expect(servedModel(makeDecision({}), first)).toBeUndefined();
  });
});
