import type Anthropic from "@anthropic-ai/sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { anthropicClient, MESSAGES, question } from "../harness/anthropic.ts";
import { postJson } from "../harness/http-client.ts";
import { startScriptedWorld, type ScriptedWorld } from "../harness/scripted-world.ts";

const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const ANSWER = { choices: [{ index: 0, message: { content: "Yes." }, finish_reason: "stop" }] };

type Extra = Partial<Anthropic.MessageCreateParamsNonStreaming>;

describe("the messages a chat backend is given for an anthropic client", () => {
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

  async function messagesFor(...messages: Anthropic.MessageParam[]): Promise<unknown> {
    return (await asked({ messages }))["messages"];
  }

  it("TR-7 begins with one system message, from a text and from blocks", async () => {
    const one = await asked({ system: "Be brief." });
    expect(one["messages"]).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "hello" },
    ]);
    const two = await asked({
      system: [
        { type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } },
        { type: "text", text: "Be kind." },
      ],
    });
    expect(two["messages"]).toMatchObject([
      { role: "system", content: "Be brief.\n\nBe kind." },
      { role: "user" },
    ]);
  });

  it("TR-8 TR-9 has tool results in front of the rest of their turn, errors marked once", async () => {
    const messages = await messagesFor(
      { role: "user", content: "Weather?" },
      {
        role: "assistant",
        content: ["a", "b", "c"].map((id) => ({
          type: "tool_use",
          id,
          name: "weather",
          input: { town: id },
        })),
      },
      {
        role: "user",
        content: [
          { type: "text", text: "Now?" },
          { type: "tool_result", tool_use_id: "a", content: "mild" },
          { type: "tool_result", tool_use_id: "b", content: "no such town", is_error: true },
          { type: "tool_result", tool_use_id: "c", content: "Error: offline", is_error: true },
        ],
      },
    );
    expect(messages).toMatchObject([
      { role: "user" },
      { role: "assistant" },
      { role: "tool", tool_call_id: "a", content: "mild" },
      { role: "tool", tool_call_id: "b", content: "Error: no such town" },
      { role: "tool", tool_call_id: "c", content: "Error: offline" },
      { role: "user", content: "Now?" },
    ]);
  });

  it("TR-10 has a result's text blocks as plain text and its images in a user message behind", async () => {
    const messages = await messagesFor(
      { role: "user", content: "Look." },
      { role: "assistant", content: [{ type: "tool_use", id: "a", name: "camera", input: {} }] },
      {
        role: "user",
        content: [
          {
            type: "tool_result",
            tool_use_id: "a",
            content: [
              { type: "text", text: "one" },
              { type: "text", text: "two" },
              { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
            ],
          },
        ],
      },
    );
    expect(messages).toMatchObject([
      { role: "user" },
      { role: "assistant" },
      { role: "tool", content: "one\ntwo" },
      {
        role: "user",
        content: [{ type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } }],
      },
    ]);
  });

  it("TR-11 has a tool call without a text, its arguments as JSON text", async () => {
    const input = { town: "Graz", days: [1, 2] };
    const messages = await messagesFor(
      { role: "user", content: "Weather?" },
      { role: "assistant", content: [{ type: "tool_use", id: "a", name: "weather", input }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "a" }] },
    );
    expect(messages).toMatchObject([
      { role: "user" },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          {
            id: "a",
            type: "function",
            function: { name: "weather", arguments: JSON.stringify(input) },
          },
        ],
      },
      { role: "tool", tool_call_id: "a", content: "" },
    ]);
  });

  it("TR-12 has images by value as data URIs and by address as they are, also without a text", async () => {
    const messages = await messagesFor({
      role: "user",
      content: [
        { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
        { type: "image", source: { type: "url", url: "https://pictures.example/tree.jpg" } },
      ],
    });
    expect(messages).toEqual([
      {
        role: "user",
        content: [
          { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } },
          { type: "image_url", image_url: { url: "https://pictures.example/tree.jpg" } },
        ],
      },
    ]);
  });

  it("TR-13 has the text of documents, under their titles", async () => {
    const messages = await messagesFor({
      role: "user",
      content: [
        {
          type: "document",
          title: "Trees",
          source: { type: "text", media_type: "text/plain", data: "Pines are evergreen." },
        },
        { type: "text", text: "Summarise." },
      ],
    });
    const text = JSON.stringify(messages);
    expect(text).toContain("Trees\\n\\nPines are evergreen.");
    expect(text).toContain("Summarise.");
  });

  it("TR-13 refuses what is named by the id of a file", async () => {
    const source = { type: "file", file_id: "file_1" };
    const content = [{ type: "document", source }];
    const body = { ...question("scripted"), messages: [{ role: "user", content }] };
    const { status, text } = await postJson(world.url, MESSAGES, body);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      error: {
        type: "invalid_request_error",
        message: expect.stringContaining("messages.0.content.0.source.type") as unknown,
      },
    });
    expect(world.received).toHaveLength(0);
  });

  it("knows the role system inside the messages, also as blocks", async () => {
    const content = [{ type: "text", text: "Answer in German." }];
    const messages = [
      { role: "user", content: "hello" },
      { role: "system", content },
    ];
    await postJson(world.url, MESSAGES, { ...question("scripted"), messages });
    expect(world.last().body["messages"]).toEqual([
      { role: "user", content: "hello" },
      { role: "system", content: "Answer in German." },
    ]);
  });
});
