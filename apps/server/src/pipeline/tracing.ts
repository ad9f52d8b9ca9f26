import type { RequestOutcome, SpanExporter } from "@olla-ts/core/ports";

import type { Exchange } from "./exchange.ts";
import { requestSpans } from "./request-spans.ts";
import { RequestTrace, type TraceRules } from "./request-trace.ts";

export interface TracingOptions extends TraceRules {
  readonly exporter: SpanExporter;
}

/** Traces of requests. */
export interface Tracing {
  /** The place of a request in its trace, or in a new one. */
  readonly begin: (exchange: Exchange) => RequestTrace;
  /** Hands on the spans of a request that is over, when it is sampled. */
  readonly record: (exchange: Exchange, outcome: RequestOutcome) => void;
}

export function createTracing({ exporter, ...rules }: TracingOptions): Tracing {
  const { clock } = rules;
  return {
    begin: ({ request }) => new RequestTrace(request.headers, rules),
    record(exchange, outcome) {
      const { trace, startedAt } = exchange;
      if (trace?.context.isSampled !== true) return;
      const times = {
        endedAt: startedAt + outcome.durationMs,
        wallOffset: clock.wallTime() - clock.now(),
      };
      exporter.export(requestSpans(exchange, outcome, trace, times));
    },
  };
}
