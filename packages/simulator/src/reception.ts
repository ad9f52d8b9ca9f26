import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

import type { BackendContext, BackendKind, Sleep } from "./backend-context.ts";
import { Exchange } from "./exchange.ts";
import { createFaultSwitch, type FaultSwitch } from "./fault.ts";
import { kinds } from "./kinds.ts";
import { type Model, type ModelScript, toModel } from "./model.ts";
import { proxyTestRoutes } from "./proxy-test-routes.ts";
import { createRequestLog, type RequestLog } from "./request-log.ts";
import { createRouter } from "./router.ts";
import { serveExchange } from "./serve-exchange.ts";

/** What a reception needs. */
export interface ReceptionOptions {
  readonly kind: BackendKind;
  readonly name: string;
  readonly models: readonly (ModelScript | string)[];
  readonly random: () => number;
  readonly now: () => number;
  readonly sleep: Sleep;
  /** Called after each exchange with its connection still to be decided on. */
  readonly onSettled: (exchange: Exchange) => void;
}

/** The part of a backend that answers requests, whatever socket they come from. */
export interface Reception {
  readonly log: RequestLog;
  readonly faults: FaultSwitch;
  /** Exchanges being served. */
  readonly exchanges: ReadonlySet<Exchange>;
  readonly onRequest: RequestListener;
  setModels(models: readonly (ModelScript | string)[]): void;
}

/** Builds the request side of a backend. */
export function createReception(options: ReceptionOptions): Reception {
  const { kind, name, onSettled } = options;
  const { traits, routes } = kinds[kind];
  const findRoute = createRouter([...routes, ...proxyTestRoutes()]);
  const faults = createFaultSwitch(options.random);
  const log = createRequestLog();
  const exchanges = new Set<Exchange>();
  let models = toModels(options.models, name);
  let running = 0;
  let identifiers = 0;

  const backend: BackendContext = {
    name,
    kind,
    traits,
    totals: { promptTokens: 0, completionTokens: 0, generations: 0 },
    sleep: options.sleep,
    now: options.now,
    models: () => models,
    running: () => running,
    nextId: (prefix) => `${prefix}-${name}-${(identifiers += 1)}`,
  };

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const record = log.open(request);
    const path = record.url.split("?", 1)[0] ?? "/";
    const route = findRoute(record.method, path);
    const isInference = route?.isInference ?? false;
    const fault = faults.select({ path, isInference });
    const errors = route ? (route.errors ?? traits.error) : traits.pathError;
    const exchange = new Exchange({ request, response, record, backend, path, errors, fault });
    void track(exchange, isInference);
    void serveExchange(exchange, route);
  };

  const track = async (exchange: Exchange, isInference: boolean): Promise<void> => {
    exchanges.add(exchange);
    if (isInference) running += 1;
    await exchange.record.settled;
    exchanges.delete(exchange);
    if (isInference) running -= 1;
    onSettled(exchange);
  };

  return {
    log,
    faults,
    exchanges,
    onRequest,
    setModels(scripts) {
      models = toModels(scripts, name);
    },
  };
}

function toModels(scripts: readonly (ModelScript | string)[], name: string): readonly Model[] {
  return scripts.map((script) => toModel(script, name));
}
