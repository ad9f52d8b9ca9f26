import type Anthropic from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";

import { anthropicClient } from "../harness/anthropic.ts";
import { startWorld, traffic } from "../harness/world.ts";

const MODEL = "pine:7b";
const TURNS = 200;

/** Two hundred kilobytes of tools. */
function tools(): Anthropic.Tool[] {
  return Array.from({ length: 100 }, (_, index) => ({
    name: `tool_${index}`,
    description: "What it does, at length. ".repeat(80),
    input_schema: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
  }));
}

/** A megabyte of questions, calls and their results. */
function history(): Anthropic.MessageParam[] {
  return Array.from({ length: TURNS }, (_, turn): Anthropic.MessageParam[] => [
    { role: "user", content: `Question ${turn}. ${"Please look closely. ".repeat(100)}` },
    {
      role: "assistant",
      content: [
        { type: "text", text: "I read the file." },
        { type: "tool_use", id: `call_${turn}`, name: "tool_0", input: { path: `/${turn}` } },
      ],
    },
    {
      role: "user",
      content: [
        {
          type: "tool_result",
          tool_use_id: `call_${turn}`,
          content: [{ type: "text", text: "A line of the file.\n".repeat(150) }],
        },
      ],
    },
    { role: "assistant", content: "It says so." },
  ]).flat();
}

describe.each(["olla", "sherpa"])("a coding session of a megabyte with engine %s", (engine) => {
  it.each([
    { kind: "vllm", passthrough: true },
    { kind: "vllm", passthrough: false },
    { kind: "llamacpp", passthrough: true },
    { kind: "llamacpp", passthrough: false },
    { kind: "ollama", passthrough: true },
    { kind: "ollama", passthrough: false },
  ] as const)("TR-64 goes on, $kind, passthrough $passthrough", async ({ kind, passthrough }) => {
    const toolCall = { name: "tool_7", arguments: { path: "/src/main.ts" } };
    const models = [{ id: MODEL, toolCall, reply: "Done.", contextLength: 1_000_000 }];
    const more = `translators: { anthropic: { passthrough_enabled: ${passthrough} } }`;
    await using world = await startWorld({ only: { kind, models } }, { engine, more });
    const stream = anthropicClient(world.url).messages.stream({
      model: MODEL,
      max_tokens: 1_024,
      system: [{ type: "text", text: "You code.", cache_control: { type: "ephemeral" } }],
      tools: tools(),
      messages: [...history(), { role: "user", content: "And now?" }],
    });
    const message = await stream.finalMessage();
    expect(message.content.at(-1)).toMatchObject({
      type: "tool_use",
      name: "tool_7",
      input: { path: "/src/main.ts" },
    });
    const { response } = await stream.withResponse();
    const mode = passthrough ? "passthrough" : "translated";
    expect(response.headers.get("x-olla-mode")).toBe(mode);
    const [request] = traffic(world.backends.only);
    expect(request?.bodyBytes).toBeGreaterThan(1_000_000);
    const { messages } = JSON.parse(request?.body.toString("utf8") ?? "") as {
      messages: unknown[];
    };
    // The system message is one more, where it is a message.
    expect(messages).toHaveLength(TURNS * 4 + (passthrough ? 1 : 2));
  });
});
