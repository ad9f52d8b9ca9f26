import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { chat, readEvents } from "./harness/chat.ts";
import { until } from "./harness/gateway.ts";
import { send } from "./harness/http-client.ts";
import { startEvents, startScriptedWorld, toEvent } from "./harness/scripted-world.ts";
import { createShiftingClock } from "./harness/shifting-clock.ts";

interface Figures {
  readonly name: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly tokens_per_second: number;
  readonly avg_first_token_ms: number;
}

/** The figures of the one model, once its request was counted. */
async function figuresOf(url: string): Promise<Figures> {
  const read = async (): Promise<Record<"models" | "endpoints", readonly Figures[]>> => {
    const { text } = await send(url, { path: "/internal/stats/tokens" });
    return JSON.parse(text) as Record<"models" | "endpoints", readonly Figures[]>;
  };
  await until(async () => (await read()).models.length > 0);
  const { models, endpoints } = await read();
  expect(endpoints).toEqual(models);
  const [only] = models;
  if (only === undefined) throw new Error("the statistics show no model");
  return only;
}

const LAST_LINE = {
  model: "scripted",
  done: true,
  prompt_eval_count: 40,
  eval_count: 17,
  total_duration: 9e8,
  load_duration: 1e8,
  prompt_eval_duration: 25e7,
  eval_duration: 5e8,
};
const USAGE = { prompt_tokens: 40, completion_tokens: 17, total_tokens: 57 };
const OF_OLLAMA = { input_tokens: 40, output_tokens: 17, tokens_per_second: 34 };

