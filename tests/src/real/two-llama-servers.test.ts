import type { LogFields } from "@olla-ts/core/ports";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { startGateway, until, type TestGateway } from "../harness/gateway.ts";
import { realConfig } from "../harness/real-config.ts";
import { startLlama, type RealServer } from "../harness/real-servers.ts";
import { isDone, startStreamLoad, type StreamOutcome } from "../harness/stream-load.ts";

const CHAT = "/olla/openai/v1/chat/completions";
const CLIENTS = 16;
const LOAD_MS = 8_000;
/** A probe interval and the longest probe, as the configuration has them. */
const ONE_CHECK_MS = 1_500;
const REQUEST = { model: "tiny", ignore_eos: true, messages: [{ role: "user", content: "hi" }] };
/** Many streams, so that connections end and begin all the time. */
const SHORT = { ...REQUEST, max_tokens: 100 };
/** Long streams, so that a kill meets most of them in the middle. */
const LONG = { ...REQUEST, max_tokens: 300 };

let alpha: RealServer;
let beta: RealServer;

beforeAll(async () => {
  alpha = await startLlama("alpha", "alpha", { parallel: 8 });
  beta = await startLlama("beta", "beta", { parallel: 8 });
});

afterAll(async () => {
  await alpha[Symbol.asyncDispose]();
  await beta[Symbol.asyncDispose]();
});

describe.each(["olla", "sherpa"])("two llama.cpp servers behind engine %s", (engine) => {
  let gateway: TestGateway;

  beforeEach(async () => {
    gateway = await startGateway({ config: realConfig([alpha, beta], { engine }) });
  });

  afterEach(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  /** Every change of an endpoint's status after the first, or those of one endpoint. */
  function healthChanges(endpoint?: string): readonly LogFields[] {
    return gateway.log
      .filter(({ message }) => message === "endpoint health changed")
      .map(({ fields }) => fields)
      .filter((fields) => fields["before"] !== "unknown")
      .filter((fields) => endpoint === undefined || fields["endpoint"] === endpoint);
  }

  it("serve 16 streaming clients without a single failure, and stay healthy", async () => {
    const load = startStreamLoad({ clients: CLIENTS, url: gateway.url + CHAT, request: SHORT });
    const endsAt = performance.now() + LOAD_MS;
    await until(() => performance.now() > endsAt);
    await load.stop();

    const { outcomes } = load;
    expect(outcomes.filter(({ status }) => status !== 200)).toEqual([]);
    expect(outcomes.filter((outcome) => !outcome.complete || !isDone(outcome))).toEqual([]);
    expect(outcomes.filter((outcome) => !saysWhoItIs(outcome))).toEqual([]);
    expect(new Set(outcomes.map(({ endpoint }) => endpoint))).toEqual(new Set(["alpha", "beta"]));
    expect(healthChanges()).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(CLIENTS);
  });

  it("lose only streams already begun when one is killed, and take it back", async () => {
    const load = startStreamLoad({ clients: CLIENTS, url: gateway.url + CHAT, request: LONG });
    const { outcomes } = load;
    await until(() => servedSince(outcomes, 0, "alpha") >= 8 && load.underWay("alpha") >= 4);
    const killedAt = performance.now();
    await alpha.kill();
    try {
      await until(async () => (await gateway.endpoint("alpha"))["status"] !== "healthy");
      const outMs = performance.now() - killedAt;
      const outAt = performance.now();
      await until(() => servedSince(outcomes, outAt, "beta") >= 8);
      expect(outMs).toBeLessThan(ONE_CHECK_MS);
    } finally {
      await alpha.restart();
    }
    const restartedAt = performance.now();
    await until(() => servedSince(outcomes, restartedAt, "alpha") >= 8);
    await load.stop();

    expect(outcomes.filter(({ status }) => status !== 200)).toEqual([]);
    const broken = outcomes.filter((outcome) => !isDone(outcome));
    expect(broken.length).toBeGreaterThan(0);
    expect(broken.length).toBeLessThanOrEqual(CLIENTS);
    for (const { endpoint, startedAt, complete } of broken) {
      expect({ endpoint, complete }).toEqual({ endpoint: "alpha", complete: false });
      expect(startedAt).toBeLessThan(killedAt);
    }
    expect(outcomes.filter((outcome) => isDone(outcome) && !outcome.complete)).toEqual([]);
    expect(healthChanges("beta")).toEqual([]);
    expect(healthChanges("alpha").at(-1)).toMatchObject({ after: "healthy" });
  });
});

/** The text itself proves which server spoke, whatever the header says. */
function saysWhoItIs({ endpoint, body }: StreamOutcome): boolean {
  const other = endpoint === "alpha" ? "beta" : "alpha";
  return body.includes(`" ${endpoint}"`) && !body.includes(`" ${other}"`);
}

function servedSince(outcomes: readonly StreamOutcome[], at: number, endpoint: string): number {
  return outcomes.filter((one) => one.endpoint === endpoint && one.startedAt >= at && isDone(one))
    .length;
}
