import { describe, expect, it } from "vitest";

import { startGateway } from "./harness/gateway.ts";
import { postJson, send, type Answer } from "./harness/http-client.ts";
import { hasThreads } from "./harness/workers.ts";
import { startWorld, traffic } from "./harness/world.ts";

const CHAT = "/olla/openai/v1/chat/completions";

function messages(text: string): object {
  return { messages: [{ role: "user", content: text }] };
}

async function explain(
  url: string,
  body: object,
  { path = CHAT, headers = {} }: { path?: string; headers?: Record<string, string> } = {},
): Promise<Record<string, unknown>> {
  const query = `?path=${encodeURIComponent(path)}`;
  const answer = await postJson(url, `/internal/route/explain${query}`, body, headers);
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text) as Record<string, unknown>;
}

async function document(url: string, path: string): Promise<unknown> {
  return JSON.parse((await send(url, { path })).text);
}

function endpointOf({ headers }: Answer): unknown {
  return headers["x-olla-endpoint"];
}

describe("POST /internal/route/explain", () => {
  it("tells of every endpoint, what removed it and which key to look at, and sends nothing", async () => {
    await using world = await startWorld(
      {
        first: { models: ["m1", "m2"] },
        second: { models: ["m2"] },
        native: { kind: "ollama", models: ["m1", "m2"] },
        down: { models: ["m1"] },
      },
      { balancer: "least-connections" },
    );
    await world.backends.down[Symbol.asyncDispose]();
    await expect
      .poll(async () => (await world.gateway.endpoint("down"))["status"], { timeout: 10_000 })
      .toBe("offline");
    const told = await explain(world.url, { model: "M1", ...messages("hello") });
    expect(told).toMatchObject({
      request: { method: "POST", path: CHAT, operation: "chat", model: "M1", stream: false },
      action: "routed",
      strategy: "strict",
      reason: "model_found",
      balancer: { strategy: "least-connections", config_key: "proxy.load_balancer" },
      winner: "first",
      runner_up: "native",
      endpoints: [
        { name: "first", outcome: "winner", score: 0, score_detail: "0 in flight" },
        {
          name: "second",
          outcome: "removed",
          removed_by: {
            filter: "model_not_listed",
            detail: "does not list the model",
            config_key: "model_registry.routing_strategy.type",
          },
        },
        { name: "native", outcome: "runner_up", mode: "passthrough", operation: "chat" },
        {
          name: "down",
          outcome: "removed",
          status: "offline",
          removed_by: {
            filter: "not_routable",
            detail: expect.stringMatching(/^status is offline: ./),
            config_key: "discovery.static.endpoints[3].url",
          },
        },
      ],
      notes: [],
    });
    for (const backend of [world.backends.first, world.backends.native]) {
      expect(traffic(backend)).toEqual([]);
    }
    expect(await document(world.url, "/internal/stats/models")).toMatchObject({
      summary: { total_models: 0, total_requests: 0 },
    });
    expect(await document(world.url, "/internal/status")).toMatchObject({
      system: { total_requests: 0 },
    });
  });

  // Under priority each thread draws by itself: the answer is as likely, not the same.
  it.each(["round-robin", "least-connections", ...(hasThreads ? [] : ["priority"])])(
    "agrees with the requests that follow, under %s with sticky sessions",
    async (balancer) => {
      const models = ["m1"];
      await using world = await startWorld(
        { a: { models }, b: { models }, c: { models } },
        { balancer, proxy: "  sticky_sessions: { enabled: true }" },
      );
      for (let turn = 0; turn < 12; turn += 1) {
        const body = { model: "m1", ...messages(`conversation ${turn % 5}`) };
        const sessions = await document(world.url, "/internal/stats/sticky");
        const told = await explain(world.url, body);
        await explain(world.url, body);
        expect(await document(world.url, "/internal/stats/sticky")).toEqual(sessions);
        const answer = await postJson(world.url, CHAT, body);
        expect(told["winner"]).toBe(endpointOf(answer));
        expect(told["balancer"]).toMatchObject({
          sticky: answer.headers["x-olla-sticky-session"],
        });
      }
    },
  );

  it("tells what a request would be refused with", async () => {
    await using world = await startWorld({ a: { models: ["m1"] } });
    expect(await explain(world.url, { model: "none", ...messages("hello") })).toMatchObject({
      action: "rejected",
      reason: "model_not_found",
      winner: null,
      error: { code: "model_not_found", status: 404 },
      endpoints: [{ name: "a", outcome: "removed" }],
    });
    const path = "/olla/anthropic/v1/messages";
    expect(await explain(world.url, messages("hello"), { path })).toMatchObject({
      action: "rejected",
      error: { code: "invalid_request", status: 400, message: "model: is required" },
    });
    expect(await explain(world.url, {}, { path: "/olla/openai/v1/models" })).toMatchObject({
      action: "answered",
    });
    expect(await explain(world.url, {}, { path: "/olla//proxy/x" })).toMatchObject({
      action: "redirected",
      reason: "the path is spelled /olla/proxy/x",
    });
  });

  it("names the model filter and the alias that decided", async () => {
    await using world = await startWorld({ a: { models: ["m1"] }, b: { models: ["m1"] } });
    const [a, b] = [world.backends.a.url, world.backends.b.url];
    await using gateway = await startGateway({
      config: `discovery:
  static:
    endpoints:
      - { name: a, url: "${a}", type: openai-compatible, model_filter: { exclude: ["m*"] } }
      - { name: b, url: "${b}", type: openai-compatible }
model_aliases: { chat: [m1] }
`,
    });
    expect(await explain(gateway.url, { model: "m1", ...messages("hello") })).toMatchObject({
      winner: "b",
      runner_up: null,
      endpoints: [
        {
          removed_by: {
            detail: "its model filter leaves the model out",
            config_key: "discovery.static.endpoints[0].model_filter",
          },
        },
        { outcome: "winner", model: "m1" },
      ],
    });
    expect(await explain(gateway.url, { model: "chat", ...messages("hello") })).toMatchObject({
      alias: "chat",
      strategy: "alias",
      endpoints: [{ removed_by: { config_key: "model_aliases.chat" } }, { model: "m1" }],
    });
  });

  it("shows no credentials: not those of endpoints, nor those of the request", async () => {
    await using world = await startWorld({ a: { models: ["m1"] } });
    await using gateway = await startGateway({
      config: `proxy: { sticky_sessions: { enabled: true, key_sources: [auth_header] } }
discovery:
  static:
    endpoints:
      - name: a
        url: "${world.backends.a.url}"
        type: openai-compatible
        auth: { type: bearer, token: hunter2 }
        headers: { X-Extra: hunter2 }
`,
    });
    const body = { model: "m1", ...messages("hunter2") };
    const headers = { authorization: "Bearer hunter2", "x-olla-session-id": "hunter2" };
    const told = await explain(gateway.url, body, { path: `${CHAT}?key=hunter2`, headers });
    expect(told).toMatchObject({ winner: "a", request: { affinity: "auth_header" } });
    expect(JSON.stringify(told)).not.toContain("hunter2");
  });

  it("says what to write when the path is no route, and which method is allowed", async () => {
    await using world = await startWorld({ a: { models: ["m1"] } });
    const answer = await postJson(world.url, "/internal/route/explain?path=/v1/chat", {});
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("write one such as /olla/openai/v1/chat/completions");
    const get = await send(world.url, { path: "/internal/route/explain" });
    expect([get.status, get.headers["allow"]]).toEqual([405, "POST"]);
  });

  it("says that a body without a JSON content type is not looked into, as it is live", async () => {
    await using world = await startWorld({ a: { models: ["m1"] } });
    const headers = { "content-type": "text/plain" };
    expect(await explain(world.url, { model: "m1" }, { headers })).toMatchObject({
      reason: "no_model",
      notes: ["the body is not looked into: Content-Type is text/plain, not application/json"],
    });
  });
});
