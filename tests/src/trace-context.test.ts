import { describe, expect, it } from "vitest";

import { until } from "./harness/gateway.ts";
import { send, valuesOf } from "./harness/http-client.ts";
import { startWorld, traffic } from "./harness/world.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

/** What a backend gets of a request without tracing, and the access line of that. */
async function passed(
  engine: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly traceFields: readonly string[]; readonly traceId: unknown }> {
  await using world = await startWorld({ only: { models: ["m1"] } }, { engine });
  await send(world.url, { path: "/olla/proxy/echo/x", headers });
  const line = (): Readonly<Record<string, unknown>> | undefined =>
    world.gateway.log.find(({ message }) => message === "Access log")?.fields;
  await until(() => line() !== undefined);
  const { rawHeaders = [] } = traffic(world.backends.only)[0] ?? {};
  return {
    traceFields: [...valuesOf(rawHeaders, "traceparent"), ...valuesOf(rawHeaders, "tracestate")],
    traceId: line()?.["trace_id"],
  };
}

describe.each(["olla", "sherpa"])("trace context without tracing, engine %s", (engine) => {
  it("goes to the backend as it came, and its trace is named in the access log", async () => {
    const headers = { traceparent: PARENT, tracestate: "vendor=1,other=2" };
    const { traceFields, traceId } = await passed(engine, headers);
    expect(traceFields).toEqual([PARENT, "vendor=1,other=2"]);
    expect(traceId).toBe(TRACE);
  });

  it("is nobody's to mend: a malformed one is passed on, and names no trace", async () => {
    const { traceFields, traceId } = await passed(engine, { traceparent: "00-zz-1-01" });
    expect(traceFields).toEqual(["00-zz-1-01"]);
    expect(traceId).toBeUndefined();
  });

  it("is not added to a request that has none", async () => {
    expect(await passed(engine, {})).toEqual({ traceFields: [], traceId: undefined });
  });
});
