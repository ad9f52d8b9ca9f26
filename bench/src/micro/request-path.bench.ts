import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";

import { strategies } from "@olla-ts/balancer";
import {
  EVERY_CANDIDATE,
  createSharedState,
  decideRoute,
  EndpointStates,
  type Endpoint,
  type ProxyError,
  type RoutedDecision,
} from "@olla-ts/core";
import type { BodySink, ProxyResponse } from "@olla-ts/core/ports";
import { makeEndpoint, makeRoutingTable, realClock } from "@olla-ts/core/testing";
import { UsageTail } from "@olla-ts/dialects";
import { createOllaEngine } from "@olla-ts/engine-olla";
import { scanBody } from "@olla-ts/server/pipeline/body-scanner";
import { DecisionMemo } from "@olla-ts/server/pipeline/decision-memo";
import { Exchange } from "@olla-ts/server/pipeline/exchange";
import { forward, type ForwardOptions } from "@olla-ts/server/pipeline/forward";
import { createNativeSupport, OPERATION_COUNT } from "@olla-ts/server/pipeline/native-support";
import { matchProxyRoute } from "@olla-ts/server/pipeline/proxy-route";
import { requestIdOf } from "@olla-ts/server/pipeline/request-id";
import { clientHeaders } from "@olla-ts/server/pipeline/response-headers";
import { decide, route } from "@olla-ts/server/pipeline/route";
import { select } from "@olla-ts/server/pipeline/select";
import { upstreamHeaders } from "@olla-ts/server/pipeline/upstream-headers";
import { createStatsCollector } from "@olla-ts/stats";
import { bench, do_not_optimize, group, run } from "mitata";

import { wholeAnswer } from "../backend/answers.ts";
import { BackendEndpoint } from "../backend/endpoint.ts";

// What each step of a small chat costs by itself: `pnpm bench:micro bench/src/micro/request-path.bench.ts`.
// Steps that read sockets are in the last group, together with the server that answers them.

const MODEL = "sim-bytes1024";
const VERSION = "0.0.0";
const TARGET = "/olla/openai/v1/chat/completions";
const PORT = 27_500;
const ENDPOINTS = 4;
const CAPACITY = 1_024;

const backend = new BackendEndpoint({ host: "127.0.0.1", port: PORT, models: [MODEL] });
await backend.open();

const endpoints = Array.from({ length: ENDPOINTS }, (_, slot) =>
  makeEndpoint({ slot, url: `http://127.0.0.1:${PORT}` }),
);
const table = makeRoutingTable(
  endpoints,
  { [MODEL]: endpoints.map(({ name }) => name) },
  {
    scopes: new Map([["openai", { type: "openai", types: new Set(["openai-compatible"]) }]]),
    pathOperations: new Map([["/v1/chat/completions", "chat"]]),
  },
);
const shared = createSharedState();
const states = new EndpointStates(shared, CAPACITY);
for (const { slot } of endpoints) states.setStatus(slot, "healthy");
const stats = createStatsCollector({
  shared,
  clock: realClock,
  endpointCapacity: CAPACITY,
  modelCapacity: CAPACITY,
});
const balancer = strategies["least-connections"]({ shared, states, random: Math.random });
const engine = createOllaEngine({
  clock: realClock,
  random: Math.random,
  timeouts: {
    connectMs: 60_000,
    tlsMs: 10_000,
    responseHeaderMs: 30_000,
    firstTokenMs: 60_000,
    idleMs: 60_000,
    totalMs: 900_000,
  },
});
const options: ForwardOptions = {
  engine,
  balancer,
  isTrustedPeer: () => false,
  version: VERSION,
  translate: undefined,
  native: createNativeSupport({
    clock: realClock,
    anthropicPassthrough: true,
    refusedUntil: new Float64Array(CAPACITY * OPERATION_COUNT),
  }),
  inFlight: ({ slot }) => states.inFlight(slot),
  retry: EVERY_CANDIDATE,
  clock: realClock,
  random: Math.random,
  places: { withRoom: (asked) => asked, enter: () => undefined, vacated: () => undefined },
  limitsOf: () => undefined,
};

const SENT = [
  "Host",
  "127.0.0.1:40114",
  "Content-Type",
  "application/json",
  "Accept",
  "*/*",
  "User-Agent",
  "bench",
  "Authorization",
  "Bearer bench",
  "Content-Length",
  "1024",
];

function bodyOf(bytes: number): Buffer {
  const text = "lorem ipsum ".repeat(bytes / 12);
  const messages = [{ role: "user", content: text }];
  return Buffer.from(JSON.stringify({ model: MODEL, stream: false, messages }));
}

const small = bodyOf(900);
const large = bodyOf(1_048_576);
const answer = Buffer.from(wholeAnswer(MODEL, 1_024).split("\r\n\r\n")[1] ?? "");

