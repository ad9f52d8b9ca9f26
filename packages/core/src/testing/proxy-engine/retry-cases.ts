import { expect } from "vitest";

import { CancellationSource } from "../../domain/cancellation.ts";
import type { Endpoint } from "../../domain/endpoint.ts";
import type { ErrorCode } from "../../domain/failure.ts";
import { ProxyError } from "../../domain/proxy-error.ts";
import { EVERY_CANDIDATE } from "../../domain/retry-rules.ts";
import { makeEndpoint } from "../make.ts";
import type { ContractCase } from "./engine-harness.ts";
import { answer, head } from "./http-text.ts";
import { freePort, startPlainServer, type Exchange, type Script } from "./scripted-upstream.ts";

/** While nothing was received, other candidates get their turn, each at most once. */
export function describeRetries(contractCase: ContractCase): void {
  contractCase(
    "RT-1 goes on to the next candidate when the connection is refused",
    async (harness) => {
      const refusing = await refusingEndpoint();
      const { endpoint } = await harness.upstream((exchange) => exchange.write(answer()));
      const { response } = await harness.exchange([refusing, endpoint], { repeatable: false });
      expect(response.endpoint).toBe(endpoint);
      expect(response.attempts.map((attempt) => attempt.endpoint)).toEqual([refusing, endpoint]);
      expect(response.attempts.map(({ error }) => error?.code)).toEqual([
        "upstream_connect",
        undefined,
      ]);
      await harness.observer.settled();
      expect(harness.observer.codes).toEqual(["upstream_connect", undefined]);
      expect(harness.engine.getStats()).toMatchObject({ attempts: 2, retries: 1, failures: 1 });
    },
  );

  for (const { title, script, codes, sends = 1 } of beforeHead) {
    contractCase(`goes on to the next candidate after ${title}`, async (harness) => {
      const broken = await harness.upstream(script);
      const { endpoint } = await harness.upstream((exchange) => exchange.write(answer()));
      const { response } = await harness.exchange([broken.endpoint, endpoint]);
      expect(response.endpoint).toBe(endpoint);
      expect(codes).toContain(response.attempts[0]?.error?.code);
      expect(response.attempts[0]?.error).toBeInstanceOf(ProxyError);
      expect(response.attempts).toHaveLength(2);
      expect(
        broken.requests.length,
        "a new connection that breaks is no dead pooled one: nothing is sent twice",
      ).toBeLessThanOrEqual(sends);
    });
  }

  contractCase(
    "RT-36 goes on after a header time-out when the request is repeatable",
    async (harness) => {
      const silent = await harness.upstream(() => {});
      const { endpoint } = await harness.upstream((exchange) => exchange.write(answer()));
      const { response } = await harness.exchange([silent.endpoint, endpoint]);
      expect(response.endpoint).toBe(endpoint);
      expect(response.attempts[0]?.error?.code).toBe("response_header_timeout");
    },
    { responseHeaderMs: 400 },
  );

  contractCase(
    "stops after a header time-out when the request is not repeatable",
    async (harness) => {
      const silent = await harness.upstream(() => {});
      const other = await harness.upstream((exchange) => exchange.write(answer()));
      const candidates = [silent.endpoint, other.endpoint];
      const error = await harness.refusal(candidates, { repeatable: false });
      expect(error.code).toBe("response_header_timeout");
      expect(other.connections).toBe(0);
    },
    { responseHeaderMs: 150 },
  );

  contractCase(
    "stops after a malformed answer to a request that is not repeatable",
    async (harness) => {
      const broken = await harness.upstream((exchange) => exchange.write("garbage\r\n\r\n"));
      const other = await harness.upstream((exchange) => exchange.write(answer()));
      const candidates = [broken.endpoint, other.endpoint];
      const error = await harness.refusal(candidates, { repeatable: false });
      expect(error.code).toBe("upstream_protocol");
      expect(other.connections).toBe(0);
    },
  );

  for (const status of ["429 Too Many Requests", "500 Oops", "502 Bad", "503 Busy", "504 Late"]) {
    contractCase(`RT-6 HP-42 takes ${status} for an answer and does not retry`, async (harness) => {
      const failing = await harness.upstream((exchange) =>
        exchange.write(answer({ status, headers: ["Retry-After", "7"], body: "sorry" })),
      );
      const other = await harness.upstream((exchange) => exchange.write(answer()));
      const { response, body } = await harness.exchange([failing.endpoint, other.endpoint]);
      expect(response.status).toBe(Number.parseInt(status, 10));
      expect(response.headers.slice(0, 2)).toEqual(["Retry-After", "7"]);
      expect(body.text()).toBe("sorry");
      expect(other.connections).toBe(0);
      await harness.observer.settled();
      expect(harness.observer.codes, "an answer is not a failed attempt").toEqual([undefined]);
    });
  }

  contractCase(
    "tries every candidate once and asks only about those not yet tried",
    async (harness) => {
      const asked: string[][] = [];
      const addressed: string[] = [];
      const first = await harness.upstream((exchange) => exchange.reset());
      const second = await harness.upstream((exchange) => exchange.reset());
      const third = await harness.upstream((exchange) => exchange.write(answer()));
      const { response } = await harness.exchange(
        [first.endpoint, second.endpoint, third.endpoint],
        {
          select(remaining) {
            asked.push(remaining.map(({ name }) => name));
            const last = remaining.find(({ name }) => name !== "u2") ?? remaining[0];
            if (last === undefined) throw new Error("select() was called without candidates");
            return last;
          },
          toUpstream(endpoint) {
            addressed.push(endpoint.name);
            return { method: "GET", path: `/${endpoint.name}`, headers: [], body: undefined };
          },
        },
      );
      expect(asked).toEqual([["u0", "u1", "u2"], ["u1", "u2"], ["u2"]]);
      expect(addressed, "toUpstream is called once per attempt").toEqual(["u0", "u1", "u2"]);
      expect(third.requests.map(({ target }) => target)).toEqual(["/u2"]);
      expect(response.attempts).toHaveLength(3);
      expect(harness.engine.getStats().retries).toBe(2);
    },
  );

  contractCase(
    "RT-3 HP-80 rejects when no candidate answers, without telling addresses",
    async (harness) => {
      const candidates = [await refusingEndpoint(1), await refusingEndpoint(2)];
      const error = await harness.refusal(candidates);
      expect(error).toMatchObject({ code: "upstream_connect", status: 502 });
      expect(error.cause, "the last failure is kept as cause").toBeInstanceOf(Error);
      expect(error.message, "the message says how many were tried").toMatch(/\b2\b|\btwo\b/);
      for (const { url, name } of candidates) {
        const { hostname, port } = new URL(url);
        expect(error.message).not.toContain(hostname);
        expect(error.message).not.toContain(port);
        expect(error.message).not.toContain(name);
      }
      expect(harness.observer.codes).toEqual(["upstream_connect", "upstream_connect"]);
    },
  );

  contractCase("sends no more often than the request allows", async (harness) => {
    const candidates = [await refusingEndpoint(1), await refusingEndpoint(2)];
    const { endpoint, ...spare } = await harness.upstream((exchange) => exchange.write(answer()));
    const retry = { ...EVERY_CANDIDATE, maxAttempts: 2 };
    const error = await harness.refusal([...candidates, endpoint], { retry });
    expect(error.code).toBe("upstream_connect");
    expect(spare.connections).toBe(0);
    expect(harness.engine.getStats()).toMatchObject({ attempts: 2, retries: 1 });
  });

  contractCase(
    "stops after a connection failure when that is no reason to go on",
    async (harness) => {
      const retry = { ...EVERY_CANDIDATE, afterConnectionFailure: false };
      const other = await harness.upstream((exchange) => exchange.write(answer()));
      const candidates = [await refusingEndpoint(1), other.endpoint];
      expect((await harness.refusal(candidates, { retry })).code).toBe("upstream_connect");
      expect(other.connections).toBe(0);
    },
  );

  contractCase("pauses before a retry, until the client leaves", async (harness) => {
    const cancellation = new CancellationSource();
    const retry = { ...EVERY_CANDIDATE, backoffMs: 3_600_000 };
    const closing = await harness.upstream((exchange) => exchange.close());
    const other = await harness.upstream((exchange) => exchange.write(answer()));
    const candidates = [closing.endpoint, other.endpoint];
    const refused = harness.refusal(candidates, { retry, cancellation });
    await harness.observer.settled();
    await closing.until("the first attempt to fail", () => harness.observer.codes.length === 1);
    cancellation.abort();
    expect((await refused).code).toBe("client_aborted");
    expect(harness.engine.getStats()).toMatchObject({ attempts: 1, retries: 0 });
  });

  contractCase("rejects with the code of the last failure", async (harness) => {
    const closing = await harness.upstream((exchange) => exchange.close());
    const candidates = [await refusingEndpoint(5), closing.endpoint];
    expect((await harness.refusal(candidates)).code).toBe("upstream_closed");
  });

  contractCase("reports a server that does not speak TLS", async (harness) => {
    await using plain = await startPlainServer();
    const secure = makeEndpoint({ slot: 7, url: `https://127.0.0.1:${plain.port}` });
    expect((await harness.refusal(secure)).code).toBe("upstream_tls");
  });
}

