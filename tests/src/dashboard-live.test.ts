import type { IncomingMessage } from "node:http";

import type { LiveReport, LiveRequest } from "@olla-ts/core/ports";
import { describe, expect, it } from "vitest";

import { chat } from "./harness/chat.ts";
import { configFor, startGateway, until } from "./harness/gateway.ts";
import { open, send } from "./harness/http-client.ts";
import { makeFolder, startRunning } from "./harness/program.ts";
import { startWorld } from "./harness/world.ts";

const API = "/internal/ui/api/";
const MODEL = "llama3.2:3b";

async function report(url: string, view: string): Promise<LiveReport> {
  const { text } = await send(url, { path: `${API}report?view=${view}` });
  return JSON.parse(text) as LiveReport;
}

async function requestsOf(url: string): Promise<readonly LiveRequest[]> {
  return (await report(url, "requests")).requests.requests;
}

/** Reads an event stream; `of` resolves with the next document of a topic. */
function readStream(response: IncomingMessage) {
  let text = "";
  response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  return {
    ended: new Promise<void>((resolve) => {
      response.on("close", () => resolve());
    }),
    async of<Topic extends keyof LiveReport>(topic: Topic): Promise<LiveReport[Topic]> {
      const pattern = new RegExp(`^event: ${topic}\\ndata: (.*)\\n\\n`, "m");
      await until(() => pattern.test(text));
      const found = pattern.exec(text);
      text = text.slice((found?.index ?? 0) + (found?.[0].length ?? 0));
      return JSON.parse(found?.[1] ?? "") as LiveReport[Topic];
    },
  };
}

describe("what the dashboard is told of a request", () => {
  it("is where it went and why, and nothing of its content", async () => {
    await using world = await startWorld({ a: { models: [MODEL] }, b: { models: ["other"] } });
    const answer = await chat(world.url, {
      path: "/olla/openai/v1/chat/completions?api_key=hunter2&x=1",
      content: "my secret diary",
      headers: {
        Authorization: "Bearer hunter2",
        "X-Request-ID": "told-1",
        "User-Agent": "test/1",
      },
    });
    await answer.arrayBuffer();
    const { text } = await send(world.url, { path: `${API}report?view=requests` });
    expect(text).not.toContain("hunter2");
    expect(text).not.toContain("diary");
    const [told] = (JSON.parse(text) as LiveReport).requests.requests;
    expect(told).toMatchObject({
      sequence: 0,
      id: "told-1",
      method: "POST",
      path: "/olla/openai/v1/chat/completions",
      client: "127.0.0.1",
      userAgent: "test/1",
      operation: "chat",
      model: MODEL,
      stream: false,
      translated: false,
      status: 200,
      endpoint: "a",
      strategy: "strict",
      action: "routed",
      reason: "model_found",
      candidates: ["a"],
      attempts: [{ endpoint: "a", answered: true }],
    });
    expect(told?.durationMs).toBeGreaterThan(0);
    expect(told?.outputTokens).toBeGreaterThan(0);
    expect(told?.code).toBeUndefined();
  });

  it("names the endpoints that were left out, and those tried in vain", async () => {
    await using world = await startWorld(
      { a: { models: [MODEL] }, b: { models: [MODEL] }, c: { models: [MODEL] } },
      { balancer: "priority", priorities: { a: 300, b: 200, c: 100 } },
    );
    await world.backends.b.kill();
    await (await chat(world.url)).arrayBuffer();
    await until(async () => (await world.gateway.endpoint("b"))["status"] !== "healthy");
    await world.backends.a.setFault({ type: "status", status: 503 });
    await (await chat(world.url)).arrayBuffer();
    const told = (await requestsOf(world.url)).at(-1);
    expect(told?.candidates).toEqual(["a", "c"]);
    expect(told?.excluded).toEqual([
      { endpoint: "b", rule: "not_routable", detail: "status is offline" },
    ]);
    expect(told?.attempts).toEqual([
      { endpoint: "a", answered: false, code: "upstream_busy" },
      { endpoint: "c", answered: true },
    ]);
  });

  it("is also told of what was refused, and where an alias led", async () => {
    await using world = await startWorld(
      { a: { models: [MODEL] } },
      { more: `model_aliases: { house: ["${MODEL}"] }` },
    );
    await (await chat(world.url, { model: "nobody-has-it" })).arrayBuffer();
    await (await chat(world.url, { model: "house" })).arrayBuffer();
    const [refused, aliased] = await requestsOf(world.url);
    expect(refused).toMatchObject({
      status: 404,
      code: "model_not_found",
      action: "rejected",
      attempts: [],
    });
    expect(aliased).toMatchObject({ model: "house", servedModel: MODEL, strategy: "alias" });
  });

  it("is cut short where a client's text is long", async () => {
    await using world = await startWorld({ a: { models: [MODEL] } });
    const long = "x".repeat(5_000);
    const path = `/olla/openai/v1/${long}?q=${long}`;
    await (await chat(world.url, { path, headers: { "User-Agent": long } })).arrayBuffer();
    const [told] = await requestsOf(world.url);
    for (const text of [told?.path, told?.query, told?.userAgent]) {
      expect(text?.length).toBeGreaterThan(200);
      expect(text?.length).toBeLessThan(300);
    }
  });

  it("is kept for the latest requests alone", async () => {
    await using world = await startWorld(
      { a: { models: [MODEL] } },
      { more: "dashboard: { recent_requests: 3 }" },
    );
    for (let turn = 0; turn < 5; turn += 1) await (await chat(world.url)).arrayBuffer();
    // Serving threads tell of their requests a little later.
    await until(async () => (await report(world.url, "requests")).requests.first === 2);
    const { requests } = await report(world.url, "requests");
    expect(requests).toMatchObject({ first: 2, kept: 3 });
    expect(requests.requests.map(({ sequence }) => sequence)).toEqual([2, 3, 4]);
  });
});