function rediscover(): Promise<typeof table> {
  return Promise.resolve(table);
}

/** An exchange as it is when the body was read. */
function makeExchange(): Exchange {
  const request = new IncomingMessage(new Socket());
  request.method = "POST";
  request.url = TARGET;
  request.rawHeaders = SENT;
  const matched = matchProxyRoute(TARGET, table);
  if (matched === undefined) throw new Error("the route is unknown");
  const exchange = new Exchange(
    request,
    new ServerResponse(request),
    matched,
    table,
    "calm-otter-00000000",
    0,
  );
  exchange.clientAddress = "127.0.0.1";
  exchange.body = small;
  exchange.bodyFacts = scanBody(small);
  exchange.intent = {
    scope: matched.scope,
    path: matched.path,
    query: "",
    operation: "chat",
    model: MODEL,
    stream: false,
    affinity: undefined,
  };
  return exchange;
}

function decided(): RoutedDecision {
  const { intent } = makeExchange();
  const decision = intent === undefined ? undefined : decideRoute(intent, table, states);
  if (decision === undefined || decision.action === "rejected") throw new Error("not routed");
  return decision;
}

class Counted implements BodySink {
  readonly #done: () => void;
  readonly #failed: (error: ProxyError) => void;

  constructor(done: () => void, failed: (error: ProxyError) => void) {
    this.#done = done;
    this.#failed = failed;
  }

  write(): boolean {
    return true;
  }

  end(): void {
    this.#done();
  }

  fail(error: ProxyError): void {
    this.#failed(error);
  }
}

function drain({ body }: ProxyResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    body.pipeTo(new Counted(resolve, reject));
  });
}

async function forwarded(exchange: Exchange, decision: RoutedDecision): Promise<void> {
  exchange.decision = decision;
  await drain(await forward(exchange, decision, options));
}

/** Sixteen at a time, so that the event loop never waits and the figures are processor time. */
function sixteen(send: () => Promise<void>): Promise<unknown> {
  return Promise.all(Array.from({ length: 16 }, send));
}

const decision = decided();
const served = makeExchange();
await forwarded(served, decision);
const [endpoint]: readonly (Endpoint | undefined)[] = endpoints;
const received = ["Content-Type", "application/json", "Content-Length", "1024"];

group("listen and identify", () => {
  bench("exchange (made for every step below)", () => do_not_optimize(makeExchange()));
  bench("request id", () => do_not_optimize(requestIdOf(undefined, Math.random)));
  bench("match the route", () => do_not_optimize(matchProxyRoute(TARGET, table)));
  bench("scan a body of 1 KB", () => do_not_optimize(scanBody(small)));
  bench("scan a body of 1 MB", () => do_not_optimize(scanBody(large)));
});

group("route and select", () => {
  const { intent } = served;
  if (intent === undefined) throw new Error("no intent");
  const decisions = new DecisionMemo(decide, states);
  bench("decide", () => do_not_optimize(decideRoute(intent, table, states)));
  bench("route step", async () => {
    do_not_optimize(await route(served, intent, { conditions: states, decisions, rediscover }));
  });
  bench("select", () => do_not_optimize(select(served, balancer, decision.candidates)));
});

group("fields", () => {
  const hop = {
    peer: "127.0.0.1",
    peerIsTrusted: false,
    clientAddress: "127.0.0.1",
    requestId: "calm-otter-00000000",
    model: MODEL,
    version: VERSION,
  };
  bench("to the endpoint", () => do_not_optimize(upstreamHeaders(SENT, [], hop)));
  const { upstream } = served;
  if (upstream !== undefined) served.upstream = { ...upstream, headers: received };
  bench("to the client", () => do_not_optimize(clientHeaders(served, decision, VERSION, [])));
});

group("record", () => {
  bench("usage of a small answer", () => {
    const usage = new UsageTail();
    usage.push(answer);
    do_not_optimize(usage.usage());
  });
  bench("statistics", () => {
    stats.record({
      endpoint,
      operation: "chat",
      model: decision.model,
      status: 200,
      code: undefined,
      durationMs: 12.5,
      firstByteMs: 12.25,
      requestBytes: 1_024,
      responseBytes: 1_024,
      attempts: 1,
      inputTokens: 250,
      outputTokens: 200,
      firstTokenMs: 12.25,
      tokensPerSecond: 40,
      client: "192.0.2.1",
      fallback: false,
      missedModel: undefined,
      unsentModel: undefined,
    });
  });
});

group("over sockets, with the server that answers", () => {
  bench("16 forwards through engine-olla", () =>
    sixteen(() => forwarded(makeExchange(), decision)));
});

await run();
process.exit();
