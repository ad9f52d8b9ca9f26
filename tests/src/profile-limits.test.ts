import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { configFor, startGateway, until, type TestGateway } from "./harness/gateway.ts";
import { postJson, type Answer } from "./harness/http-client.ts";
import { startScriptedBackend, type ScriptedBackend } from "./harness/scripted-backend.ts";

const CHAT = "/olla/proxy/v1/chat/completions";

function ask(url: string): Promise<Answer> {
  return postJson(url, CHAT, { model: "scripted", messages: [] });
}

/** Only an answer that is a refusal. */
async function refusal(asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked;
  if (answer.status < 500) throw new Error(`answered with ${answer.status}`);
  return answer;
}

/** Holds every request until the test lets it go. */
class HoldingBackend {
  readonly backend: ScriptedBackend;
  readonly #held: ServerResponse[] = [];
  most = 0;
  #now = 0;

  constructor(backend: ScriptedBackend) {
    this.backend = backend;
    backend.answer((request, response) => {
      if (request.headers["user-agent"]?.startsWith("olla-") === true) {
        response.end();
        return;
      }
      this.#now += 1;
      this.most = Math.max(this.most, this.#now);
      response.on("close", () => (this.#now -= 1));
      this.#held.push(response);
    });
  }

  get held(): number {
    return this.#held.length;
  }

  release(): void {
    this.#held.shift()?.end("{}");
  }
}

async function holding(name: string): Promise<HoldingBackend & AsyncDisposable> {
  const backend = await startScriptedBackend(name);
  return Object.assign(new HoldingBackend(backend), {
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  });
}

describe.each(["olla", "sherpa"])("limits of a profile with engine %s", (engine) => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "olla-profiles-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function start(
    backends: readonly HoldingBackend[],
    characteristics: string,
    { proxy = "", type = "house" } = {},
  ): Promise<TestGateway> {
    const text = `name: house\nextends: openai-compatible\ncharacteristics: ${characteristics}\n`;
    writeFileSync(join(folder, "house.yaml"), text);
    const endpoints = backends.map(({ backend: { name, url } }) => ({ name, url, kind: type }));
    const config = configFor(endpoints, {
      engine,
      proxy,
      more: `profiles_dir: ${folder}`,
      balancer: "priority",
      priorities: { first: 200 },
    });
    return startGateway({ config });
  }

  it("PV-16 its timeout bounds a request", async () => {
    await using only = await holding("only");
    await using gateway = await start([only], "{ timeout: 300ms }");
    const answer = await ask(gateway.url);
    expect(answer.status).toBe(504);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: "response_header_timeout" } });
  });

  it("PV-17 its request too many goes to another endpoint", async () => {
    await using first = await holding("first");
    await using second = await holding("second");
    await using gateway = await start([first, second], "{ max_concurrent_requests: 1 }");
    const answers = [ask(gateway.url)];
    await until(() => first.held === 1);
    answers.push(ask(gateway.url));
    await until(() => second.held === 1);
    first.release();
    second.release();
    const given = await Promise.all(answers);
    expect(given.map(({ headers }) => headers["x-olla-endpoint"])).toEqual(["first", "second"]);
  });

  it("PV-17 its request too many waits where there is no other endpoint", async () => {
    await using only = await holding("only");
    await using gateway = await start([only], "{ max_concurrent_requests: 2 }");
    const answers = Array.from({ length: 6 }, () => ask(gateway.url));
    for (let served = 0; served < 6; served += 1) {
      await until(() => only.held > 0);
      only.release();
    }
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(only.most).toBe(2);
  });

  it("PV-17 its request too many is refused with Retry-After when as many as may wait already", async () => {
    await using only = await holding("only");
    await using gateway = await start([only], "{ max_concurrent_requests: 1 }", {
      proxy: "  max_queued_per_endpoint: 1",
    });
    const served = [ask(gateway.url)];
    await until(() => only.held === 1);
    const refused = await Promise.any([ask(gateway.url), ask(gateway.url)].map(refusal));
    expect(refused.status).toBe(503);
    expect(JSON.parse(refused.text)).toMatchObject({ error: { code: "overloaded" } });
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    only.release();
    await until(() => only.held === 1);
    only.release();
    await Promise.all(served);
    expect(only.most).toBe(1);
  });

  it.each([
    { limits: "own", type: "koboldcpp", most: 2 },
    { limits: "all", type: "koboldcpp", most: 1 },
    { limits: "off", type: "house", most: 2 },
  ])("hold as proxy.profile_limits: $limits says ($type)", async ({ limits, type, most }) => {
    await using only = await holding("only");
    await using gateway = await start([only], "{ max_concurrent_requests: 1 }", {
      proxy: `  profile_limits: ${limits}`,
      type,
    });
    const answers = [ask(gateway.url), ask(gateway.url)];
    await until(() => only.held === most);
    for (let served = 0; served < 2; served += 1) {
      await until(() => only.held > 0);
      only.release();
    }
    await Promise.all(answers);
    expect(only.most).toBe(most);
  });
});
