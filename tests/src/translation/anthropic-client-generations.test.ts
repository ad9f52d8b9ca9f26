import Current from "@anthropic-ai/sdk";
import Earlier from "anthropic-sdk-0.70";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { question, WEATHER } from "../harness/anthropic.ts";
import { until } from "../harness/gateway.ts";
import { startWorld, traffic, type World } from "../harness/world.ts";

const MODEL = "pine:7b";
const ASKED = { ...question(MODEL), thinking: { type: "enabled" as const, budget_tokens: 1_024 } };
const TOOL_USE = { type: "tool_use", name: "weather", input: { town: "Graz" } };
const ERRORS = [
  { status: 401, named: "AuthenticationError" },
  { status: 429, named: "RateLimitError" },
  { status: 500, named: "InternalServerError" },
] as const;

const generations = [
  { version: "1.12", Client: Current },
  // The types of the two differ in parts that no test here touches.
  { version: "0.70", Client: Earlier as unknown as typeof Current },
];
const backends = [
  { kind: "openai-compatible", mode: "translated" },
  { kind: "vllm", mode: "passthrough" },
] as const;
const combinations = generations.flatMap((generation) =>
  backends.map((backend) => ({ ...generation, ...backend })),
);

describe.each(combinations)(
  "version $version of the Anthropic client, $mode ($kind)",
  ({ Client, kind, mode }) => {
    let world: World<"only">;
    let client: Current;

    beforeEach(async () => {
      const toolCall = { name: "weather", arguments: { town: "Graz" } };
      const models = [{ id: MODEL, reply: "It is mild.", reasoning: "I wonder.", toolCall }];
      world = await startWorld({ only: { kind, models } });
      const baseURL = `${world.url}/olla/anthropic`;
      client = new Client({ baseURL, apiKey: "client-secret", maxRetries: 0 });
    });

    afterEach(() => world[Symbol.asyncDispose]());

    it("TR-63 reads thinking and text, whole", async () => {
      const { data, response } = await client.messages.create(ASKED).withResponse();
      expect(response.headers.get("x-olla-mode")).toBe(mode);
      expect(data).toMatchObject({
        stop_reason: "end_turn",
        content: [
          { type: "thinking", thinking: "I wonder." },
          { type: "text", text: "It is mild." },
        ],
      });
    });

    it("TR-63 reads thinking and text, streamed", async () => {
      const stream = client.messages.stream(ASKED);
      const pieces = { thinking: "", text: "" };
      stream.on("thinking", (piece) => (pieces.thinking += piece));
      stream.on("text", (piece) => (pieces.text += piece));
      expect((await stream.finalMessage()).stop_reason).toBe("end_turn");
      expect(pieces).toEqual({ thinking: "I wonder.", text: "It is mild." });
    });

    it("TR-63 is asked for a tool, whole and streamed", async () => {
      const request = { ...question(MODEL), tools: [WEATHER] };
      const whole = await client.messages.create(request);
      const streamed = await client.messages.stream(request).finalMessage();
      for (const message of [whole, streamed]) {
        expect(message.stop_reason).toBe("tool_use");
        expect(message.content.at(-1)).toMatchObject(TOOL_USE);
      }
    });

    it("TR-63 gives up a stream, and the backend's work ends", async () => {
      const { only } = world.backends;
      await only.setFault({ type: "stall-after-tokens", tokens: 3 });
      const stream = client.messages.stream(ASKED);
      stream.on("text", () => stream.abort());
      await expect(stream.finalMessage()).rejects.toBeInstanceOf(Client.APIUserAbortError);
      await until(() => traffic(only)[0]?.aborted === true);
    });

    it.each(ERRORS)("TR-63 raises $named for $status", async ({ status, named }) => {
      await world.backends.only.setFault({ type: "status", status });
      for (const request of [
        client.messages.create(ASKED),
        client.messages.stream(ASKED).finalMessage(),
      ]) {
        await expect(request).rejects.toBeInstanceOf(Client[named]);
      }
    });
  },
);
