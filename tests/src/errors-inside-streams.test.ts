import type { LiveReport } from "@olla-ts/core/ports";
import { describe, expect, it } from "vitest";

import { chat } from "./harness/chat.ts";
import { until } from "./harness/gateway.ts";
import { postJson, send } from "./harness/http-client.ts";
import { parseMetrics } from "./harness/prometheus.ts";
import {
  closed,
  startEvents,
  startScriptedWorld,
  toEvent,
  type ScriptedWorld,
} from "./harness/scripted-world.ts";

const CHUNK = toEvent({ choices: [{ index: 0, delta: { content: "mild" } }] });
const GONE = { error: { message: "litellm.APIConnectionError: gone", type: null, code: "500" } };
const OVERLOADED = { type: "error", error: { type: "overloaded_error", message: "busy" } };

/** What the statistics, the access log and the dashboard say of the one request. */
async function toldOf({ url, gateway }: ScriptedWorld): Promise<object> {
  const accessLine = (): object | undefined =>
    gateway.log.find(({ message }) => message === "Access log")?.fields;
  await until(() => accessLine() !== undefined);
  const metrics = parseMetrics((await send(url, { path: "/internal/metrics" })).text);
  const { text } = await send(url, { path: "/internal/ui/api/report?view=requests" });
  const { requests, overview } = JSON.parse(text) as LiveReport;
  return {
    line: accessLine(),
    failures: metrics.value("olla_failures_total"),
    code: requests.requests[0]?.code,
    failed: overview.totals.failed,
    // Of the last minute; nobody knows how much of it has passed.
    fails: overview.recent.failedPerSecond > 0,
  };
}

const FAILED = {
  line: { status: 200, error_code: "upstream_error" },
  failures: 1,
  code: "upstream_error",
  failed: 1,
  fails: true,
};

describe.each(["olla", "sherpa"])("errors inside a stream with engine %s", (engine) => {
  it.each([
    { what: "without [DONE]", sent: CHUNK + toEvent(GONE) },
    { what: "before [DONE]", sent: CHUNK + toEvent({ error: { code: 503 } }) + toEvent("[DONE]") },
  ])("count as a failure, and go to the client as they came ($what)", async ({ sent }) => {
    await using world = await startScriptedWorld({ engine });
    world.answer((response) => {
      startEvents(response);
      response.end(sent);
    });
    const response = await chat(world.url, { model: "scripted", stream: true });
    expect(await response.text()).toBe(sent);
    expect(await toldOf(world)).toMatchObject(FAILED);
  });

  it("count as a failure in the messages of Anthropic", async () => {
    await using world = await startScriptedWorld({ engine, kind: "vllm" });
    const sent = `event: error\n${toEvent(OVERLOADED)}`;
    world.answer((response) => {
      startEvents(response);
      response.end(sent);
    });
    const messages = [{ role: "user", content: "?" }];
    const asked = { model: "scripted", stream: true, max_tokens: 9, messages };
    const { text } = await postJson(world.url, "/olla/anthropic/v1/messages", asked);
    expect(text).toBe(sent);
    expect(await toldOf(world)).toMatchObject(FAILED);
  });

  it("count as a failure, not as a client that left, when the client leaves at them", async () => {
    await using world = await startScriptedWorld({ engine });
    world.answer(async (response) => {
      startEvents(response);
      response.write(CHUNK + toEvent(GONE));
      await closed(response);
    });
    const leaving = new AbortController();
    const { signal } = leaving;
    const response = await chat(world.url, { model: "scripted", stream: true, signal });
    const reader = response.body?.getReader();
    await reader?.read();
    leaving.abort();
    expect(await toldOf(world)).toMatchObject(FAILED);
  });

  it("are not what a model writes, nor null", async () => {
    await using world = await startScriptedWorld({ engine });
    const content = `\n\n${toEvent(GONE)}`;
    world.answerEvents(
      { choices: [{ index: 0, delta: { content } }], error: null },
      { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 }, error: null },
      "[DONE]",
    );
    await (await chat(world.url, { model: "scripted", stream: true })).text();
    expect(await toldOf(world)).toMatchObject({ failures: 0, failed: 0, fails: false });
  });
});
