import type { TrafficStats } from "@olla-ts/core/ports";

import type { Metric } from "./metric-table.ts";

/** How fast answers came, of whatever has statistics. */
export const SPEED_METRICS: readonly Metric<{ readonly stats: TrafficStats }>[] = [
  {
    name: "tokens_per_second",
    type: "gauge",
    help: "Speed at which answers were made, as their backends state it or as streams show it.",
    value: ({ stats }) => stats.tokensPerSecond,
  },
  {
    name: "first_token_ms",
    type: "gauge",
    help: "Mean time to the first token.",
    value: ({ stats }) => stats.firstTokenMs,
  },
];
