import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { Writable } from "node:stream";

import { createSticky, readAffinity, strategies, strategyNames } from "@olla-ts/balancer";
import {
  createSharedState,
  EndpointStates,
  ProxyError,
  type Endpoint,
  type HealthStatus,
  type RoutingTable,
} from "@olla-ts/core";
import type { LoadBalancer, ProxyRequest, StickyStore } from "@olla-ts/core/ports";
import {
  createRecordingLogger,
  FakeRateLimiter,
  createRecordingStats,
  FakeStickyStore,
  makeEndpoint,
  makeRoutingTable,
  ManualClock,
} from "@olla-ts/core/testing";
import { builtInProfiles } from "@olla-ts/providers";
import { createTranslatorStats } from "@olla-ts/stats";
import { describe, expect, it } from "vitest";

import { withAnthropicRoute, withTranslatedChats } from "../compose-scopes.ts";
import { createTranslations } from "../compose-translation.ts";
import { DecisionMemo } from "./decision-memo.ts";
import { Exchange } from "./exchange.ts";
import { explainRoute, type ExplainOptions } from "./explain.ts";
import type { RouteExplanation, RouteQuestion } from "./explanation.ts";
import { createNativeSupport, OPERATION_COUNT } from "./native-support.ts";
import { createPathRules } from "./path-rules.ts";
import { handleProxyRequest, type PipelineOptions } from "./pipeline.ts";
import { matchProxyRoute } from "./proxy-route.ts";
import { decide } from "./route.ts";
import { RunningRequests } from "./running-requests.ts";

const TYPES = ["ollama", "vllm", "llamacpp", "openai-compatible", "anthropic", "lm-studio", "auto"];
const MODELS = ["alpha", "Beta", "gamma:7b", "delta"];
const ALIAS = "house-chat";
const STATUSES: readonly HealthStatus[] = [
  "healthy",
  "healthy",
  "healthy",
  "busy",
  "warming",
  "offline",
  "config_error",
];

/** Numbers that look random and come again for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function oneOf<T>(random: () => number, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)]!;
}

/** One gateway with random endpoints, models, statuses and settings. */
interface Gateway {
  readonly table: RoutingTable;
  readonly live: PipelineOptions;
  readonly explain: ExplainOptions;
  readonly store: StickyStore | undefined;
  readonly shared: Int32Array;
  /** Names of the endpoints that the engine was made to select. */
  readonly selected: string[];
}

function makeGateway(random: () => number): Gateway {
  const clock = new ManualClock();
  const endpoints = Array.from({ length: 1 + Math.floor(random() * 6) }, (_, slot) =>
    makeEndpoint({
      slot,
      name: `e${slot}`,
      type: oneOf(random, TYPES),
      priority: oneOf(random, [50, 100]),
    }),
  );
  const table = makeTable(endpoints, random);
  const shared = createSharedState();
  const states = new EndpointStates(shared, 8);
  for (const { slot } of endpoints) {
    states.setStatus(slot, oneOf(random, STATUSES));
    states.setRefusedByBreaker(slot, random() < 0.1);
    for (let load = Math.floor(random() * 3); load > 0; load -= 1) states.acquire(slot);
  }
  const store = random() < 0.5 ? new FakeStickyStore({ clock }) : undefined;
  const inner = strategies[oneOf(random, strategyNames)]({ shared, states, random });
  const balancer: LoadBalancer =
    store === undefined
      ? inner
      : createSticky({ inner, store, isRoutable: ({ slot }) => states.isRoutable(slot) });
  const selected: string[] = [];
  const native = createNativeSupport({
    clock,
    anthropicPassthrough: random() < 0.8,
    refusedUntil: new Float64Array(8 * OPERATION_COUNT),
  });
  if (random() < 0.2) native.refuse(endpoints[0]!, "messages");
  const live: PipelineOptions = {
    ...quietOptions(clock),
    conditions: states,
    decisions: new DecisionMemo(decide, states),
    balancer,
    native,
    random,
    inFlight: ({ slot }) => states.inFlight(slot),
    readAffinity:
      store === undefined
        ? undefined
        : (facts) =>
            readAffinity({ sources: ["session_header", "prefix_hash"], prefixBytes: 64 }, facts),
    rediscover: () => Promise.resolve(table),
    engine: { ...idleEngine, processRequest: (request) => selectTwice(request, selected) },
  };
  const explain: ExplainOptions = {
    ...live,
    isLocal: () => false,
    problemOf: () => undefined,
    keyOf: ({ slot }) => `discovery.static.endpoints[${slot}]`,
    isFiltered: () => false,
  };
  return {
    table,
    live,
    explain,
    store,
    shared: shared.int32("balancer.rotation", 1_024),
    selected,
  };
}

