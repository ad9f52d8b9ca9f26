import { ProxyError } from "@olla-ts/core";
import { describe, expect, it } from "vitest";

import type { JsonValue } from "../conversation.ts";
import { Fields } from "../json/fields.ts";
import { parseMessages, type ParsedMessages } from "./parse-messages.ts";

function parse(...messages: readonly JsonValue[]): ParsedMessages {
  return parseMessages(Fields.ofBody({ messages }));
}

function refusalOf(...messages: readonly JsonValue[]): string {
  try {
    parse(...messages);
  } catch (thrown) {
    if (thrown instanceof ProxyError && thrown.code === "invalid_request") return thrown.message;
    throw thrown;
  }
  return "accepted";
}

const CALL = { id: "call_7", type: "function", function: { name: "look_up", arguments: "{}" } };

describe("parseMessages", () => {
  it("takes leading system and developer messages for instructions, one per block", () => {
    const { system, messages } = parse(
      { role: "system", content: "Be brief." },
      {
        role: "developer",
        content: [
          { type: "text", text: "Be kind." },
          { type: "text", text: "" },
        ],
      },
      { role: "user", content: "hello" },
      { role: "system", content: [{ type: "text", text: "Now in German." }] },
    );
    expect(system).toEqual(["Be brief.", "Be kind."]);
    expect(messages).toEqual([
      { role: "user", parts: [{ type: "text", text: "hello" }] },
      { role: "system", text: "Now in German." },
    ]);
  });

  it("reads every kind of user content", () => {
    const { messages } = parse({
      role: "user",
      content: [
        { type: "text", text: "see" },
        { type: "image_url", image_url: { url: "data:image/PNG;base64,iVBORw==", detail: "low" } },
        { type: "image_url", image_url: { url: "https://example.test/a.jpg" } },
        { type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } },
        {
          type: "file",
          file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERg==" },
        },
      ],
    });
    expect(messages).toEqual([
      {
        role: "user",
        parts: [
          { type: "text", text: "see" },
          {
            type: "image",
            source: { kind: "base64", mediaType: "image/png", data: "iVBORw==" },
            detail: "low",
          },
          {
            type: "image",
            source: { kind: "url", url: "https://example.test/a.jpg" },
            detail: undefined,
          },
          { type: "audio", data: "UklGRg==", format: "wav" },
          {
            type: "document",
            title: "a.pdf",
            source: { kind: "base64", mediaType: "application/pdf", data: "JVBERg==" },
          },
        ],
      },
    ]);
  });

  it("reads an assistant message with thinking, text, refusal and calls in that order", () => {
    const { messages } = parse({
      role: "assistant",
      content: "It is ",
      refusal: "no",
      reasoning_content: "Check.",
      reasoning: "Check.",
      tool_calls: [{ ...CALL, function: { name: "look_up", arguments: '{"town":"Graz"}' } }],
    });
    expect(messages).toEqual([
      {
        role: "assistant",
        parts: [
          { type: "thinking", text: "Check.", signature: undefined },
          { type: "text", text: "It is " },
          { type: "refusal", text: "no" },
          { type: "tool-call", id: "call_7", name: "look_up", arguments: { town: "Graz" } },
        ],
      },
    ]);
  });

  it("TR-23 keeps an integer in arguments that a double cannot hold", () => {
    const call = { ...CALL, function: { name: "f", arguments: '{"n":9007199254740993}' } };
    const { messages } = parse({ role: "assistant", content: null, tool_calls: [call] });
    expect(JSON.stringify(messages)).toContain('"n":9007199254740993');
  });

  it("reads a tool's result, images included", () => {
    const { messages } = parse({
      role: "tool",
      tool_call_id: "call_7",
      name: "look_up",
      content: [
        { type: "text", text: "mild" },
        { type: "image_url", image_url: { url: "https://example.test/map.png" } },
      ],
    });
    expect(messages).toMatchObject([
      {
        role: "tool",
        callId: "call_7",
        name: "look_up",
        isError: false,
        parts: [{ text: "mild" }, { source: { url: "https://example.test/map.png" } }],
      },
    ]);
  });

  it.each([
    {
      message: { role: "function", name: "f", content: "x" },
      refusal: "messages.0.role: must be one of developer, system, user, assistant, tool",
    },
    { message: { role: "user" }, refusal: "messages.0.content: is required" },
    {
      message: { role: "user", content: 5 },
      refusal: "messages.0.content: must be a text or a list of parts",
    },
    {
      message: { role: "user", content: [{ type: "video_url", video_url: {} }] },
      refusal: "messages.0.content.0.type: must be text, image_url, input_audio or file",
    },
    {
      message: {
        role: "user",
        content: [{ type: "image_url", image_url: { url: "file:///etc/passwd" } }],
      },
      refusal:
        "messages.0.content.0.image_url.url: must be an http or https URL or a base64 data URI",
    },
    {
      message: { role: "user", content: [{ type: "file", file: { file_id: "file-1" } }] },
      refusal:
        "messages.0.content.0.file.file_id: names a file this gateway does not hold; send its content as file_data",
    },
    {
      message: { role: "tool", content: "x" },
      refusal: "messages.0.tool_call_id: is required",
    },
    {
      message: {
        role: "assistant",
        content: null,
        tool_calls: [{ ...CALL, function: { name: "f", arguments: "[1]" } }],
      },
      refusal: "messages.0.tool_calls.0.function.arguments: must be the text of a JSON object",
    },
    {
      message: {
        role: "assistant",
        tool_calls: [{ ...CALL, function: { name: "f", arguments: "12345678901234567890" } }],
      },
      refusal: "messages.0.tool_calls.0.function.arguments: must be the text of a JSON object",
    },
    {
      message: { role: "assistant", content: null, function_call: { name: "f" } },
      refusal: "messages.0.function_call: is not supported; use tool_calls",
    },
  ])("refuses $message", ({ message, refusal }) => {
    expect(refusalOf(message)).toBe(refusal);
  });
});
