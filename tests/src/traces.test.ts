import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { chat, readEvents } from "./harness/chat.ts";
import { startCollector, type CollectedSpan, type FakeCollector } from "./harness/collector.ts";
import { configFor, startGateway, until, type ConfigOptions } from "./harness/gateway.ts";
import { open, postJson, send, valuesOf, type Answer } from "./harness/http-client.ts";
import { parseMetrics } from "./harness/prometheus.ts";
import { startScriptedBackend } from "./harness/scripted-backend.ts";
import { startWorld, traffic } from "./harness/world.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const SAMPLED = { traceparent: `00-${TRACE}-${PARENT}-01` };
const CHAT = "/olla/openai/v1/chat/completions";

function traced({ endpoint }: Pick<FakeCollector, "endpoint">, more = ""): ConfigOptions {
  const traces = `enabled: true, endpoint: "${endpoint}"${more}`;
  return { more: `telemetry: { traces: { ${traces} } }` };
}

/** Only an answer that is a refusal. */
async function refused(asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked;
  if (answer.status < 500) throw new Error(`answered with ${answer.status}`);
  return answer;
}

function named(spans: readonly CollectedSpan[], name: string): CollectedSpan {
  const found = spans.find((span) => span.name === name);
  if (found === undefined) throw new Error(`no ${name} in ${spans.map((one) => one.name).join()}`);
  return found;
}

describe.each(["olla", "sherpa"])("traces with engine %s", (engine) => {
  it("have a span of the request and one of each of its parts, under the client's", async () => {
    await using collector = await startCollector();
    const models = [{ id: "m1", reply: "one two three four" }];
    await using world = await startWorld({ only: { models } }, { engine, ...traced(collector) });
    const asked = { model: "m1", stream: true, content: "a secret question" };
    const response = await chat(world.url, {
      ...asked,
      path: `${CHAT}?key=hidden`,
      headers: { ...SAMPLED, tracestate: "vendor=1", authorization: "Bearer hidden" },
    });
    await readEvents(response);
    const spans = await collector.trace(TRACE, "chat m1");
    const names = spans.map(({ name }) => name);
    expect(names.toSorted()).toEqual(["admit", "attempt", "chat m1", "first_token", "stream"]);
    const whole = named(spans, "chat m1");
    expect(whole).toMatchObject({
      kind: 2,
      parentSpanId: PARENT,
      failed: false,
      traceState: "vendor=1",
    });
    expect(whole.attributes).toMatchObject({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai-compatible",
      "gen_ai.request.model": "m1",
      "gen_ai.response.model": "m1",
      "http.response.status_code": 200,
      "olla.endpoint": "only",
      "olla.attempts": 1,
      "url.path": CHAT,
    });
    for (const part of spans) {
      expect(part.endedAt).toBeGreaterThanOrEqual(part.startedAt);
      if (part === whole) continue;
      expect(part.parentSpanId).toBe(whole.spanId);
      expect(part.startedAt).toBeGreaterThanOrEqual(whole.startedAt);
      expect(part.endedAt).toBeLessThanOrEqual(whole.endedAt);
    }
    expect(named(spans, "stream").startedAt).toBe(named(spans, "first_token").endedAt);
    const attempt = named(spans, "attempt");
    expect(attempt).toMatchObject({ kind: 3, failed: false });
    expect(attempt.attributes).toMatchObject({
      "server.address": "127.0.0.1",
      "server.port": Number(new URL(world.backends.only.url).port),
      "http.response.status_code": 200,
    });
    const { rawHeaders = [] } = traffic(world.backends.only)[0] ?? {};
    expect(valuesOf(rawHeaders, "traceparent")).toEqual([`00-${TRACE}-${attempt.spanId}-01`]);
    expect(valuesOf(rawHeaders, "tracestate")).toEqual(["vendor=1"]);
    expect(collector.bodies.join()).not.toMatch(/hidden|secret question|three/);
  });

  it("name tokens as the backend counts them", async () => {
    await using collector = await startCollector();
    const models = [{ id: "m1", reply: "one two three" }];
    await using world = await startWorld({ only: { models } }, { engine, ...traced(collector) });
    await postJson(
      world.url,
      CHAT,
      { model: "m1", messages: [{ role: "user", content: "a b" }] },
      SAMPLED,
    );
    const spans = await collector.trace(TRACE, "chat m1");
    expect(named(spans, "chat m1").attributes).toMatchObject({
      "gen_ai.usage.input_tokens": 2,
      "gen_ai.usage.output_tokens": 3,
    });
  });

  it("show both attempts of a request that a second endpoint answered", async () => {
    await using collector = await startCollector();
    const models = ["m1"];
    const options = {
      engine,
      balancer: "priority",
      priorities: { first: 200 },
      ...traced(collector),
    };
    await using world = await startWorld({ first: { models }, second: { models } }, options);
    await world.backends.first.setFault({ type: "reset-before-headers" });
    const answer = await chat(world.url, { model: "m1", headers: SAMPLED });
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
    const spans = await collector.trace(TRACE, "attempt", 2);
    const [failed, served] = spans.filter(({ name }) => name === "attempt");
    expect(failed).toMatchObject({
      failed: true,
      attributes: { "olla.endpoint": "first", "error.type": expect.stringMatching(/^upstream_/) },
    });
    expect(served).toMatchObject({
      failed: false,
      attributes: { "olla.endpoint": "second", "http.request.resend_count": 1 },
    });
    expect(failed?.endedAt).toBeLessThanOrEqual(served?.startedAt ?? 0);
    const { rawHeaders = [] } = traffic(world.backends.second)[0] ?? {};
    expect(valuesOf(rawHeaders, "traceparent")).toEqual([`00-${TRACE}-${served?.spanId}-01`]);
    expect(named(spans, "chat m1")).toMatchObject({ failed: false });
  });

  it("show a client that left as no failure, and how long it had to wait", async () => {
    await using collector = await startCollector();
    const models = ["m1"];
    await using world = await startWorld({ only: { models } }, { engine, ...traced(collector) });
    await world.backends.only.setFault({ type: "stall-after-tokens", tokens: 1 });
    const leaving = new AbortController();
    const response = await open(world.url, {
      method: "POST",
      path: CHAT,
      headers: { ...SAMPLED, "content-type": "application/json" },
      body: JSON.stringify({
        model: "m1",
        stream: true,
        messages: [{ role: "user", content: "x" }],
      }),
      signal: leaving.signal,
    });
    response.on("error", () => {});
    response.once("data", () => leaving.abort());
    const spans = await collector.trace(TRACE, "chat m1");
    expect(named(spans, "chat m1")).toMatchObject({
      failed: false,
      attributes: { "error.type": "client_aborted" },
    });
    expect(named(spans, "attempt").failed).toBe(false);
  });

  it("show a request that failed everywhere", async () => {
    await using collector = await startCollector();
    await using world = await startWorld(
      { only: { models: ["m1"] } },
      { engine, ...traced(collector) },
    );
    await world.backends.only.setFault({ type: "reset-before-headers" });
    const answer = await chat(world.url, { model: "m1", headers: SAMPLED });
    expect(answer.status).toBeGreaterThanOrEqual(500);
    const spans = await collector.trace(TRACE, "chat m1");
    expect(named(spans, "chat m1").failed).toBe(true);
    expect(named(spans, "attempt").failed).toBe(true);
  });
});