function makeTable(endpoints: readonly Endpoint[], random: () => number): RoutingTable {
  const listed = Object.fromEntries(
    MODELS.map((model) => [
      model,
      endpoints.filter(() => random() < 0.6).map(({ name }) => name),
    ]).filter(([, holders]) => holders!.length > 0),
  ) as Record<string, readonly string[]>;
  const profiles = builtInProfiles();
  const plain = makeRoutingTable(endpoints, listed, {
    profiles,
    catalogued: random() < 0.95,
    scopes: new Map(
      [...profiles.values()].flatMap(({ type, prefixes }) =>
        prefixes.map((prefix) => [prefix, { type, types: new Set([type, "auto"]) }] as const),
      ),
    ),
    pathOperations: new Map(
      [...profiles.values()].flatMap(({ operations }) =>
        Object.entries(operations).map(([operation, path]) => [path, operation] as never),
      ),
    ),
    strategy: {
      type: oneOf(random, ["strict", "optimistic", "discovery"] as const),
      fallback: oneOf(random, ["compatible_only", "none", "all"] as const),
      refreshOnMiss: random() < 0.3,
      refreshTimeoutMs: 1,
    },
  });
  const targets = plain.models.get("alpha");
  const aliases = new Map(
    targets === undefined
      ? []
      : [
          [
            ALIAS,
            {
              name: ALIAS,
              endpoints: targets.endpoints,
              targets: new Map(targets.endpoints.map(({ slot }) => [slot, targets])),
            },
          ],
        ],
  );
  return withAnthropicRoute(withTranslatedChats({ ...plain, aliases }));
}

const idleEngine = {
  name: "scripted",
  stats: () => ({ connections: 0, queued: 0 }),
  removeEndpoint: () => undefined,
  [Symbol.asyncDispose]: () => Promise.resolve(),
} as unknown as PipelineOptions["engine"];

/** Selects as an engine does whose first attempt fails, and sends nothing. */
function selectTwice(request: ProxyRequest, selected: string[]): never {
  const first = request.select(request.candidates);
  selected.push(first.name);
  const rest = request.candidates.filter((candidate) => candidate !== first);
  if (rest.length > 0) selected.push(request.select(rest).name);
  throw new ProxyError("upstream_connect", "scripted");
}

function quietOptions(clock: ManualClock): PipelineOptions {
  return {
    clientAddress: () => "192.0.2.1",
    checkHead: () => undefined,
    limiter: new FakeRateLimiter(),
    maxBodyBytes: 10_000,
    maxMessageBytes: 5_000,
    inspector: undefined,
    retry: { maxAttempts: Infinity, backoffMs: 0, afterConnectionFailure: true },
    translate: createTranslations({ clock, randomId: () => "0" }),
    isTrustedPeer: () => false,
    keepAliveMs: 0,
    heldBytes: 0,
    pathRules: createPathRules({ adminPaths: [], allowedAdminPaths: [], strict: false }),
    places: {
      withRoom: (asked: unknown) => asked,
      enter: () => undefined,
      vacated: () => undefined,
    },
    limitsOf: () => undefined,
    version: "0",
    stats: createRecordingStats(),
    translators: createTranslatorStats({ shared: createSharedState(), clock }),
    running: new RunningRequests(),
    clock,
    log: createRecordingLogger(),
    accessLog: undefined,
    redactQuery: (target: string) => target,
    rateFields: () => [],
  } as unknown as PipelineOptions;
}

const PATHS = [
  "/olla/openai/v1/chat/completions",
  "/olla/proxy/v1/chat/completions",
  "/olla/openai/v1/embeddings",
  "/olla/openai/v1/responses",
  "/olla/ollama/api/chat",
  "/olla/vllm/v1/completions",
  "/olla/anthropic/v1/messages",
  "/olla/anthropic/v1/messages/count_tokens",
  "/olla/proxy/unheard/of",
];