describe.each(["olla", "sherpa"])("figures of tokens with engine %s", (engine) => {
  it("PV-57 are those that a whole answer of Ollama states", async () => {
    await using world = await startScriptedWorld({ engine, kind: "ollama" });
    world.answerJson({ ...LAST_LINE, message: { role: "assistant", content: "mild" } });
    const path = "/olla/ollama/api/chat";
    await (await chat(world.url, { path, model: "scripted", stream: false })).text();
    expect(await figuresOf(world.url)).toMatchObject({ ...OF_OLLAMA, avg_first_token_ms: 250 });
  });

  it("PV-59 are those that the last line of a stream of Ollama states", async () => {
    await using world = await startScriptedWorld({ engine, kind: "ollama" });
    world.answer((response) => {
      response.writeHead(200, { "Content-Type": "application/x-ndjson" });
      const content = "mild ".repeat(4_000);
      response.write(`${JSON.stringify({ message: { content }, done: false })}\n`);
      response.end(`${JSON.stringify(LAST_LINE)}\n`);
    });
    const path = "/olla/ollama/api/chat";
    await (await chat(world.url, { path, model: "scripted", stream: true })).text();
    expect(await figuresOf(world.url)).toMatchObject({ ...OF_OLLAMA, avg_first_token_ms: 250 });
    const { text } = await send(world.url, { path: "/internal/metrics" });
    expect(text).toMatch(/^olla_model_tokens_per_second\{model="scripted"\} 34$/m);
    expect(text).toMatch(/^olla_endpoint_first_token_ms\{endpoint="scripted"\} 250$/m);
  });

  it.each([true, false])(
    "PV-58 are measured of an OpenAI stream, which states its tokens alone, if at all (%s)",
    async (statesTokens) => {
      const clock = createShiftingClock();
      const checks = { interval: "1h", timeout: "5s" };
      await using world = await startScriptedWorld({ engine, kind: "vllm", clock, checks });
      const parts = [
        toEvent({ choices: [{ index: 0, delta: { role: "assistant", content: "" } }] }),
        toEvent({ choices: [{ index: 0, delta: { content: "mild" } }] }),
        toEvent({ choices: [], ...(statesTokens && { usage: USAGE }) }) + toEvent("[DONE]"),
      ];
      const turns = parts.map(() => Promise.withResolvers<undefined>());
      world.answer(async (response) => {
        startEvents(response);
        for (const [index, part] of parts.entries()) {
          await turns[index]?.promise;
          response.write(part);
        }
        response.end();
      });
      const response = await chat(world.url, { model: "scripted", stream: true });
      const reader = response.body?.getReader();
      for (const [index, pauseMs] of [0, 2_000, 16_000].entries()) {
        clock.shift(pauseMs);
        turns[index]?.resolve(undefined);
        await reader?.read();
      }
      const figures = await figuresOf(world.url);
      expect(figures.avg_first_token_ms).toBeGreaterThanOrEqual(2_000);
      expect(figures.avg_first_token_ms).toBeLessThan(16_000);
      expect(figures.output_tokens).toBe(statesTokens ? 17 : 0);
      expect(figures.tokens_per_second > 0).toBe(statesTokens);
      expect(figures.tokens_per_second).toBeLessThanOrEqual(1);
    },
  );

  it("PV-58 hold no speed of a stream that came in one piece", async () => {
    await using world = await startScriptedWorld({ engine, kind: "vllm" });
    world.answer((response) => {
      startEvents(response);
      const chunk = toEvent({ choices: [{ index: 0, delta: { content: "mild" } }] });
      response.write(chunk + toEvent({ choices: [], usage: USAGE }) + toEvent("[DONE]"));
      response.end();
    });
    await readEvents(await chat(world.url, { model: "scripted", stream: true }));
    const figures = await figuresOf(world.url);
    expect(figures).toMatchObject({ output_tokens: 17, tokens_per_second: 0 });
    expect(figures.avg_first_token_ms).toBeGreaterThan(0);
  });

  it.each([true, false])("PV-60 are those of llama.cpp's timings (stream %s)", async (stream) => {
    await using world = await startScriptedWorld({ engine, kind: "llamacpp" });
    const timings = { prompt_n: 40, prompt_ms: 80, predicted_n: 17, predicted_per_second: 12.5 };
    const delta = { content: "mild" };
    if (stream) {
      world.answerEvents(
        { choices: [{ index: 0, delta }] },
        { choices: [{ index: 0, delta: {}, finish_reason: "stop" }], timings },
        "[DONE]",
      );
    } else world.answerJson({ choices: [{ index: 0, message: delta }], timings });
    await (await chat(world.url, { model: "scripted", stream })).text();
    expect(await figuresOf(world.url)).toMatchObject({
      input_tokens: 40,
      output_tokens: 17,
      tokens_per_second: 12.5,
      avg_first_token_ms: 80,
    });
  });

  it("are read as a profile of the user says, also of a translated answer", async () => {
    const folder = mkdtempSync(join(tmpdir(), "olla-profiles-"));
    writeFileSync(
      join(folder, "house.yaml"),
      `name: house
extends: openai-compatible
metrics:
  extraction:
    paths: { in: "$.stats.in", out: "$.stats.out", input_tokens: "$.stats.in", output_tokens: "$.stats.out" }
    calculations: { tokens_per_second: "out * 2", ttft_ms: "in + 1", total_ms: "in +" }
`,
    );
    try {
      await using world = await startScriptedWorld({
        engine,
        kind: "house",
        more: `profiles_dir: ${folder}`,
      });
      const message = { role: "assistant", content: "mild" };
      world.answerJson({ choices: [{ index: 0, message }], stats: { in: 40, out: 17 } });
      const path = "/olla/openai/v1/chat/completions";
      await (await chat(world.url, { path, model: "scripted", stream: false })).text();
      const figures = { tokens_per_second: 34, avg_first_token_ms: 41 };
      expect(await figuresOf(world.url)).toMatchObject({
        ...figures,
        input_tokens: 40,
        output_tokens: 17,
      });
      const asked = { path: "/olla/proxy/api/chat", model: "scripted", stream: false };
      expect(await (await chat(world.url, asked)).text()).toContain("mild");
      await until(async () => {
        const { text } = await send(world.url, { path: "/internal/stats/tokens" });
        return text.includes('"requests":2');
      });
      expect(await figuresOf(world.url)).toMatchObject({ ...figures, output_tokens: 17 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
