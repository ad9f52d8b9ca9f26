import { makeEndpoint, ManualClock, settle } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { createScriptedFetch, refused, type ScriptedAnswer } from "../testing/scripted-fetch.ts";
import { createProbe } from "./probe.ts";

const endpoint = makeEndpoint({ url: "http://127.0.0.1:20001", checkTimeoutMs: 2_000 });
const elsewhere = { location: "http://127.0.0.1:20002/health" };

function setUp(...answers: readonly ScriptedAnswer[]) {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const backend = createScriptedFetch();
  backend.next(...answers);
  const stop = new AbortController();
  let headers: readonly string[] = [];
  const probe = createProbe({
    clock,
    random: () => 0.5,
    fetch: backend.fetch,
    headersFor: () => headers,
    version: "1.2.3",
  });
  return {
    clock,
    backend,
    stop,
    setHeaders: (list: readonly string[]) => void (headers = list),
    run: () => probe(endpoint, stop.signal),
  };
}

describe("createProbe", () => {
  it("asks the health URL with the fields of a probe", async () => {
    const { backend, run } = setUp(200);
    await run();
    const [request] = backend.requests;
    expect(request?.url).toBe(endpoint.healthUrl);
    expect(request?.init).toMatchObject({
      method: "GET",
      redirect: "manual",
      headers: [
        ["User-Agent", "olla-HealthChecker/1.2.3"],
        ["Accept", "application/json, text/plain, */*"],
        ["Cache-Control", "no-cache"],
      ],
    });
  });

  it("lets the endpoint's fields replace its own, and leaves out those of the connection", async () => {
    const { backend, run, setHeaders } = setUp(200);
    setHeaders(["user-agent", "mine", "X-Api-Key", "k", "Host", "a", "Connection", "close"]);
    await run();
    expect(backend.requests[0]?.init.headers).toEqual([
      ["user-agent", "mine"],
      ["Accept", "application/json, text/plain, */*"],
      ["Cache-Control", "no-cache"],
      ["X-Api-Key", "k"],
    ]);
  });

  it.each<[ScriptedAnswer, string, string | undefined]>([
    [200, "healthy", undefined],
    [204, "healthy", undefined],
    [401, "config_error", "HTTP 401: the credentials were refused"],
    [403, "config_error", "HTTP 403: the credentials were refused"],
    [429, "rate_limited", "HTTP 429: too many requests"],
    [404, "unhealthy", "HTTP 404"],
    [500, "unhealthy", "HTTP 500"],
    [503, "unhealthy", "HTTP 503"],
    [304, "unhealthy", "HTTP 304"],
  ])("RT-50 judges %j to be %s", async (answer, status, error) => {
    const { backend, run } = setUp(typeof answer === "number" ? { status: answer } : answer);
    expect(await run()).toMatchObject({ status, error });
    expect(backend.requests).toHaveLength(1); // RT-51: a status is not tried again
  });

  it.each([
    { retryAfter: "45", ms: 45_000 },
    { retryAfter: "Thu, 01 Jan 2026 00:01:00 GMT", ms: 60_000 },
  ])("RT-50 holds back for as long as Retry-After $retryAfter asks", async ({ retryAfter, ms }) => {
    const { run } = setUp({ status: 429, headers: { "retry-after": retryAfter } });
    expect(await run()).toMatchObject({ reason: "limited", notBeforeMs: ms });
  });

  it("recognises a server that loads its model", async () => {
    const body = '{"error":{"message":"Loading model","type":"unavailable_error","code":503}}';
    const { run } = setUp({ status: 503, body });
    expect(await run()).toMatchObject({ reason: "loading", error: "loading model" });
  });

  it("RT-51 tries a refused connection three times, after 100 and 200 ms", async () => {
    const { backend, clock, run } = setUp(refused, refused, refused);
    const verdict = run();
    const tries: number[] = [];
    for (const ms of [0, 99, 1, 199, 1]) {
      await clock.advanceAsync(ms);
      tries.push(backend.requests.length);
    }
    expect(tries).toEqual([1, 1, 2, 2, 3]);
    expect(await verdict).toMatchObject({
      status: "offline",
      reason: "network",
      error: "connection refused",
    });
    expect(clock.pending).toBe(0);
  });

  it("is satisfied when a later try is answered", async () => {
    const { clock, run } = setUp({ code: "ECONNRESET" }, 200);
    const verdict = run();
    await clock.advanceAsync(100);
    expect(await verdict).toMatchObject({ status: "healthy" });
  });

  it("RT-51 gives a silent server exactly its timeout, and no second try", async () => {
    const { backend, clock, run } = setUp("hang");
    let ended = false;
    const verdict = run().finally(() => (ended = true));
    await clock.advanceAsync(1_999);
    expect(ended).toBe(false);
    await clock.advanceAsync(1);
    expect(await verdict).toMatchObject({
      status: "offline",
      reason: "timeout",
      error: "no answer within 2000 ms",
    });
    expect(backend.requests).toHaveLength(1);
  });

  it("C12 honours a timeout over 5 s", async () => {
    const { clock, backend, stop } = setUp("hang");
    const probe = createProbe({
      clock,
      random: () => 0.5,
      fetch: backend.fetch,
      headersFor: () => [],
      version: "1",
    });
    let ended = false;
    const slow = makeEndpoint({ checkTimeoutMs: 20_000 });
    const verdict = probe(slow, stop.signal).finally(() => (ended = true));
    await clock.advanceAsync(19_999);
    expect(ended).toBe(false);
    await clock.advanceAsync(1);
    expect(await verdict).toMatchObject({ reason: "timeout" });
  });

  it("takes a connection that timed out below it for a timeout, not for a reason to retry", async () => {
    const { backend, run } = setUp({ code: "ETIMEDOUT" });
    expect(await run()).toMatchObject({ reason: "timeout", error: "connection timed out" });
    expect(backend.requests).toHaveLength(1);
  });

  it("keeps the network failure as reason when the time is up before another try", async () => {
    const { clock, backend, stop } = setUp(refused);
    const probe = createProbe({
      clock,
      random: () => 0.5,
      fetch: backend.fetch,
      headersFor: () => [],
      version: "1",
    });
    const verdict = probe(makeEndpoint({ checkTimeoutMs: 50 }), stop.signal);
    await clock.advanceAsync(50);
    expect(await verdict).toMatchObject({ reason: "network", error: "connection refused" });
    expect(backend.requests).toHaveLength(1);
  });

  it.each<[string, ScriptedAnswer]>([
    ["while it waits for an answer", "hang"],
    ["between two tries", refused],
  ])("has no verdict when it is stopped %s", async (_, answer) => {
    const { clock, run, stop } = setUp(answer);
    const verdict = run();
    await settle();
    stop.abort();
    expect(await verdict).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  it("R33 follows a redirect within the origin, once", async () => {
    const { backend, run } = setUp({ status: 307, headers: { location: "/healthz" } }, 200);
    expect(await run()).toMatchObject({ status: "healthy" });
    expect(backend.requests.map(({ url }) => url)).toEqual([
      endpoint.healthUrl,
      "http://127.0.0.1:20001/healthz",
    ]);
  });

  it("R33 C30 sends nothing to another origin that it is redirected to", async () => {
    const { backend, run } = setUp({ status: 302, headers: elsewhere });
    expect(await run()).toMatchObject({
      status: "unhealthy",
      error: "HTTP 302: redirect to another origin, not followed",
    });
    expect(backend.requests).toHaveLength(1);
  });

  it.each([{ location: "/again" }, elsewhere])(
    "R33 does not follow a second redirect to $location",
    async (headers) => {
      const { backend, run } = setUp(
        { status: 301, headers: { location: "/next" } },
        { status: 301, headers },
      );
      expect(await run()).toMatchObject({ error: "HTTP 301: redirected more than once" });
      expect(backend.requests).toHaveLength(2);
    },
  );

  it("is unhealthy when a redirect leads nowhere", async () => {
    const { run } = setUp({ status: 302, headers: { location: "http://[" } });
    expect(await run()).toMatchObject({ status: "unhealthy" });
  });
});
