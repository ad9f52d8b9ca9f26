import { describe, expect, it } from "vitest";

import { formatTraceparent, parseTraceparent } from "./trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

describe("parseTraceparent", () => {
  it.each([
    ["01", true],
    ["00", false],
    ["03", true],
    ["fe", false],
  ])("reads the sampled bit of the flags %s", (flags, isSampled) => {
    const parsed = parseTraceparent(`00-${TRACE}-${SPAN}-${flags}`);
    expect(parsed).toEqual({ traceId: TRACE, spanId: SPAN, isSampled });
  });

  it("takes from a later version what this one has", () => {
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-comes`)?.traceId).toBe(TRACE);
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01`)?.isSampled).toBe(true);
  });

  it.each([
    "",
    TRACE,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `cc-${TRACE}-${SPAN}-01.more`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-1`,
    ` 00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
    `cc-${TRACE}-${SPAN}-01-${"x".repeat(256)}`,
  ])("takes %j for none", (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});

describe("formatTraceparent", () => {
  it.each([true, false])("writes what is read again, sampled %s", (isSampled) => {
    const context = { traceId: TRACE, spanId: SPAN, isSampled };
    expect(parseTraceparent(formatTraceparent(context))).toEqual(context);
  });
});
