import { z } from "zod";

/** What the load process is started with. */
export const loadPlanSchema = z.object({
  url: z.url(),
  headers: z.record(z.string(), z.string()),
  /** One is drawn for each request. */
  models: z.array(z.string()).min(1),
  /**
   * `closed`: every connection asks again as soon as it is answered. `hold`: every
   * connection opens one stream, keeps it while memory is read, and leaves.
   */
  mode: z.enum(["closed", "hold"]),
  connections: z.number(),
  bodyBytes: z.number(),
  stream: z.boolean(),
  /** Tokens that every stream must bring. */
  tokens: z.number(),
  /** The first requests are spread over this time. */
  spreadMs: z.number(),
  warmMs: z.number(),
  /** Answers before it is measured, if they come within half a minute more: compilers count calls, not seconds. */
  warmAnswers: z.number(),
  measureMs: z.number(),
  /** Longest silence of a connection that waits for an answer. */
  silenceMs: z.number(),
  /** Process trees whose processor time and memory are reported, by name. */
  watch: z.record(z.string(), z.number()),
  /** Whether to let the last requests end, so that all that were sent are answered. */
  finish: z.boolean(),
  /** Whether to tell answers and errors of each tenth of a second. */
  timeline: z.boolean(),
});

export type LoadPlan = z.infer<typeof loadPlanSchema>;

const quantilesSchema = z.object({
  count: z.number(),
  mean: z.number(),
  p50: z.number(),
  p90: z.number(),
  p99: z.number(),
  p999: z.number(),
  max: z.number(),
});

/** What one measurement found; times of quantiles in microseconds. */
export const loadResultSchema = z.object({
  /** Complete answers in the measured time. */
  requests: z.number(),
  /** Complete answers in all. */
  answered: z.number(),
  /** Tokens of those, in streams. */
  answeredTokens: z.number(),
  errors: z.record(z.string(), z.number()),
  firstError: z.string().optional(),
  seconds: z.number(),
  tokens: z.number(),
  latency: quantilesSchema.optional(),
  firstToken: quantilesSchema.optional(),
  /** From the backend's write of a token to the client's read. */
  transit: quantilesSchema.optional(),
  /** Between two tokens of one stream at the client. */
  gap: quantilesSchema.optional(),
  /** Processor seconds in the measured time, by name. */
  cpu: z.record(z.string(), z.number()),
  residentBytes: z.record(z.string(), z.number()),
  openFiles: z.record(z.string(), z.number()),
  /** Cores that other programs used meanwhile. */
  foreignCores: z.number(),
  /** Requests that had heard nothing for five seconds when the measured time ended. */
  unanswered: z.number().default(0),
  /** `hold`: streams that were open when memory was read. */
  held: z.number(),
  timeline: z.array(z.object({ answers: z.number(), errors: z.number(), slowestMs: z.number() })),
});

export type LoadResult = z.infer<typeof loadResultSchema>;