/** An endpoint whose port nobody listens on. */
export async function refusingEndpoint(slot = 5): Promise<Endpoint> {
  return makeEndpoint({
    slot,
    name: `refusing-${slot}`,
    url: `http://127.0.0.1:${await freePort()}`,
  });
}

interface BrokenAnswer {
  readonly title: string;
  readonly script: Script;
  readonly codes: readonly ErrorCode[];
  /** How often the request may be sent; default once. */
  readonly sends?: number;
}

const beforeHead: readonly BrokenAnswer[] = [
  {
    title: "a reset before the head",
    script: (exchange) => exchange.reset(),
    codes: ["upstream_reset"],
  },
  {
    title: "a close before the head",
    script: (exchange) => exchange.close(),
    codes: ["upstream_closed"],
  },
  {
    title: "a close inside the head",
    async script(exchange) {
      await exchange.write("HTTP/1.1 200 OK\r\nContent-Le");
      exchange.close();
    },
    codes: ["upstream_closed", "upstream_protocol", "upstream_reset"],
    // An engine may not be able to tell half a head from the answer before on a pooled connection.
    sends: 2,
  },
  {
    title: "an answer that is not HTTP",
    script: (exchange) => exchange.write("SSH-2.0-OpenSSH_9.9\r\n"),
    codes: ["upstream_protocol"],
  },
  {
    title: "a malformed status line",
    script: (exchange) => exchange.write("HTTP/1.1 two hundred\r\n\r\n"),
    codes: ["upstream_protocol"],
  },
  ...["042 Low", "099 Low", "20 OK", "2000 OK", "-1 OK", "0x2 OK"].map((status) => ({
    title: `a status line of ${status}`,
    script: (exchange: Exchange) =>
      exchange.write(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`),
    codes: ["upstream_protocol" as const],
  })),
  {
    title: "contradictory framing",
    script: (exchange) =>
      exchange.write(head("200 OK", ["Content-Length", "3", "Content-Length", "4"])),
    codes: ["upstream_protocol"],
  },
  {
    title: "a switch of protocols that nobody asked for",
    script: (exchange) =>
      exchange.write(head("101 Switching Protocols", ["Connection", "Upgrade", "Upgrade", "x"])),
    codes: ["upstream_protocol"],
  },
  {
    title: "a response head larger than 64 KB",
    script: (exchange) =>
      exchange.write(
        answer({ headers: Array.from({ length: 200 }, () => ["X-Pad", "p".repeat(1000)]).flat() }),
      ),
    codes: ["upstream_protocol"],
  },
];