describe("traces", () => {
  it("begin anew for a request whose traceparent is malformed, without its tracestate", async () => {
    await using collector = await startCollector();
    await using world = await startWorld({ only: { models: ["m1"] } }, traced(collector));
    const headers = { traceparent: "00-zz-1-01", tracestate: "vendor=1" };
    await send(world.url, { path: "/olla/proxy/echo/x", headers });
    const { rawHeaders = [] } = traffic(world.backends.only)[0] ?? {};
    const [sent = "", ...others] = valuesOf(rawHeaders, "traceparent");
    expect(others).toEqual([]);
    expect(sent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/);
    expect(valuesOf(rawHeaders, "tracestate")).toEqual([]);
    const spans = await collector.trace(sent.slice(3, 35), "GET /olla/proxy");
    expect(named(spans, "GET /olla/proxy").parentSpanId).toBeUndefined();
    const line = world.gateway.log.find(({ message }) => message === "Access log");
    expect(line?.fields).toMatchObject({ trace_id: sent.slice(3, 35) });
  });

  it("are passed on but not recorded when the client does not sample", async () => {
    await using collector = await startCollector();
    await using world = await startWorld({ only: { models: ["m1"] } }, traced(collector));
    const unsampled = { traceparent: `00-${TRACE}-${PARENT}-00` };
    await send(world.url, { path: "/olla/proxy/echo/x", headers: unsampled });
    const { rawHeaders = [] } = traffic(world.backends.only)[0] ?? {};
    const [sent = ""] = valuesOf(rawHeaders, "traceparent");
    expect(sent).toMatch(new RegExp(`^00-${TRACE}-[\\da-f]{16}-00$`));
    expect(sent).not.toContain(PARENT);
    await send(world.url, { path: "/olla/proxy/echo/x", headers: SAMPLED });
    await collector.trace(TRACE, "GET /olla/proxy");
    expect(collector.spans.filter(({ kind }) => kind === 2)).toHaveLength(1);
  });

  it("show a wait for room at an endpoint", async () => {
    await using collector = await startCollector();
    await using backend = await startScriptedBackend();
    const held: ServerResponse[] = [];
    backend.answer((_, response) => void held.push(response));
    const folder = mkdtempSync(join(tmpdir(), "olla-profiles-"));
    using _folder = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
    const limited = "characteristics: { max_concurrent_requests: 1 }";
    writeFileSync(
      join(folder, "house.yaml"),
      `name: house\nextends: openai-compatible\n${limited}\n`,
    );
    const { name, url } = backend;
    const { more = "" } = traced(collector);
    const config = configFor([{ name, url, kind: "house" }], {
      proxy: "  max_queued_per_endpoint: 1",
      more: `profiles_dir: ${folder}\n${more}`,
    });
    await using gateway = await startGateway({ config });
    const ask = (): Promise<Answer> =>
      postJson(gateway.url, CHAT, { model: "scripted", messages: [] }, SAMPLED);
    const served = [ask()];
    await until(() => held.length === 1);
    // One may wait: when one of these is refused, the other one does.
    const others = [ask(), ask()];
    await Promise.any(others.map((one) => refused(one)));
    served.push(...others);
    for (let turn = 0; turn < 2; turn += 1) {
      await until(() => held.length === 1);
      held.shift()?.end("{}");
    }
    await Promise.all(served);
    const spans = await collector.trace(TRACE, "chat scripted", 2);
    const [waited, ...none] = spans
      .filter(({ name: one }) => one === "chat scripted")
      .map(({ spanId }) => spans.filter(({ parentSpanId }) => parentSpanId === spanId))
      .filter((parts) => parts.some(({ name: one }) => one === "queue"));
    expect(none).toEqual([]);
    const parts = waited ?? [];
    const queue = named(parts, "queue");
    expect(queue.startedAt).toBeGreaterThanOrEqual(named(parts, "admit").endedAt);
    expect(queue.endedAt).toBeLessThanOrEqual(named(parts, "attempt").startedAt);
  });

  it("tell whose they are, with the fields that the collector asks for", async () => {
    await using collector = await startCollector();
    const more = `, service_name: edge, headers: { X-Key: secret-of-collector }`;
    const endpoint = `${collector.endpoint}?key=secret-of-collector`;
    const options = traced({ endpoint }, more);
    await using world = await startWorld({ only: { models: ["m1"] } }, options);
    await chat(world.url, { model: "m1", headers: SAMPLED });
    await collector.trace(TRACE, "chat m1");
    expect(collector.resource()).toMatchObject({ "service.name": "edge" });
    expect(collector.headers[0]).toMatchObject({ "x-key": "secret-of-collector" });
    expect(JSON.stringify(world.gateway.log)).not.toContain("secret-of-collector");
    const path = "/internal/ui/api/report?view=configuration";
    const { text } = await send(world.url, { path });
    expect(text).toContain("telemetry.traces.headers");
    expect(text).not.toContain("secret-of-collector");
  });

  it("of no request cost it anything when the collector is away; the spans are counted", async () => {
    const gone = await startCollector();
    await gone[Symbol.asyncDispose]();
    const options = traced(gone, ", timeout: 100ms, max_queue: 4");
    await using world = await startWorld({ only: { models: ["m1"] } }, options);
    const answers = [1, 2, 3].map(() => chat(world.url, { model: "m1", headers: SAMPLED }));
    for (const answer of await Promise.all(answers)) {
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
    }
    await until(async () => {
      const { text } = await send(world.url, { path: "/internal/metrics" });
      const { value } = parseMetrics(text);
      const full = value("olla_trace_spans_dropped_total", { reason: "queue_full" });
      const lost = value("olla_trace_spans_dropped_total", { reason: "not_taken" });
      return full > 0 && lost > 0 && value("olla_trace_spans_exported_total") === 0;
    });
    await until(() => world.gateway.log.some(({ message }) => message === "Spans are lost"));
  });

  it.each([1, 2])("are handed over at the end, of %d threads", async (workers) => {
    await using collector = await startCollector();
    {
      const options = { ...traced(collector), server: `  workers: ${workers}` };
      await using world = await startWorld({ only: { models: ["m1"] } }, options);
      const answer = await chat(world.url, { model: "m1", headers: SAMPLED });
      await answer.arrayBuffer();
      await until(() => world.gateway.log.some(({ message }) => message === "Access log"));
    }
    expect(collector.spans.map(({ name }) => name)).toContain("chat m1");
  });

  it("do not keep a gateway from ending whose collector never answers", async () => {
    await using collector = await startCollector();
    collector.respond(0);
    {
      await using world = await startWorld({ only: { models: ["m1"] } }, traced(collector));
      const answer = await chat(world.url, { model: "m1", headers: SAMPLED });
      await answer.arrayBuffer();
    }
    expect(collector.headers.length).toBeLessThanOrEqual(1);
  });

  it("come from every thread, and their counts are of all", async () => {
    await using collector = await startCollector();
    const options = { ...traced(collector), server: "  workers: 2" };
    await using world = await startWorld({ only: { models: ["m1"] } }, options);
    for (let turn = 0; turn < 30; turn += 1) {
      await postJson(world.url, CHAT, { model: "m1", messages: [] }, SAMPLED);
    }
    const spans = await collector.trace(TRACE, "chat m1", 30);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    await until(async () => {
      const { text } = await send(world.url, { path: "/internal/metrics" });
      const exported = parseMetrics(text).value("olla_trace_spans_exported_total");
      return exported === collector.spans.length;
    });
  });
});