function makeQuestion(random: () => number): RouteQuestion {
  const model = oneOf(random, [...MODELS, ...MODELS, "BETA", "unknown", ALIAS, undefined]);
  const text = JSON.stringify({
    ...(model !== undefined && { model }),
    max_tokens: 5,
    ...(random() < 0.2 && { stream: true }),
    ...(random() < 0.1 && { tools: [{ name: "t", input_schema: { type: "object" } }] }),
    messages: [{ role: "user", content: oneOf(random, ["hello", "good day", "x".repeat(6_000)]) }],
  });
  const body = Buffer.from(text);
  return {
    method: "POST",
    target: oneOf(random, PATHS),
    headers: {
      "content-type": random() < 0.95 ? "application/json" : "text/plain",
      "content-length": String(body.length),
      ...(random() < 0.3 && { "x-olla-session-id": oneOf(random, ["one", "two"]) }),
    },
    body,
    clientAddress: "192.0.2.1",
  };
}

/** What happens to the request in the real pipeline. */
async function serve(
  { live, table, selected }: Gateway,
  { method, target, headers, body }: RouteQuestion,
): Promise<Pick<RouteExplanation, "winner" | "runnerUp" | "action"> & { code?: string }> {
  selected.length = 0;
  const request = new IncomingMessage(new Socket());
  request.method = method;
  request.url = target;
  Object.assign(request.headers, headers);
  request.rawHeaders = Object.entries(headers).flat() as string[];
  request.push(body);
  request.push(null);
  const response = new ServerResponse(request);
  response.assignSocket(new Writable({ write: (_, __, done) => done() }) as Socket);
  response.on("finish", () => response.emit("close")); // a server does so
  const route = matchProxyRoute(target, table)!;
  const exchange = new Exchange(request, response, route, table, "id", 0);
  await handleProxyRequest(exchange, live);
  const [winner, runnerUp] = selected;
  const code = exchange.error?.code;
  if (winner !== undefined) return { winner, runnerUp, action: exchange.decision!.action };
  if (code === undefined) return { winner, runnerUp, action: "answered" };
  return { winner, runnerUp, action: "rejected", code };
}

describe("explainRoute", () => {
  it("agrees with live requests in 10,000 random cases, and changes nothing", async () => {
    const random = seeded(20_261_125);
    const seen = new Map<string, number>();
    for (let round = 0; round < 1_000; round += 1) {
      const gateway = makeGateway(random);
      for (let turn = 0; turn < 10; turn += 1) {
        const question = makeQuestion(random);
        const before = [gateway.shared.slice(), gateway.store?.stats()];
        const told = explainRoute(question, gateway.table, gateway.explain);
        expect([gateway.shared.slice(), gateway.store?.stats()]).toEqual(before);
        const { winner, runnerUp, action, error } = told;
        const happened = await serve(gateway, question);
        expect({
          winner,
          runnerUp,
          action,
          ...(error !== undefined && { code: error.code }),
        }).toEqual(happened);
        checkAccount(told, gateway.table);
        seen.set(action, (seen.get(action) ?? 0) + 1);
        for (const { removedBy } of told.endpoints) {
          if (removedBy !== undefined)
            seen.set(removedBy.filter, (seen.get(removedBy.filter) ?? 0) + 1);
        }
        if (told.balancer.sticky === "hit") seen.set("sticky", (seen.get("sticky") ?? 0) + 1);
      }
    }
    const rare = [
      "routed",
      "fallback",
      "rejected",
      "answered",
      "provider_scope",
      "model_not_listed",
      "not_routable",
      "breaker_open",
      "needs_translation",
      "sticky",
    ].filter((expected) => (seen.get(expected) ?? 0) < 20);
    expect(rare).toEqual([]);
  }, 60_000);
});

/** Every endpoint is told of once, and who was removed with a key. */
function checkAccount(
  { endpoints, winner, runnerUp }: RouteExplanation,
  table: RoutingTable,
): void {
  const told = endpoints.map(({ name }) => name);
  expect([[], table.endpoints.map(({ name }) => name)]).toContainEqual(told);
  const named = (outcome: string): string | undefined =>
    endpoints.find((one) => one.outcome === outcome)?.name;
  expect([named("winner"), named("runner_up")]).toEqual([winner, runnerUp]);
  for (const { outcome, removedBy } of endpoints) {
    expect(/^[a-z_]+\.[a-z_.[\]\d-]+$/.test(removedBy?.configKey ?? "")).toBe(
      outcome === "removed",
    );
  }
}
