import { describe, expect, it } from "vitest";

import { until } from "./harness/gateway.ts";
import { send, type Answer } from "./harness/http-client.ts";
import { connectRaw } from "./harness/raw-connection.ts";
import { createShiftingClock, shiftTime } from "./harness/shifting-clock.ts";
import { startWorld, traffic, type World, type WorldOptions } from "./harness/world.ts";

const PATH = "/olla/proxy/echo/x";
const TRUST = "trust_proxy_headers: true, trusted_proxy_cidrs: [127.0.0.0/8]";

function get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  return send(url, { path: PATH, headers });
}

const perClient = (perMinute: number, burst: number): string =>
  `per_ip_requests_per_minute: ${perMinute}, global_requests_per_minute: 0, burst_size: ${burst}`;

/** Statuses of so many requests, one after the other. */
async function statuses(
  url: string,
  count: number,
  headers: Record<string, string> = {},
): Promise<readonly number[]> {
  const seen: number[] = [];
  for (let turn = 0; turn < count; turn += 1) seen.push((await get(url, headers)).status);
  return seen;
}

describe.each(["olla", "sherpa"])("rate limits with engine %s", (engine) => {
  function start(rateLimits: string, options: WorldOptions = {}): Promise<World<"only">> {
    return startWorld({ only: {} }, { engine, rateLimits: `{ ${rateLimits} }`, ...options });
  }

  it("RT-67 HP-49 lets a burst of three pass and refuses the fourth", async () => {
    await using world = await start(perClient(60, 3));
    // At the same time, since a second of waiting would let one more pass.
    const all = await Promise.all([1, 2, 3, 4].map(() => get(world.url)));
    const answers = all.toSorted((a, b) => a.status - b.status);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    for (const { headers } of answers) {
      expect(headers["x-ratelimit-limit"]).toBe("60");
      expect(headers["x-ratelimit-remaining"]).toMatch(/^\d+$/);
      expect(Number(headers["x-ratelimit-reset"])).toBeGreaterThan(Date.now() / 1_000 - 1);
    }
    const remaining = answers.map(({ headers }) => Number(headers["x-ratelimit-remaining"]));
    expect(new Set(remaining.slice(0, 3)), "D17 what is left").toEqual(new Set([2, 1, 0]));
    expect(remaining[3]).toBe(0);
    expect(answers[3]?.headers["retry-after"]).toBe("1");
    expect(traffic(world.backends.only)).toHaveLength(3);
  });

  it("HP-83 R26 refuses in the client's dialect, with a request id, and logs it", async () => {
    await using world = await start(perClient(6, 1));
    await get(world.url);
    const { status, headers, text } = await get(world.url, { "X-Request-ID": "limited-1" });
    expect(status).toBe(429);
    expect(headers["content-type"]).toBe("application/json");
    expect(headers["x-olla-request-id"]).toBe("limited-1");
    expect(JSON.parse(text)).toMatchObject({
      error: { type: "rate_limit_error", code: "rate_limited" },
    });
    const logged = () =>
      world.gateway.log.find(({ fields }) => fields["request_id"] === "limited-1");
    await until(() => logged() !== undefined);
    const line = logged();
    expect(line?.fields).toMatchObject({ status: 429, error_code: "rate_limited" });
  });

  it("RT-68 tells ten seconds at six requests per minute, and keeps the word", async () => {
    const clock = createShiftingClock();
    await using world = await start(perClient(6, 2), { clock });
    expect(await statuses(world.url, 3)).toEqual([200, 200, 429]);
    expect((await get(world.url)).headers["retry-after"]).toBe("10");
    await shiftTime(clock, 10_000, world.gateway);
    expect(await statuses(world.url, 2)).toEqual([200, 429]);
  });

  it("RT-69 tells sixty seconds when all clients together are over the limit", async () => {
    const limits = "per_ip_requests_per_minute: 100, global_requests_per_minute: 6, burst_size: 2";
    await using world = await start(`${limits}, ${TRUST}`);
    const seen: unknown[] = [];
    for (const address of ["203.0.113.1", "203.0.113.2", "203.0.113.3"]) {
      const { status, headers } = await get(world.url, { "X-Forwarded-For": address });
      seen.push([status, headers["retry-after"]]);
    }
    expect(seen).toEqual([
      [200, undefined],
      [200, undefined],
      [429, "60"],
    ]);
  });

  it("D17 keeps the limit of all when the limit per client is off", async () => {
    await using world = await start(
      "per_ip_requests_per_minute: 0, global_requests_per_minute: 6, burst_size: 2",
    );
    expect(await statuses(world.url, 3)).toEqual([200, 200, 429]);
    expect((await get(world.url)).headers["retry-after"]).toBe("60");
  });

  it("HP-49 tells zeros when there are no limits", async () => {
    await using world = await startWorld({ only: {} }, { engine });
    const { headers } = await get(world.url);
    expect(headers).toMatchObject({
      "x-ratelimit-limit": "0",
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": "0",
    });
  });

  it("RT-70 HI-37 never limits internal routes and model lists", async () => {
    await using world = await start(perClient(6, 1));
    expect(await statuses(world.url, 2)).toEqual([200, 429]);
    for (const path of ["/internal/health", "/internal/status", "/internal/metrics", "/version"]) {
      const { status, headers } = await send(world.url, { path });
      expect(status, `for ${path}`).toBe(200);
      expect(headers["x-ratelimit-limit"]).toBeUndefined();
    }
  });

  it("RT-71 D17 counts by the peer, whatever an untrusted peer claims", async () => {
    await using world = await start(perClient(6, 2));
    const seen: number[] = [];
    for (const address of ["1.1.1.1", "2.2.2.2", "3.3.3.3"]) {
      const headers = { "X-Forwarded-For": address, "X-Real-IP": address };
      seen.push((await get(world.url, headers)).status);
    }
    expect(seen).toEqual([200, 200, 429]);
  });

  it("counts by the address that a trusted proxy wrote, not by what stands left of it", async () => {
    await using world = await start(`${perClient(6, 1)}, ${TRUST}`);
    const from = (chain: string): Promise<Answer> => get(world.url, { "X-Forwarded-For": chain });
    expect((await from("203.0.113.1")).status).toBe(200);
    expect((await from("203.0.113.1")).status).toBe(429);
    expect((await from("198.51.100.9, 203.0.113.1")).status, "a claim of the client's").toBe(429);
    expect((await from("203.0.113.2")).status, "another client").toBe(200);
    expect((await from("203.0.113.2, 127.0.0.9")).status, "behind a second proxy").toBe(429);
    const refused = (): readonly string[] =>
      world.gateway.log
        .filter(({ fields }) => fields["status"] === 429)
        .map(({ fields }) => String(fields["remote_addr"]));
    await until(() => refused().length === 3);
    expect(refused().toSorted()).toEqual(["203.0.113.1", "203.0.113.1", "203.0.113.2"]);
  });

  it("R27 takes nothing from the others for requests that a client's own limit refuses", async () => {
    const clock = createShiftingClock();
    const limits = "per_ip_requests_per_minute: 1, global_requests_per_minute: 60, burst_size: 3";
    await using world = await start(`${limits}, ${TRUST}`, { clock });
    const greedy = { "X-Forwarded-For": "203.0.113.1" };
    expect(await statuses(world.url, 4, greedy)).toEqual([200, 200, 200, 429]);
    await shiftTime(clock, 3_000, world.gateway);
    expect(new Set(await statuses(world.url, 10, greedy))).toEqual(new Set([429]));
    const other = { "X-Forwarded-For": "203.0.113.2" };
    expect(await statuses(world.url, 3, other)).toEqual([200, 200, 200]);
  });

  it("keeps the connection of a client that it refuses", async () => {
    await using world = await start(perClient(6, 1));
    await get(world.url);
    using connection = await connectRaw(world.url);
    const request = `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody`;
    await connection.write(request);
    await connection.until(/rate_limited/);
    await connection.write("GET /internal/health HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(await connection.until(/healthy/)).toMatch(/^HTTP\/1\.1 429 [^]*HTTP\/1\.1 200 /);
  });
});

/** Asks for the gateway's own health. */
async function health(url: string): Promise<Response> {
  return fetch(`${url}/internal/health`);
}

describe("health_requests_per_minute", () => {
  it("C19 limits /internal/health for each client, and nothing else", async () => {
    const rateLimits =
      "{ health_requests_per_minute: 6, burst_size: 2, per_ip_requests_per_minute: 0, global_requests_per_minute: 0 }";
    await using world = await startWorld({ only: {} }, { rateLimits });
    expect((await health(world.url)).status).toBe(200);
    expect((await health(world.url)).status).toBe(200);
    const refused = await health(world.url);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toMatch(/^(?:9|10)$/);
    expect(refused.headers.get("x-olla-request-id")).toBeTruthy();
    expect(await refused.json()).toMatchObject({ error: { code: "rate_limited" } });
    expect((await fetch(`${world.url}/internal/status`)).status).toBe(200);
    expect((await get(world.url)).status).toBe(200);
  });

  it.each(["health_requests_per_minute: 0", "per_ip_requests_per_minute: 1"])(
    "is not exceeded by ten in a row with %s",
    async (key) => {
      await using world = await startWorld(
        { only: {} },
        { rateLimits: `{ ${key}, burst_size: 10 }` },
      );
      for (let turn = 0; turn < 10; turn += 1) {
        expect((await health(world.url)).status).toBe(200);
      }
    },
  );
});
