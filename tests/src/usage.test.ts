import { describe, expect, it } from "vitest";

import { chat, readEvents } from "./harness/chat.ts";
import { until } from "./harness/gateway.ts";
import { postJson } from "./harness/http-client.ts";
import { startScriptedWorld } from "./harness/scripted-world.ts";
import { startWorld } from "./harness/world.ts";

interface AccessFields {
  readonly input_tokens?: number;
  readonly output_tokens?: number;
}

describe.each(["olla", "sherpa"])("token usage of passed-on answers with engine %s", (engine) => {
  it.each([
    { stream: false, path: "/olla/openai/v1/chat/completions" },
    { stream: true, path: "/olla/ollama/api/chat" },
    { stream: false, path: "/olla/ollama/api/chat" },
  ])("is counted once, from the answer itself ($path, stream $stream)", async (asked) => {
    const models = [{ id: "counted", reply: "one two three four five" }];
    await using world = await startWorld({ only: { kind: "ollama", models } }, { engine });
    const response = await chat(world.url, { model: "counted", content: "a b c", ...asked });
    await response.arrayBuffer();
    await until(() => accessLine(world.gateway.log) !== undefined);
    expect(accessLine(world.gateway.log)).toMatchObject({ input_tokens: 3, output_tokens: 5 });
    const metrics = await (await fetch(`${world.url}/internal/metrics`)).text();
    expect(metrics).toMatch(/^olla_output_tokens_total 5$/m);
    expect(metrics).toMatch(/^olla_input_tokens_total 3$/m);
  });

  it("is taken from the usage event of an OpenAI stream", async () => {
    const models = [{ id: "counted", reply: "one two three" }];
    await using world = await startWorld({ only: { models } }, { engine });
    const body = JSON.stringify({
      model: "counted",
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: "user", content: "a b" }],
    });
    const headers = { "content-type": "application/json" };
    const url = `${world.url}/olla/openai/v1/chat/completions`;
    await readEvents(await fetch(url, { method: "POST", headers, body }));
    await until(() => accessLine(world.gateway.log) !== undefined);
    expect(accessLine(world.gateway.log)).toMatchObject({ input_tokens: 2, output_tokens: 3 });
  });

  it.each([1.5, -1, 1e300, 2 ** 60, "many", null])(
    "survives a count that is none: %s",
    async (count) => {
      await using world = await startScriptedWorld({ engine });
      const usage = { prompt_tokens: count, completion_tokens: count };
      const message = { role: "assistant", content: "mild" };
      world.answerJson({ choices: [{ index: 0, message, finish_reason: "stop" }], usage });
      const asked = {
        model: "scripted",
        max_tokens: 9,
        messages: [{ role: "user", content: "?" }],
      };
      for (const path of ["/olla/openai/v1/chat/completions", "/olla/anthropic/v1/messages"]) {
        const answer = await postJson(world.url, path, asked);
        expect(answer.status).toBe(200);
        expect(answer.text).toContain("mild");
      }
      const metrics = await (await fetch(`${world.url}/internal/metrics`)).text();
      expect(metrics).toMatch(/^olla_output_tokens_total 0$/m);
    },
  );
});

function accessLine(
  log: readonly { readonly message: string; readonly fields: object }[],
): AccessFields | undefined {
  return log.find(({ message }) => message === "Access log")?.fields;
}
