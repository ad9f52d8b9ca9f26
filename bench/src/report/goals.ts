import type { Row } from "../run/results.ts";
import {
  cpuPerMillionTokens,
  cpuPerThousand,
  measured,
  named,
  ratioOf,
  rowsOf,
  type Figure,
  type Metric,
} from "./figures.ts";

/** What the gateway must not exceed. */
export interface Goal {
  readonly workload: string;
  readonly what: string;
  readonly limit: number;
  readonly unit: string;
  readonly figure: (rows: readonly Row[]) => Figure | undefined;
}

const OURS = "olla-ts-olla";
const BASE = "haproxy";

function besides(workload: string, what: string, limit: number, metric: Metric): Goal {
  return {
    workload,
    what: `${what} ÷ HAProxy`,
    limit,
    unit: "×",
    figure: (rows) => ratioOf(rowsOf(rows, workload, OURS), rowsOf(rows, workload, BASE), metric),
  };
}

function absolute(workload: string, what: string, limit: number, unit: string, name: string): Goal {
  return {
    workload,
    what,
    limit,
    unit,
    figure: (rows) => measured(rowsOf(rows, workload, OURS), named(name)),
  };
}

export const goals: readonly Goal[] = [
  besides("W1", "processor time per request", 3.4, cpuPerThousand),
  besides("W2", "processor time per stream", 0.74, cpuPerThousand),
  besides("W3", "processor time per token, 1,000 streams", 1.65, cpuPerMillionTokens),
  besides("W3-200", "processor time per token, 200 streams", 1.75, cpuPerMillionTokens),
  besides("W4", "processor time per request", 3, cpuPerThousand),
  ...["W5", "W5-hang", "W5-reset", "W5-503"].map((name) => ({
    workload: name,
    what: "requests that failed or had no answer after 5 s",
    limit: 0,
    unit: "",
    figure: (rows: readonly Row[]) =>
      measured(rowsOf(rows, name, OURS), ({ figures }) =>
        figures["failed"] === undefined
          ? undefined
          : figures["failed"] + (figures["unanswered"] ?? 0),
      ),
  })),
  absolute("W6", "memory, idle", 110, " MB", "idleMB"),
  absolute("W6", "memory per open stream, of 5,000", 40, " KB", "held5000KBPerStreamFromIdle"),
  {
    workload: "W6",
    what: "memory after all clients left ÷ idle",
    limit: 1.2,
    unit: "×",
    figure: (rows) =>
      measured(rowsOf(rows, "W6", OURS), ({ figures }) =>
        figures["afterMB"] === undefined || figures["idleMB"] === undefined
          ? undefined
          : figures["afterMB"] / figures["idleMB"],
      ),
  },
  absolute("W6", "requests still running after all clients left", 0, "", "stillActiveAfter"),
  absolute("W7", "start to first answer", 600, " ms", "firstAnswerMs"),
  absolute("W7", "processor time by then", 0.6, " s", "cpuSeconds"),
  ...["W8", "W8-models"].map((name): Goal => ({
    workload: name,
    what: "processor time per request, 1,000 endpoints ÷ 1",
    limit: 1.1,
    unit: "×",
    figure: (rows) =>
      ratioOf(rowsOf(rows, `${name}-1000`, OURS), rowsOf(rows, `${name}-1`, OURS), cpuPerThousand),
  })),
];
