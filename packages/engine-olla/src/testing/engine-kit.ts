import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";

import { CancellationSource, EVERY_CANDIDATE, ProxyError, type Endpoint } from "@olla-ts/core";
import type {
  AttemptResult,
  Clock,
  EngineTimeouts,
  ProxyEngine,
  ProxyRequest,
} from "@olla-ts/core/ports";

import { createOllaEngine, type OllaEngineOptions } from "../olla-engine.ts";

/** One second for the response head, nothing else is limited. */
export const LIMITS: EngineTimeouts = {
  connectMs: 0,
  tlsMs: 0,
  responseHeaderMs: 1_000,
  firstTokenMs: 0,
  idleMs: 0,
  totalMs: 0,
};

/** An endpoint that holds every request until the test answers it. */
export interface HeldEndpoint {
  readonly endpoint: Endpoint;
  readonly held: ServerResponse[];
  /** Waits for so many requests in all. */
  readonly arrived: (count: number) => Promise<void>;
}

/** Engines on the test's clock, real servers on 127.0.0.1, and the end of both. */
export class EngineKit implements AsyncDisposable {
  readonly ended: { readonly name: string; readonly result: AttemptResult }[] = [];
  readonly #clock: Clock;
  readonly #running: AsyncDisposableStack = new AsyncDisposableStack();

  /** @param clock a manual one, which the test moves */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(options: Partial<OllaEngineOptions> = {}): ProxyEngine {
    const engine = createOllaEngine({
      timeouts: LIMITS,
      clock: this.#clock,
      random: () => 0.5,
      observer: {
        attemptStarted: () => {},
        attemptEnded: ({ name }, result) => {
          this.ended.push({ name, result });
        },
      },
      ...options,
    });
    return this.#running.use(engine);
  }

  /** A server and the endpoint that stands for it, `u0` in slot 0 and so on. */
  async serve(slot: number, listener: RequestListener): Promise<Endpoint> {
    const server = createServer(listener).listen(0, "127.0.0.1");
    await once(server, "listening");
    this.#running.defer(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("no port");
    return endpointAt(slot, address.port);
  }

  /** An endpoint that answers with its own name. */
  serveName(slot: number): Promise<Endpoint> {
    return this.serve(slot, (_request, response) => response.end(`u${slot}`));
  }

  /** An endpoint that resets every connection on its first request. */
  async serveResets(slot: number): Promise<{ endpoint: Endpoint; requests: () => number }> {
    let requests = 0;
    const endpoint = await this.serve(slot, (request) => {
      requests += 1;
      request.socket.resetAndDestroy();
    });
    return { endpoint, requests: () => requests };
  }

  async serveHeld(slot: number): Promise<HeldEndpoint> {
    const held: ServerResponse[] = [];
    let arrival = Promise.withResolvers<void>();
    const endpoint = await this.serve(slot, (_request, response) => {
      held.push(response);
      arrival.resolve();
      arrival = Promise.withResolvers<void>();
    });
    const arrived = async (count: number): Promise<void> => {
      while (held.length < count) await arrival.promise;
    };
    return { endpoint, held, arrived };
  }

  /** Waits until so many attempts have ended and what follows from it has happened. */
  async endings(count: number): Promise<void> {
    while (this.ended.length < count) await turn();
    await turn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running.disposeAsync();
  }
}

function endpointAt(slot: number, port: number): Endpoint {
  const url = `http://127.0.0.1:${port}`;
  return {
    slot,
    name: `u${slot}`,
    url,
    origin: url,
    basePath: "",
    type: "openai-compatible",
    priority: 100,
    preservePath: false,
    healthUrl: `${url}/health`,
    modelsUrl: `${url}/v1/models`,
    checkIntervalMs: 5_000,
    checkTimeoutMs: 2_000,
    modelFilter: { include: [], exclude: [] },
  };
}

/** Lets one turn of the event loop pass. */
async function turn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}

/** A POST to the first of the candidates, then the next. */
export function makeRequest(
  candidates: readonly Endpoint[],
  over: Partial<ProxyRequest> = {},
): ProxyRequest {
  return {
    candidates,
    select: ([first]) => {
      if (first === undefined) throw new Error("select needs candidates");
      return first;
    },
    toUpstream: () => ({ method: "POST", path: "/", headers: [], body: Buffer.from("{}") }),
    repeatable: true,
    retry: EVERY_CANDIDATE,
    cancellation: new CancellationSource(),
    ...over,
  };
}

/** The whole body of the answer. */
export async function ask(
  engine: ProxyEngine,
  candidates: readonly Endpoint[],
  over: Partial<ProxyRequest> = {},
): Promise<string> {
  const { body } = await engine.processRequest(makeRequest(candidates, over));
  let text = "";
  for await (const chunk of body) text += Buffer.from(chunk).toString();
  return text;
}

/** What a promise rejects with. */
export async function refusal(answer: Promise<unknown>): Promise<ProxyError> {
  const outcome = await answer.catch((error: unknown) => error);
  if (outcome instanceof ProxyError) return outcome;
  throw new Error("must reject with a ProxyError", { cause: outcome });
}
