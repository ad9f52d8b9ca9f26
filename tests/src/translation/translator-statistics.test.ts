import { APIError } from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";

import { anthropicClient, MESSAGES, question } from "../harness/anthropic.ts";
import { chat } from "../harness/chat.ts";
import { until } from "../harness/gateway.ts";
import { postJson, send } from "../harness/http-client.ts";
import { parseMetrics } from "../harness/prometheus.ts";
import { startEvents, startScriptedWorld, toEvent } from "../harness/scripted-world.ts";
import { startWorld, type World, type WorldOptions } from "../harness/world.ts";

const MODEL = "pine:7b";
const LATENCY = expect.stringMatching(/^\d+ms$|^\d+\.\ds$/) as string;

type Fields = Readonly<Record<string, unknown>>;

interface Document {
  readonly timestamp: string;
  readonly translators: readonly Fields[];
  readonly summary: Fields;
}

async function documentOf(url: string): Promise<Document> {
  const { status, headers, text } = await send(url, { path: "/internal/stats/translators" });
  expect(status).toBe(200);
  expect(headers["content-type"]).toMatch(/^application\/json/);
  return JSON.parse(text) as Document;
}

/** The document once it has counted so many requests: a request counts when it is over. */
async function countedAt(url: string, requests: number): Promise<Document> {
  await until(async () => (await documentOf(url)).summary["total_requests"] === requests);
  return documentOf(url);
}