describe("what the dashboard is told of the gateway", () => {
  it("is the state of endpoints and models, as numbers", async () => {
    await using world = await startWorld({
      a: { models: [MODEL, "other"] },
      b: { models: [MODEL] },
    });
    await (await chat(world.url, { stream: true })).arrayBuffer();
    const { overview, endpoints } = await report(world.url, "endpoints");
    expect(overview).toMatchObject({
      status: "healthy",
      problems: [],
      endpoints: { total: 2, healthy: 2, routable: 2 },
      models: 2,
      inFlight: 0,
      totals: { requests: 1, succeeded: 1 },
    });
    const served = endpoints.find(({ requests }) => requests === 1);
    expect(served).toMatchObject({ breaker: "closed", successPercent: 100, lastErrors: [] });
    expect(served?.recent.requestsPerSecond).toBeGreaterThan(0);
    expect(served?.recent.firstTokenMs).toBeGreaterThan(0);
    const { models } = await report(world.url, "models");
    const model = models.find(({ name }) => name === MODEL);
    expect(model).toMatchObject({ requests: 1, failed: 0 });
    expect(model?.endpoints).toEqual([
      { name: "a", state: expect.any(String), routable: true },
      { name: "b", state: expect.any(String), routable: true },
    ]);
  });

  it("is what is wrong now, the worst first, with the latest errors of an endpoint", async () => {
    await using world = await startWorld({ a: { models: [MODEL] }, b: { models: [MODEL] } });
    await world.backends.a.kill();
    await world.backends.b.kill();
    await (await chat(world.url)).arrayBuffer();
    await until(
      async () => (await report(world.url, "endpoints")).overview.endpoints.routable === 0,
    );
    const { overview, endpoints } = await report(world.url, "endpoints");
    expect(overview.status).toBe("critical");
    expect(overview.problems[0]).toMatchObject({
      severity: "critical",
      message: "No endpoint can take requests.",
    });
    expect(overview.problems.map(({ endpoint }) => endpoint)).toEqual(
      expect.arrayContaining(["a", "b"]),
    );
    const errors = endpoints.flatMap(({ lastErrors }) => lastErrors.map(({ code }) => code));
    expect(errors).toContain("upstream_connect");
  });

  it("is limits, refusals and sessions", async () => {
    await using world = await startWorld(
      { a: { models: [MODEL] } },
      {
        proxy: "  sticky_sessions: { enabled: true }",
        rateLimits:
          "{ per_ip_requests_per_minute: 60, global_requests_per_minute: 0, burst_size: 1 }",
      },
    );
    for (let turn = 0; turn < 3; turn += 1) await (await chat(world.url)).arrayBuffer();
    const { limits } = await report(world.url, "limits");
    expect(limits).toMatchObject({ perClientPerMinute: 60, globalPerMinute: 0, burst: 1 });
    expect(limits.refusals.rate_limited).toBeGreaterThan(0);
    expect(limits.sticky).toMatchObject({ maxSessions: 10_000 });
  });
});

