import { APIError } from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";

import { anthropicClient, MESSAGES, question } from "../harness/anthropic.ts";
import { until } from "../harness/gateway.ts";
import { postJson, send } from "../harness/http-client.ts";
import { parseMetrics } from "../harness/prometheus.ts";
import { startWorld, type World } from "../harness/world.ts";

const MODEL = "pine:7b";

interface Tokens {
  readonly input: number;
  readonly output: number;
}

async function tokensOf(url: string): Promise<Tokens> {
  const { text } = await send(url, { path: "/internal/metrics" });
  const { value } = parseMetrics(text);
  return { input: value("olla_input_tokens_total"), output: value("olla_output_tokens_total") };
}

describe.each(["olla", "sherpa"])("figures of translated messages with engine %s", (engine) => {
  const models = [{ id: MODEL, reply: "one two three" }];

  function start(): Promise<World<"only">> {
    return startWorld({ only: { models } }, { engine });
  }

  it("TR-62 count the tokens of each message once, streamed or not", async () => {
    await using world = await start();
    const { messages } = anthropicClient(world.url);
    await messages.create(question(MODEL, "one two"));
    await until(async () => (await tokensOf(world.url)).output === 3);
    expect(await tokensOf(world.url)).toEqual({ input: 2, output: 3 });
    await messages.stream(question(MODEL, "one two")).finalMessage();
    await until(async () => (await tokensOf(world.url)).output === 6);
    expect(await tokensOf(world.url)).toEqual({ input: 4, output: 6 });
  });

  it("count the tokens of a message that another endpoint answered once", async () => {
    await using world = await startWorld(
      { first: { models }, second: { models } },
      { engine, balancer: "priority", priorities: { first: 100, second: 50 } },
    );
    await world.backends.first.setFault({ type: "status", status: 503 });
    await anthropicClient(world.url).messages.create(question(MODEL, "one two"));
    await until(async () => (await tokensOf(world.url)).output === 3);
    expect(await tokensOf(world.url)).toEqual({ input: 2, output: 3 });
  });

  it("TR-62 count a backend's 500 and a broken stream as failed", async () => {
    await using world = await start();
    const { only } = world.backends;
    expect((await postJson(world.url, MESSAGES, question(MODEL))).status).toBe(200);
    await only.setFault({ type: "status", status: 500, times: 1 });
    expect((await postJson(world.url, MESSAGES, question(MODEL))).status).toBe(500);
    await only.setFault({ type: "reset-after-tokens", tokens: 1 });
    const broken = anthropicClient(world.url).messages.stream(question(MODEL)).finalMessage();
    await expect(broken).rejects.toBeInstanceOf(APIError);
    await until(async () => (await world.gateway.endpoint("only"))["requests"] === 3);
    const { text } = await send(world.url, { path: "/internal/stats/models" });
    expect(JSON.parse(text)).toMatchObject({
      models: [{ name: MODEL, total_requests: 3, successful_requests: 1, failed_requests: 2 }],
    });
  });

  it("write one line per request, with its mode, its tokens and no content", async () => {
    await using world = await start();
    await anthropicClient(world.url).messages.create(question(MODEL, "one secret"));
    const lines = (): typeof world.gateway.log =>
      world.gateway.log.filter(({ message }) => message === "Access log");
    await until(() => lines().length === 1);
    expect(lines()[0]?.fields).toMatchObject({
      path: MESSAGES,
      status: 200,
      endpoint: "only",
      mode: "translated",
      input_tokens: 2,
      output_tokens: 3,
    });
    expect(JSON.stringify(world.gateway.log)).not.toMatch(/one secret|one two three|client-secret/);
  });

  it("have nothing in flight when a hundred messages are done", async () => {
    await using world = await start();
    const { messages } = anthropicClient(world.url);
    const done = Array.from({ length: 100 }, (_, turn) =>
      turn % 2 === 0
        ? messages.create(question(MODEL))
        : messages.stream(question(MODEL)).finalMessage(),
    );
    for (const { stop_reason: reason } of await Promise.all(done)) expect(reason).toBe("end_turn");
    await until(async () => (await world.gateway.endpoint("only"))["connections"] === 0);
    await until(async () => (await tokensOf(world.url)).output === 300);
  });
});
