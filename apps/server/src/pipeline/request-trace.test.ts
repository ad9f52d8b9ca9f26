import { parseTraceparent } from "@olla-ts/core";
import { makeEndpoint, ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { RequestTrace } from "./request-trace.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const CLIENT = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01`, tracestate: "vendor=1" };
const UPSTREAM = { method: "POST", path: "/", headers: ["Accept", "*/*"], body: undefined };

function makeTrace(
  headers: Readonly<Record<string, string>>,
  { sampleRatio = 1, draws = [0.5] }: { sampleRatio?: number; draws?: readonly number[] } = {},
): RequestTrace {
  const clock = new ManualClock();
  let turn = 0;
  const random = (): number => draws[turn++ % draws.length] ?? 0;
  return new RequestTrace(headers, { clock, random, sampleRatio });
}

describe("RequestTrace", () => {
  it.each([
    [0, 0, false],
    [0.25, 0.2, true],
    [0.25, 0.25, false],
    [1, 0.999_999, true],
  ])("samples by ratio %d a request that draws %d: %s", (sampleRatio, draw, isSampled) => {
    const { context, parentSpanId } = makeTrace({}, { sampleRatio, draws: [draw] });
    expect(context.isSampled).toBe(isSampled);
    expect(parentSpanId).toBeUndefined();
  });

  it.each([0, 1])("does as the client says, whatever the ratio is (%d)", (sampleRatio) => {
    expect(makeTrace(CLIENT, { sampleRatio }).context).toMatchObject({
      traceId: TRACE,
      isSampled: true,
    });
    const unsampled = { traceparent: CLIENT.traceparent.replace(/01$/, "00") };
    expect(makeTrace(unsampled, { sampleRatio }).context.isSampled).toBe(false);
  });

  it.each([0, 0.999_999_999_999])("makes ids that are allowed, also of draws of %d", (draw) => {
    const { context } = makeTrace({}, { draws: [draw] });
    expect(parseTraceparent(`00-${context.traceId}-${context.spanId}-01`)).toBeDefined();
  });

  it.each([
    [512, true],
    [513, false],
  ])("records a state of %d characters: %s; any is passed on", (length, isRecorded) => {
    const tracestate = `vendor=${"x".repeat(length - 7)}`;
    const trace = makeTrace({ ...CLIENT, tracestate });
    expect(trace.recordedState).toBe(isRecorded ? tracestate : undefined);
    expect(trace.traced(makeEndpoint(), UPSTREAM).headers).toContain(tracestate);
  });

  it("takes the place of the client's fields, whatever their case", () => {
    const trace = makeTrace(CLIENT);
    const headers = ["TraceParent", CLIENT.traceparent, "a", "b", "TRACESTATE", "vendor=1"];
    const sent = trace.traced(makeEndpoint(), { ...UPSTREAM, headers }).headers;
    const [attempt] = trace.attempts;
    expect(sent).toEqual([
      "a",
      "b",
      "traceparent",
      `00-${TRACE}-${attempt?.spanId}-01`,
      "tracestate",
      "vendor=1",
    ]);
  });

  it("passes an unsampled trace on without noting anything", () => {
    const trace = makeTrace({}, { sampleRatio: 0 });
    const sent = trace.traced(makeEndpoint(), UPSTREAM);
    expect(sent.headers.join()).toMatch(
      /^Accept,\*\/\*,traceparent,00-[\da-f]{32}-[\da-f]{16}-00$/,
    );
    expect(sent.onEnd).toBeUndefined();
    expect(trace.attempts).toEqual([]);
  });
});