describe("an event stream of the dashboard", () => {
  it("begins with everything and goes on with what is new", async () => {
    await using world = await startWorld({ a: { models: [MODEL] } });
    await (await chat(world.url)).arrayBuffer();
    const response = await open(world.url, { path: `${API}events?view=requests` });
    expect(response.headers).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-frame-options": "DENY",
    });
    const stream = readStream(response);
    expect((await stream.of("overview")).totals.requests).toBe(1);
    expect(await stream.of("requests")).toMatchObject({ first: 0, requests: [{ sequence: 0 }] });
    await (await chat(world.url)).arrayBuffer();
    expect(await stream.of("requests")).toMatchObject({ first: 1, requests: [{ sequence: 1 }] });
    response.destroy();
  });

  it("brings a change of an endpoint", async () => {
    await using world = await startWorld({ a: { models: [MODEL] } });
    const response = await open(world.url, { path: `${API}events?view=endpoints` });
    const stream = readStream(response);
    expect((await stream.of("endpoints"))[0]?.status).toBe("healthy");
    await world.backends.a.kill();
    await until(async () => (await stream.of("endpoints"))[0]?.status === "offline");
    response.destroy();
  });

  it("is one of so many; further pages poll", async () => {
    await using world = await startWorld(
      { a: { models: [MODEL] } },
      { more: "dashboard: { max_streams: 1 }" },
    );
    const path = `${API}events`;
    const first = await open(world.url, { path });
    const refused = await send(world.url, { path });
    expect(refused.status).toBe(503);
    expect(refused.headers["retry-after"]).toBe("15");
    first.destroy();
    await until(async () => {
      const again = await open(world.url, { path });
      again.destroy();
      return again.statusCode === 200;
    });
  });

  it("ends when the gateway drains, and holds nothing up", async () => {
    using folder = makeFolder();
    await using gateway = await startRunning(["serve"], {
      cwd: folder.path,
      env: { OLLA_LOGGING_LEVEL: "info" },
    });
    const stream = readStream(await open(gateway.url, { path: `${API}events` }));
    await stream.of("overview");
    gateway.kill("SIGTERM");
    await stream.ended;
    const { status, stdout, stderr } = await gateway.end;
    expect(status).toBe(0);
    expect(stdout + stderr).not.toContain("Stopped with requests in flight");
  });
});

function hosts(name: string): string {
  return configFor([], { more: `dashboard: { access_policy: { allowed_hosts: [${name}] } }` });
}

describe("a configuration that is put in force later", () => {
  it("decides who may look, is shown, and ends no stream", async () => {
    await using gateway = await startGateway({ config: hosts("first.example") });
    const statusFor = async (host: string): Promise<number> =>
      (await send(gateway.url, { path: "/internal/ui/", headers: { Host: host } })).status;
    const response = await open(gateway.url, { path: `${API}events?view=configuration` });
    const stream = readStream(response);
    const allowed = async (): Promise<unknown> =>
      (await stream.of("configuration")).settings.find(({ key }) => key.endsWith("allowed_hosts"))
        ?.value;
    expect(await allowed()).toEqual(["first.example"]);
    expect([await statusFor("first.example"), await statusFor("second.example")]).toEqual([
      200, 403,
    ]);
    await gateway.reload(hosts("second.example"));
    expect(await allowed()).toEqual(["second.example"]);
    expect([await statusFor("first.example"), await statusFor("second.example")]).toEqual([
      403, 200,
    ]);
    response.destroy();
  });
});
