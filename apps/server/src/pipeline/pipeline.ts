import { type ProxyError, toProxyError, type RoutedDecision } from "@olla-ts/core";

import { admit, type AdmitOptions } from "./admit.ts";
import { answer, type AnswerOptions } from "./answer.ts";
import type { BodyMemory } from "./body-memory.ts";
import {
  askForCount,
  countingCandidates,
  estimateCount,
  type LocalAnswer,
} from "./count-tokens.ts";
import type { Exchange } from "./exchange.ts";
import { forward } from "./forward.ts";
import { identify, type IdentifyOptions } from "./identify.ts";
import { localAnswer } from "./local-answer.ts";
import { record, type RecordOptions } from "./record.ts";
import { refuse } from "./refuse.ts";
import { translatedAnswerHeaders } from "./response-headers.ts";
import { route, type RouteOptions } from "./route.ts";
import type { RunningRequests } from "./running-requests.ts";
import { sendWhole } from "./send-whole.ts";
import { understand } from "./understand.ts";

export interface PipelineOptions
  extends AdmitOptions, IdentifyOptions, RouteOptions, AnswerOptions, RecordOptions {
  /** Those that go this way. */
  readonly running: RunningRequests;
}

/**
 * The path of one request, top to bottom: admit, identify, route, understand, (select,)
 * forward, answer, record. Never rejects.
 */
export async function handleProxyRequest(
  exchange: Exchange,
  options: PipelineOptions,
): Promise<void> {
  options.running.begin();
  exchange.trace = options.tracing?.begin(exchange);
  exchange.response.on("close", () => {
    if (!exchange.response.writableFinished) exchange.cancellation.abort();
  });
  try {
    admit(exchange, options);
    const intent = await identify(exchange, options);
    const decision = await route(exchange, intent, options);
    understand(exchange, decision, options);
    await serve(exchange, countingCandidates(exchange, decision), options);
  } catch (thrown) {
    // Nobody reads the rest of an answer that could not be passed on.
    exchange.upstream?.body.cancel();
    refuseOrCut(exchange, toProxyError(thrown), options);
  }
  try {
    exchange.inspection?.end(exchange.response.writableEnded);
    record(exchange, options);
  } catch (cause) {
    options.log.error(
      { request_id: exchange.requestId, cause: String(cause) },
      "Request not recorded",
    );
  }
  releaseBody(exchange, options.bodyMemory);
  options.running.end();
}

/** Gives up the memory of the body once nobody can read it any more: neither an engine nor an inspection. */
function releaseBody(exchange: Exchange, memory: BodyMemory): void {
  const { body, upstream, attempts, inspection } = exchange;
  if (body === undefined || attempts !== 1 || inspection !== undefined) return;
  if (upstream?.requestBodyReleased?.() !== true) return;
  exchange.body = undefined;
  memory.giveBack(body);
}

/** A refusal that cannot be written must not take the process with it. */
function refuseOrCut(exchange: Exchange, error: ProxyError, options: PipelineOptions): void {
  try {
    refuse(exchange, error, options.rateFields(exchange));
  } catch (cause) {
    options.log.error({ request_id: exchange.requestId, cause: String(cause) }, "Refusal failed");
    exchange.response.destroy();
  }
}

async function serve(
  exchange: Exchange,
  decision: RoutedDecision,
  options: PipelineOptions,
): Promise<void> {
  const local = localAnswer(exchange, decision);
  if (local !== undefined) {
    await sendLocal(exchange, decision, local, options);
    return;
  }
  const { intent, translation } = exchange;
  if (intent?.operation !== "count_tokens" || translation === undefined) {
    await answer(exchange, decision, await forward(exchange, decision, options), options);
    return;
  }
  const counted = await askForCount(exchange, decision, options);
  if (counted === undefined) {
    await sendLocal(exchange, decision, estimateCount(translation), options);
  } else await answer(exchange, decision, counted, options);
}

function sendLocal(
  exchange: Exchange,
  decision: RoutedDecision,
  { body, fields }: LocalAnswer,
  { clock, version, rateFields }: PipelineOptions,
): Promise<void> {
  const told = translatedAnswerHeaders(exchange, decision, version, rateFields(exchange));
  return sendWhole(exchange, 200, "application/json", body, {
    fields: [...told, ...fields],
    clock,
  });
}
