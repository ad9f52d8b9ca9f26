import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { BackendEndpoint } from "../backend/endpoint.ts";
import { LoadLoop } from "./loop.ts";
import type { LoadPlan } from "./plan.ts";

describe("LoadLoop", () => {
  let backend: BackendEndpoint;

  beforeEach(async () => {
    backend = new BackendEndpoint({ host: "127.0.0.1", port: 0, models: [] });
    await backend.open();
  });

  afterEach(() => backend.setMode("refuse"));

  function makePlan(over: Partial<LoadPlan>): LoadPlan {
    return {
      url: `http://127.0.0.1:${backend.port}/v1/chat/completions`,
      headers: {},
      models: ["sim-bytes1024"],
      mode: "closed",
      connections: 4,
      bodyBytes: 1_024,
      stream: false,
      tokens: 0,
      spreadMs: 0,
      warmMs: 0,
      warmAnswers: 0,
      measureMs: 50,
      silenceMs: 5_000,
      finish: true,
      watch: {},
      timeline: false,
      ...over,
    };
  }

  it("has an answer to every request when it lets the last ones end", async () => {
    const result = await new LoadLoop(makePlan({})).run();
    expect(result.answered).toBe(backend.counts().requests);
    expect(result).toMatchObject({ errors: {}, unanswered: 0 });
    expect(result.latency?.count).toBe(result.requests);
  });

  it("measures no sooner than so many were answered", async () => {
    const result = await new LoadLoop(makePlan({ warmAnswers: 500 })).run();
    expect(result.answered - result.requests).toBeGreaterThanOrEqual(500);
  });

  it("counts every token of its streams", async () => {
    const plan = makePlan({ stream: true, tokens: 20, models: ["sim-tokens20"] });
    const result = await new LoadLoop(plan).run();
    expect(result.answeredTokens).toBe(backend.counts().tokens);
  });

  it("tells what went wrong, also while it warms up", async () => {
    await backend.setMode(503);
    const result = await new LoadLoop(makePlan({ warmMs: 50, measureMs: 1 })).run();
    expect(result.answered).toBe(0);
    expect(result.errors["status 503"]).toBeGreaterThan(3);
    expect(result.firstError).toContain("forced");
  });

  it("gives a silent connection up", async () => {
    await backend.setMode("hang");
    const result = await new LoadLoop(makePlan({ silenceMs: 10, measureMs: 500 })).run();
    expect(result.errors["silent too long"]).toBeGreaterThanOrEqual(4);
  });

  it("holds streams open and leaves them", async () => {
    const plan = makePlan({
      mode: "hold",
      stream: true,
      tokens: 1_000,
      models: ["sim-tokens1000-every5"],
      warmMs: 1_000,
      finish: false,
    });
    const result = await new LoadLoop(plan).run();
    expect(result).toMatchObject({ held: 4, errors: {}, answered: 0 });
    await expect.poll(() => backend.counts().active).toBe(0);
  });
});
