import type { IncomingMessage, ServerResponse } from "node:http";

import type {
  Endpoint,
  HeaderList,
  Intent,
  ProxyError,
  RoutedDecision,
  RoutingDecision,
  RoutingTable,
  ServingPlan,
} from "@olla-ts/core";
import { CancellationSource } from "@olla-ts/core";
import type { ProxyResponse, RateDecision, StickyOutcome } from "@olla-ts/core/ports";

import type { AnswerFigures } from "./answer-figures.ts";
import type { BodyFacts } from "./body-scanner.ts";
import type { Inspection } from "./inspection.ts";
import type { ProxyRoute } from "./proxy-route.ts";
import type { RequestTrace } from "./request-trace.ts";
import type { TokenUsage, Translation } from "./translation.ts";

/**
 * One request on its way through the pipeline. Each step fills in its own part;
 * `record` reads all of it.
 */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: ProxyRoute;
  readonly table: RoutingTable;
  readonly requestId: string;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  readonly cancellation = new CancellationSource();

  /** By the listener: what browsers of other origins need; empty when CORS is off. */
  corsFields: HeaderList = [];
  /** From the begin; undefined when there are no traces. */
  trace: RequestTrace | undefined = undefined;
  /** By `admit`. */
  clientAddress = "";
  rate: RateDecision | undefined = undefined;
  /** By `identify`. */
  body: Buffer | undefined = undefined;
  bodyFacts: BodyFacts | undefined = undefined;
  intent: Intent | undefined = undefined;
  /** By `identify`: takes down the reply; undefined unless messages are inspected. */
  inspection: Inspection | undefined = undefined;
  /** By `route`. */
  decision: RoutingDecision | undefined = undefined;
  /** By `select`. */
  sticky: StickyOutcome | undefined = undefined;
  /** By `forward`: made when the first endpoint needs it. */
  translation: Translation | undefined = undefined;
  /** By `forward`: how the endpoint of the last attempt serves it. */
  plan: ServingPlan | undefined = undefined;
  /** By `forward`: what could not be said in the backend's dialect. */
  dropped: readonly string[] = [];
  /** By `forward`: sends so far, and the endpoint of the last one. */
  attempts = 0;
  lastTried: Endpoint | undefined = undefined;
  /** By `forward`: the endpoints of earlier sends; undefined when the first one was enough. */
  triedBefore: Endpoint[] | undefined = undefined;
  /** By `forward`. */
  upstream: ProxyResponse | undefined = undefined;
  /** By `relay`: when the first byte went to the client. */
  firstByteAt: number | undefined = undefined;
  responseBytes = 0;
  /** By `relay`: when the first part of a stream that holds content did; the begin of its dialect may precede it. */
  firstTokenAt: number | undefined = undefined;
  /** By `relay`: when the last part of a stream did. */
  lastPartAt: number | undefined = undefined;
  /** By `relay`: tokens as the backend counted them. */
  usage: TokenUsage | undefined = undefined;
  /** By `relay`: what the backend states about its answer, its speed among it. */
  figures: AnswerFigures | undefined = undefined;
  /** What ended it, when not a complete answer. */
  error: ProxyError | undefined = undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    route: ProxyRoute,
    table: RoutingTable,
    requestId: string,
    startedAt: number,
  ) {
    this.request = request;
    this.response = response;
    this.route = route;
    this.table = table;
    this.requestId = requestId;
    this.startedAt = startedAt;
  }

  /** The decision when the request may go on. */
  get routed(): RoutedDecision | undefined {
    return this.decision?.action === "rejected" ? undefined : this.decision;
  }
}
