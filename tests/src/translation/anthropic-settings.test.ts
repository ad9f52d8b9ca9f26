import type Anthropic from "@anthropic-ai/sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { anthropicClient, MESSAGES, question, WEATHER } from "../harness/anthropic.ts";
import { postJson } from "../harness/http-client.ts";
import { startScriptedWorld, type ScriptedWorld } from "../harness/scripted-world.ts";

const ANSWER = { choices: [{ index: 0, message: { content: "Yes." }, finish_reason: "stop" }] };

type Extra = Partial<Anthropic.MessageCreateParamsNonStreaming>;

describe("the settings a chat backend is given for an anthropic client", () => {
  let world: ScriptedWorld;

  beforeEach(async () => {
    world = await startScriptedWorld();
    world.answerJson(ANSWER);
  });

  afterEach(() => world[Symbol.asyncDispose]());

  /** The body at the backend. */
  async function asked(extra: Extra): Promise<Readonly<Record<string, unknown>>> {
    await anthropicClient(world.url).messages.create({ ...question("scripted"), ...extra });
    return world.last().body;
  }

  it("holds the model, the limit and the stop texts", async () => {
    const body = await asked({ stop_sequences: ["END", "STOP"] });
    expect(body).toEqual({
      model: "scripted",
      max_tokens: 64,
      stream: false,
      stop: ["END", "STOP"],
      messages: [{ role: "user", content: "hello" }],
    });
    expect(world.last()).toMatchObject({ method: "POST", url: "/v1/chat/completions" });
  });

  it.each([
    { choice: { type: "auto" }, written: "auto" },
    { choice: { type: "any" }, written: "required" },
    { choice: { type: "none" }, written: "none" },
    {
      choice: { type: "tool", name: "weather" },
      written: { type: "function", function: { name: "weather" } },
    },
  ] as const)("TR-14 TR-15 has the tools, and $choice.type as their choice", async (row) => {
    const body = await asked({ tools: [WEATHER], tool_choice: row.choice });
    const { name, description, input_schema: parameters } = WEATHER;
    expect(body["tools"]).toEqual([
      { type: "function", function: { name, description, parameters } },
    ]);
    expect(body["tool_choice"]).toEqual(row.written);
  });

  it("TR-16 has no parallel tool calls when the client wants none", async () => {
    const body = await asked({
      tools: [WEATHER],
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
    });
    expect(body["parallel_tool_calls"]).toBe(false);
  });

  it.each([
    { budget: 1_024, effort: "low" },
    { budget: 4_096, effort: "medium" },
    { budget: 16_384, effort: "high" },
  ])("TR-18 has $effort effort for a thinking budget of $budget", async ({ budget, effort }) => {
    const body = await asked({
      max_tokens: 20_000,
      thinking: { type: "enabled", budget_tokens: budget },
    });
    expect(body["reasoning_effort"]).toBe(effort);
  });

  it("TR-18 has the effort and the schema of the output settings", async () => {
    const schema = { type: "object", properties: { town: { type: "string" } } };
    const body = await asked({
      output_config: { effort: "medium", format: { type: "json_schema", schema } },
    });
    expect(body).toMatchObject({
      reasoning_effort: "medium",
      response_format: { type: "json_schema", json_schema: { schema } },
    });
  });

  it("TR-19 has the client's user id", async () => {
    expect((await asked({ metadata: { user_id: "u-7" } }))["user"]).toBe("u-7");
  });

  it("TR-36 asks a stream for its usage", async () => {
    world.answerEvents({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }, "[DONE]");
    await anthropicClient(world.url).messages.stream(question("scripted")).finalMessage();
    expect(world.last().body).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it("tells the client what could not be said", async () => {
    const { headers } = await postJson(world.url, MESSAGES, {
      ...question("scripted"),
      top_k: 5,
      service_tier: "auto",
      mcp_servers: [],
      tools: [WEATHER, { type: "web_search_20250305", name: "web_search" }],
    });
    const dropped = String(headers["x-olla-dropped-fields"]).split(", ");
    expect(dropped.toSorted()).toEqual([
      "mcp_servers",
      "service_tier",
      "top_k",
      "web_search_20250305",
    ]);
    expect(world.last().body).not.toHaveProperty("top_k");
    expect(world.last().body["tools"]).toHaveLength(1);
  });
});

describe("settings that only some backends know", () => {
  const more = "translators: { anthropic: { passthrough_enabled: false } }";

  it.each(["vllm", "sglang", "llamacpp"])("TR-17 TR-50 reach %s: top_k", async (kind) => {
    await using world = await startScriptedWorld({ kind, more });
    world.answerJson(ANSWER);
    const body = { ...question("scripted"), top_k: 5, temperature: 0.5, top_p: 0.25 };
    const { headers } = await postJson(world.url, MESSAGES, body);
    expect(headers["x-olla-mode"]).toBe("translated");
    expect(world.last().body).toMatchObject({ top_k: 5, temperature: 0.5, top_p: 0.25 });
  });

  it("reach vllm: thinking that is switched off, and an answer to be continued", async () => {
    await using world = await startScriptedWorld({ kind: "vllm", more });
    world.answerJson(ANSWER);
    const client = anthropicClient(world.url);
    await client.messages.create({
      ...question("scripted"),
      thinking: { type: "disabled" },
      messages: [
        { role: "user", content: "hello" },
        { role: "assistant", content: "Good mor" },
      ],
    });
    expect(world.last().body).toMatchObject({
      chat_template_kwargs: { enable_thinking: false },
      continue_final_message: true,
      add_generation_prompt: false,
    });
  });

  it("reach vllm: the thinking of earlier turns", async () => {
    await using world = await startScriptedWorld({ kind: "vllm", more });
    world.answerJson(ANSWER);
    await anthropicClient(world.url).messages.create({
      ...question("scripted"),
      messages: [
        { role: "user", content: "hello" },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "A greeting.", signature: "" },
            { type: "text", text: "Hello." },
          ],
        },
        { role: "user", content: "again" },
      ],
    });
    expect(world.last().body["messages"]).toMatchObject([
      { role: "user" },
      { role: "assistant", content: "Hello.", reasoning_content: "A greeting." },
      { role: "user" },
    ]);
  });

  it("TR-13 do not reach vllm: a PDF is refused, and the endpoint is not to blame", async () => {
    await using world = await startScriptedWorld({ kind: "vllm", more });
    const data = Buffer.from("%PDF-1.7").toString("base64");
    const source = { type: "base64", media_type: "application/pdf", data };
    const messages = [{ role: "user", content: [{ type: "document", source }] }];
    const body = { ...question("scripted"), messages };
    const { status, text } = await postJson(world.url, MESSAGES, body);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ error: { type: "invalid_request_error" } });
    expect(world.received).toHaveLength(0);
    expect(await world.gateway.endpoint("scripted")).toMatchObject({
      status: "healthy",
      connections: 0,
    });
  });
});
