import { createSharedState, type SharedState } from "@olla-ts/core";
import type { RequestOutcome } from "@olla-ts/core/ports";
import { makeEndpoint, makeOutcome } from "@olla-ts/core/testing";
import { array, assert, constantFrom, double, integer, property, record } from "fast-check";
import { describe, expect, it } from "vitest";

import { GEN_AI_SCALES, type GenAiFigures, GenAiRows } from "./gen-ai-rows.ts";
import { outcomeClass } from "./outcome-class.ts";

const OLLAMA = makeEndpoint({ type: "ollama" });

function makeModel(slot: number): NonNullable<RequestOutcome["model"]> {
  return { slot, name: `m${slot}`, endpoints: [], upstreamNames: new Map() };
}

function makeRows(capacity = 64, shared: SharedState = createSharedState()): GenAiRows {
  return new GenAiRows({ shared, capacity });
}

function add(rows: GenAiRows, over: Partial<RequestOutcome>): void {
  const outcome = makeOutcome({
    operation: "chat",
    endpoint: OLLAMA,
    model: makeModel(3),
    ...over,
  });
  rows.record(outcome, outcomeClass(outcome));
}

function count({ counts }: GenAiFigures["duration"]): number {
  return counts.reduce((sum, one) => sum + one, 0);
}

