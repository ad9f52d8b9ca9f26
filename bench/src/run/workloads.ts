import type { LoadPlan } from "../load/plan.ts";

/** The part of a load that does not depend on the target. */
export type LoadShape = Omit<LoadPlan, "url" | "headers" | "models" | "watch">;

/** A load on gateways that stay up for all of its rounds. */
export interface SteadyWorkload {
  readonly name: string;
  readonly title: string;
  readonly model: string;
  readonly endpoints: number;
  readonly shape: LoadShape;
  /** Answers before the first round. */
  readonly warmAnswers: number;
}

export const SMALL: LoadShape = {
  mode: "closed",
  connections: 32,
  bodyBytes: 1_024,
  stream: false,
  tokens: 0,
  spreadMs: 0,
  warmMs: 2_000,
  warmAnswers: 0,
  measureMs: 5_000,
  silenceMs: 15_000,
  finish: false,
  timeline: false,
};

const STREAMS: LoadShape = { ...SMALL, connections: 16, stream: true, tokens: 200 };

/** A stream lasts ten seconds: the first are spread over one, and all run while it is measured. */
const PACED: LoadShape = { ...STREAMS, spreadMs: 10_000, warmMs: 12_000, measureMs: 10_000 };

export const SMALL_MODEL = "sim-bytes1024";
export const HELD_MODEL = "sim-tokens120-every1000";
export const SLOW_MODEL = "sim-bytes1024-after20";
export const SHORT_PACED_MODEL = "sim-tokens20-every50-after20";
export const SHORT_HELD_MODEL = "sim-tokens200-every100";

export const steadyWorkloads: readonly SteadyWorkload[] = [
  {
    name: "W1",
    title: "1 KB in, 1 KB out, 32 connections",
    model: SMALL_MODEL,
    endpoints: 4,
    warmAnswers: 20_000,
    shape: SMALL,
  },
  {
    name: "W2",
    title: "streams of 200 tokens written one by one, 16 connections",
    model: "sim-tokens200",
    endpoints: 4,
    warmAnswers: 2_000,
    shape: STREAMS,
  },
  {
    name: "W3",
    title: "1,000 streams of 20 tokens/s",
    model: "sim-tokens200-every50-after20",
    endpoints: 40,
    warmAnswers: 0,
    shape: { ...PACED, connections: 1_000 },
  },
  {
    name: "W3-200",
    title: "200 streams of 20 tokens/s",
    model: "sim-tokens200-every50-after20",
    endpoints: 40,
    warmAnswers: 0,
    shape: { ...PACED, connections: 200 },
  },
  {
    name: "W4",
    title: "1 MB in, 1 KB out, 8 connections",
    model: SMALL_MODEL,
    endpoints: 4,
    warmAnswers: 500,
    shape: { ...SMALL, connections: 8, bodyBytes: 1_048_576 },
  },
];

/** Models that every fake endpoint lists. */
export const modelNames: readonly string[] = [
  ...new Set([
    ...steadyWorkloads.map(({ model }) => model),
    HELD_MODEL,
    SLOW_MODEL,
    SHORT_PACED_MODEL,
    SHORT_HELD_MODEL,
  ]),
];