describe.each(["olla", "sherpa"])("figures of translators with engine %s", (engine) => {
  function start(
    kind: "openai-compatible" | "vllm" | "anthropic" = "openai-compatible",
    options: WorldOptions = {},
  ): Promise<World<"only">> {
    const models = [{ id: MODEL, reply: "one two three" }];
    return startWorld({ only: { kind, models } }, { engine, ...options });
  }

  it("HI-28 are empty before the first Anthropic call, and of one translator after it", async () => {
    await using world = await start();
    const empty = await documentOf(world.url);
    expect(empty.translators).toEqual([]);
    expect(empty.summary).toEqual({
      total_translators: 0,
      active_translators: 0,
      total_requests: 0,
      overall_success_rate: "N/A",
      overall_passthrough_rate: "N/A",
      total_passthrough: 0,
      total_translations: 0,
      total_streaming: 0,
      total_non_streaming: 0,
      total_input_tokens: 0,
      total_output_tokens: 0,
    });
    expect(Date.parse(empty.timestamp)).toBeGreaterThan(0);
    await anthropicClient(world.url).messages.create(question(MODEL, "one two"));
    const { translators, summary } = await countedAt(world.url, 1);
    expect(translators).toEqual([
      {
        translator_name: "anthropic",
        total_requests: 1,
        successful_requests: 1,
        failed_requests: 0,
        refused_requests: 0,
        aborted_requests: 0,
        success_rate: "100%",
        passthrough_requests: 0,
        translation_requests: 1,
        passthrough_rate: "0%",
        streaming_requests: 0,
        non_streaming_requests: 1,
        fallback_no_compatible_endpoints: 0,
        fallback_translator_does_not_support_passthrough: 0,
        fallback_cannot_passthrough: 1,
        average_latency: LATENCY,
        average_time_to_first_token: "0ms",
        p95_time_to_first_token: "0ms",
        responses_by_status: { "2xx": 1, "3xx": 0, "4xx": 0, "5xx": 0 },
        input_tokens: 2,
        output_tokens: 3,
        dropped_fields: {},
        last_requested: "0s ago",
      },
    ]);
    expect(summary).toMatchObject({ total_translators: 1, active_translators: 1 });
  });

  it("TR-62 HI-29 move by mode and by stream", async () => {
    const backends = {
      native: { kind: "vllm" as const, models: ["native"] },
      other: { models: ["other"] },
    };
    await using world = await startWorld(backends, { engine });
    const { messages } = anthropicClient(world.url);
    await messages.create(question("native"));
    expect((await countedAt(world.url, 1)).translators).toMatchObject([
      { passthrough_requests: 1, translation_requests: 0, fallback_cannot_passthrough: 0 },
    ]);
    await messages.create(question("other"));
    expect((await countedAt(world.url, 2)).translators).toMatchObject([
      { passthrough_requests: 1, translation_requests: 1, fallback_cannot_passthrough: 1 },
    ]);
    await messages.stream(question("native")).finalMessage();
    await messages.stream(question("other")).finalMessage();
    const { translators, summary } = await countedAt(world.url, 4);
    expect(translators).toMatchObject([
      {
        passthrough_requests: 2,
        translation_requests: 2,
        passthrough_rate: "50.0%",
        streaming_requests: 2,
        non_streaming_requests: 2,
      },
    ]);
    expect(summary).toMatchObject({
      overall_success_rate: "100%",
      overall_passthrough_rate: "50.0%",
      total_passthrough: 2,
      total_translations: 2,
      total_streaming: 2,
      total_non_streaming: 2,
    });
  });

  it.each(["openai-compatible", "vllm"] as const)(
    "TR-62 count a 500 of %s as failed, and answers by their status",
    async (kind) => {
      await using world = await start(kind);
      const { only } = world.backends;
      expect((await postJson(world.url, MESSAGES, question(MODEL))).status).toBe(200);
      for (const status of [500, 400]) {
        await only.setFault({ type: "status", status, times: 1 });
        expect((await postJson(world.url, MESSAGES, question(MODEL))).status).toBe(status);
      }
      expect((await countedAt(world.url, 3)).translators).toMatchObject([
        {
          successful_requests: 2,
          failed_requests: 1,
          success_rate: "66.7%",
          responses_by_status: { "2xx": 1, "4xx": 1, "5xx": 1 },
        },
      ]);
    },
  );

  it("TR-62 count a broken stream as failed", async () => {
    await using world = await start();
    await world.backends.only.setFault({ type: "reset-after-tokens", tokens: 1 });
    const broken = anthropicClient(world.url).messages.stream(question(MODEL)).finalMessage();
    await expect(broken).rejects.toBeInstanceOf(APIError);
    expect((await countedAt(world.url, 1)).translators).toMatchObject([
      { failed_requests: 1, streaming_requests: 1, success_rate: "0%" },
    ]);
  });

  it("TR-62 count requests that were refused as translations, with what they lacked", async () => {
    await using world = await start();
    const faulty = { ...question(MODEL), max_tokens: "many" };
    expect((await postJson(world.url, MESSAGES, faulty)).status).toBe(400);
    expect((await postJson(world.url, MESSAGES, { messages: [] })).status).toBe(400);
    expect((await postJson(world.url, MESSAGES, question("nobody"))).status).toBe(404);
    expect((await countedAt(world.url, 3)).translators).toMatchObject([
      {
        translator_name: "anthropic",
        successful_requests: 0,
        failed_requests: 0,
        refused_requests: 3,
        success_rate: "N/A",
        translation_requests: 3,
        fallback_no_compatible_endpoints: 1,
        fallback_cannot_passthrough: 0,
        responses_by_status: { "4xx": 3 },
      },
    ]);
  });

  it.each(["openai-compatible", "vllm"] as const)(
    "TR-62 sum the tokens of %s, and time the first one of streams",
    async (kind) => {
      await using world = await start(kind);
      const { messages } = anthropicClient(world.url);
      await messages.create(question(MODEL, "one two"));
      await messages.stream(question(MODEL, "one two")).finalMessage();
      const { translators, summary } = await countedAt(world.url, 2);
      expect(translators).toMatchObject([{ input_tokens: 4, output_tokens: 6 }]);
      expect(summary).toMatchObject({ total_input_tokens: 4, total_output_tokens: 6 });
      const { text } = await send(world.url, { path: "/internal/metrics" });
      const { value } = parseMetrics(text);
      const labels = { translator: "anthropic" };
      expect(value("olla_translator_avg_time_to_first_token_ms", labels)).toBeGreaterThan(0);
      expect(value("olla_translator_output_tokens_total", labels)).toBe(6);
      const responses = { ...labels, status: "2xx" };
      expect(value("olla_translator_responses_total", responses)).toBe(2);
    },
  );

  it("TR-62 take no begin and no ping of a stream for its first token", async () => {
    await using world = await startScriptedWorld({ engine, proxy: "  stream_keep_alive: 50ms" });
    const pinged = Promise.withResolvers<void>();
    world.answer(async (response) => {
      startEvents(response);
      await pinged.promise;
      const choice = { index: 0, delta: { content: "Yes." }, finish_reason: "stop" };
      response.end(toEvent({ choices: [choice] }) + toEvent("[DONE]"));
    });
    const { body } = await fetch(world.url + MESSAGES, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...question("scripted"), stream: true }),
    });
    let text = "";
    for await (const piece of body ?? []) {
      text += Buffer.from(piece).toString("utf8");
      if (text.split("event: ping").length > 3) pinged.resolve();
    }
    await countedAt(world.url, 1);
    const metrics = parseMetrics((await send(world.url, { path: "/internal/metrics" })).text);
    const labels = { translator: "anthropic" };
    const firstTokenMs = metrics.value("olla_translator_avg_time_to_first_token_ms", labels);
    expect(firstTokenMs, "the begin and two silences came before it").toBeGreaterThan(90);
  });

  it("TR-62 count what could not be said, under a bounded number of names", async () => {
    await using world = await start();
    const lossy = { ...question(MODEL), service_tier: "auto", mcp_servers: [] };
    await postJson(world.url, MESSAGES, lossy);
    const tools = [{ type: "web_search_20250305", name: "web_search" }];
    await postJson(world.url, MESSAGES, { ...lossy, tools });
    expect((await countedAt(world.url, 2)).translators).toMatchObject([
      { dropped_fields: { mcp_servers: 2, service_tier: 2, other: 1 } },
    ]);
  });

  it("leave alone what needs no translation, and counts of tokens", async () => {
    await using world = await start();
    await (await chat(world.url, { model: MODEL })).text();
    await (await chat(world.url, { model: "nobody" })).text();
    await anthropicClient(world.url).messages.countTokens({
      model: MODEL,
      messages: [{ role: "user", content: "one two" }],
    });
    await anthropicClient(world.url).messages.create(question(MODEL));
    expect((await countedAt(world.url, 1)).translators).toMatchObject([
      { translator_name: "anthropic", total_requests: 1 },
    ]);
  });

  it("TR-62 are those of the OpenAI chat when that is what needs a translation", async () => {
    await using world = await start("anthropic");
    const path = "/olla/openai/v1/chat/completions";
    const body = { model: MODEL, messages: [{ role: "user", content: "hi" }] };
    expect((await postJson(world.url, path, body)).status).toBe(200);
    expect((await countedAt(world.url, 1)).translators).toMatchObject([
      { translator_name: "openai-chat", translation_requests: 1, output_tokens: 3 },
    ]);
    await anthropicClient(world.url).messages.create(question(MODEL));
    await anthropicClient(world.url).messages.create(question(MODEL));
    expect((await countedAt(world.url, 3)).translators).toMatchObject([
      { translator_name: "anthropic", total_requests: 2 },
      { translator_name: "openai-chat", total_requests: 1 },
    ]);
  });
});