describe("GenAiRows", () => {
  it("keeps apart what labels tell apart", () => {
    const rows = makeRows();
    add(rows, {});
    add(rows, { operation: "embeddings" });
    add(rows, { model: makeModel(4) });
    add(rows, { endpoint: makeEndpoint({ type: "vllm" }) });
    add(rows, { code: "idle_timeout" });
    add(rows, { status: 404 });
    add(rows, { endpoint: undefined, model: undefined, code: "no_endpoint", status: 503 });
    add(rows, {});
    const figures = rows
      .read(["vllm", "ollama"])
      .map(({ duration, ...one }) => [
        one.operation,
        one.provider,
        one.modelSlot,
        one.error,
        count(duration),
      ]);
    expect(figures).toHaveLength(7);
    expect(figures).toEqual(
      expect.arrayContaining([
        ["chat", "ollama", 3, undefined, 2],
        ["embeddings", "ollama", 3, undefined, 1],
        ["chat", "ollama", 4, undefined, 1],
        ["chat", "vllm", 3, undefined, 1],
        ["chat", "ollama", 3, "idle_timeout", 1],
        ["chat", "ollama", 3, "4xx", 1],
        ["chat", undefined, undefined, "no_endpoint", 1],
      ]),
    );
  });

  it("counts for the model that was asked for what was sent to no endpoint", () => {
    const rows = makeRows();
    add(rows, { endpoint: undefined, model: undefined, unsentModel: makeModel(9) });
    expect(rows.read([])[0]?.modelSlot).toBe(9);
  });

  it("does not count what makes no tokens or vectors", () => {
    const rows = makeRows();
    add(rows, { operation: undefined });
    expect(rows.read([])).toEqual([]);
  });

  it.each([
    [10, 0],
    [10.001, 1],
    [0, 0],
    [81_920, 13],
    [81_921, 14],
  ])("puts %d ms into the bucket of its bound", (durationMs, bucket) => {
    const rows = makeRows();
    add(rows, { durationMs });
    const { counts, sum } = rows.read([])[0]?.duration ?? { counts: [], sum: 0 };
    expect(counts.indexOf(1)).toBe(bucket);
    expect(sum).toBeCloseTo(durationMs / 1_000, 6);
  });

  it("measures tokens of successes alone, but counts all that were spent", () => {
    const rows = makeRows();
    const told = { inputTokens: 5, outputTokens: 17, firstTokenMs: 90, tokensPerSecond: 50 };
    add(rows, told);
    add(rows, { ...told, code: "idle_timeout" });
    const sum = (name: "firstToken" | "outputToken" | "input" | "output"): number =>
      rows.read([]).reduce((total, figures) => total + figures[name].sum, 0);
    expect(sum("firstToken")).toBeCloseTo(0.09, 6);
    expect(sum("outputToken")).toBeCloseTo(0.02, 6);
    expect(sum("input")).toBe(10);
    expect(sum("output")).toBe(34);
  });

  it("has nothing between tokens where there is one alone, or nobody can tell", () => {
    const rows = makeRows();
    add(rows, { outputTokens: 1, tokensPerSecond: 50 });
    add(rows, { outputTokens: 9 });
    const figures = rows.read([])[0];
    expect(figures?.outputToken.sum).toBe(0);
    expect(figures?.firstToken.sum).toBe(0);
  });

  it("loses no request, whatever finds no row", () => {
    const requests = array(
      record({
        slot: integer({ min: 0, max: 200_000 }),
        type: integer({ min: 0, max: 90 }),
        operation: constantFrom("chat" as const, "embeddings" as const),
        durationMs: double({ min: 0, max: 1e6, noNaN: true }),
        inputTokens: integer({ min: 0, max: 1e9 }),
      }),
      { maxLength: 200 },
    );
    assert(
      property(requests, integer({ min: 1, max: 32 }), (all, capacity) => {
        const rows = makeRows(capacity);
        for (const { slot, type, ...one } of all) {
          add(rows, {
            ...one,
            model: makeModel(slot),
            endpoint: makeEndpoint({ type: `t${type}` }),
          });
        }
        const figures = rows.read([]);
        const counted = figures.reduce((sum, one) => sum + count(one.duration), 0);
        expect(counted).toBe(all.length);
        const tokens = figures.reduce((sum, one) => sum + one.input.sum, 0);
        expect(tokens).toBe(all.reduce((sum, one) => sum + one.inputTokens, 0));
        expect(figures.length).toBeLessThanOrEqual(capacity + 3);
      }),
    );
  });

  it("counts what finds no row apart from what has one, by operation", () => {
    const rows = makeRows(1);
    add(rows, { model: makeModel(1) });
    add(rows, { model: makeModel(2) });
    add(rows, { model: makeModel(3), operation: "embeddings" });
    const read = rows
      .read(["ollama"])
      .map(({ operation, modelSlot, isRest, duration }) => [
        operation,
        modelSlot,
        isRest,
        count(duration),
      ]);
    expect(read).toEqual([
      ["chat", 1, false, 1],
      ["chat", undefined, true, 1],
      ["embeddings", undefined, true, 1],
    ]);
  });

  it("forgets a model and nothing of others, and has room again", () => {
    const rows = makeRows(16);
    for (let slot = 0; slot < 12; slot += 1) add(rows, { model: makeModel(slot) });
    rows.forgetModel(5);
    const slots = rows.read([]).map(({ modelSlot }) => modelSlot);
    expect(slots).not.toContain(5);
    expect(slots).toHaveLength(11);
    for (let slot = 0; slot < 12; slot += 1) add(rows, { model: makeModel(slot) });
    const counts = new Map<number | undefined, number>();
    for (const { modelSlot, duration } of rows.read([])) {
      counts.set(modelSlot, (counts.get(modelSlot) ?? 0) + count(duration));
    }
    expect(counts.get(5)).toBe(1);
    expect(counts.get(7)).toBe(2);
  });

  it("is one table for all that share the memory, types included", () => {
    const shared = createSharedState();
    const one = makeRows(32, shared);
    const other = makeRows(32, createSharedState(shared.regions()));
    add(one, { endpoint: makeEndpoint({ type: "vllm" }) });
    add(other, { endpoint: makeEndpoint({ type: "ollama" }) });
    add(other, { endpoint: makeEndpoint({ type: "vllm" }) });
    const read = one
      .read(["ollama", "vllm"])
      .map(({ provider, duration }) => [provider, count(duration)]);
    expect(new Map(read as [string, number][])).toEqual(
      new Map([
        ["vllm", 2],
        ["ollama", 1],
      ]),
    );
  });

  it("calls a type other that nobody knows any more", () => {
    const rows = makeRows();
    add(rows, {});
    expect(rows.read(["vllm"])[0]?.provider).toBe("other");
  });

  it("has bounds that rise", () => {
    for (const { bounds } of Object.values(GEN_AI_SCALES)) {
      expect(bounds.toSorted((a, b) => a - b)).toEqual(bounds);
    }
  });
});
