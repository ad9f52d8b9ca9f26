import type { TrafficStats } from "@olla-ts/core/ports";

import type { Services } from "../http/services.ts";

/** `/internal/stats/tokens`: what was read and written, and how fast, in numbers. */
export function tokenStats({ clock, registry, stats, table }: Services): object {
  return {
    timestamp: new Date(clock.wallTime()).toISOString(),
    totals: figures(stats.totals()),
    endpoints: table()
      .endpoints.map((endpoint) => ({ name: endpoint.name, ...figures(stats.endpoint(endpoint)) }))
      .filter(({ requests }) => requests > 0),
    models: registry
      .catalogue()
      .map((model) => ({ name: model.id, ...figures(stats.model(model)) }))
      .filter(({ requests }) => requests > 0),
  };
}

interface TokenFigures {
  readonly requests: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  /** 0 while no answer has told it, nor shown it as a stream. */
  readonly tokens_per_second: number;
  readonly avg_first_token_ms: number;
}

function figures(traffic: TrafficStats): TokenFigures {
  return {
    requests: traffic.requests,
    input_tokens: traffic.inputTokens,
    output_tokens: traffic.outputTokens,
    tokens_per_second: toThreeDecimals(traffic.tokensPerSecond),
    avg_first_token_ms: toThreeDecimals(traffic.firstTokenMs),
  };
}

function toThreeDecimals(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
