import { describe, expect, it } from "vitest";

import type { Conversation, JsonValue } from "../conversation.ts";
import { parseJson } from "../json/parse-json.ts";
import { openaiResponsesDialect } from "./openai-responses-dialect.ts";

const call = {
  type: "function_call",
  call_id: "call_7",
  name: "look_up",
  arguments: '{"town":"Graz"}',
};
const user = { role: "user", content: "Hi" };

function parse(...input: JsonValue[]): Conversation {
  return openaiResponsesDialect.parseRequest({ model: "pine", input });
}

describe("items of a Responses request", () => {
  it("TR-65 reads an image, a file and texts of a user's message", () => {
    const { messages } = parse({
      type: "message",
      role: "user",
      content: [
        { type: "input_text", text: "What is this?" },
        { type: "input_image", image_url: "data:image/png;base64,iVBOR", detail: "low" },
        { type: "input_image", image_url: "https://pictures.example/a.png" },
        { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,JVBE" },
        { type: "input_file", filename: "b.pdf", file_data: "JVBE" },
        { type: "input_file", file_url: "https://files.example/c.pdf" },
        { type: "input_audio", input_audio: { data: "UklG", format: "wav" } },
      ],
    });
    const pdf = { kind: "base64", mediaType: "application/pdf", data: "JVBE" };
    expect(messages).toEqual([
      {
        role: "user",
        parts: [
          { type: "text", text: "What is this?" },
          {
            type: "image",
            source: { kind: "base64", mediaType: "image/png", data: "iVBOR" },
            detail: "low",
          },
          {
            type: "image",
            source: { kind: "url", url: "https://pictures.example/a.png" },
            detail: undefined,
          },
          { type: "document", title: "a.pdf", source: pdf },
          { type: "document", title: "b.pdf", source: pdf },
          {
            type: "document",
            title: undefined,
            source: { kind: "url", url: "https://files.example/c.pdf" },
          },
          { type: "audio", data: "UklG", format: "wav" },
        ],
      },
    ]);
  });

  it("takes leading messages of system and developer as instructions, later ones in their place", () => {
    const conversation = parse(
      { role: "developer", content: [{ type: "input_text", text: "Be kind." }] },
      { role: "system", content: "Be short." },
      user,
      { role: "developer", content: "Now rhyme." },
    );
    expect(conversation.system).toEqual(["Be kind.", "Be short."]);
    expect(conversation.messages.at(-1)).toEqual({ role: "system", text: "Now rhyme." });
  });

  it("gathers thinking, text and calls of one turn in one message", () => {
    const { messages } = parse(
      user,
      {
        type: "reasoning",
        id: "rs_1",
        summary: [],
        content: [{ type: "reasoning_text", text: "Look it up." }],
        encrypted_content: "sig",
      },
      {
        type: "message",
        id: "msg_1",
        status: "completed",
        role: "assistant",
        content: [{ type: "output_text", text: "One moment.", annotations: [] }],
      },
      call,
      { ...call, call_id: "call_8" },
      { type: "function_call_output", call_id: "call_7", output: "mild" },
      {
        type: "function_call_output",
        call_id: "call_8",
        output: [
          { type: "input_text", text: "a map" },
          { type: "input_image", image_url: "data:image/png;base64,iVBOR" },
        ],
      },
    );
    const input = { town: "Graz" };
    expect(messages.slice(1)).toEqual([
      {
        role: "assistant",
        parts: [
          { type: "thinking", text: "Look it up.", signature: "sig" },
          { type: "text", text: "One moment." },
          { type: "tool-call", id: "call_7", name: "look_up", arguments: input },
          { type: "tool-call", id: "call_8", name: "look_up", arguments: input },
        ],
      },
      {
        role: "tool",
        callId: "call_7",
        name: "look_up",
        parts: [{ type: "text", text: "mild" }],
        isError: false,
      },
      {
        role: "tool",
        callId: "call_8",
        name: "look_up",
        parts: [
          { type: "text", text: "a map" },
          {
            type: "image",
            source: { kind: "base64", mediaType: "image/png", data: "iVBOR" },
            detail: undefined,
          },
        ],
        isError: false,
      },
    ]);
  });

  it("keeps two answers in a row apart", () => {
    expect(
      parse(
        user,
        { role: "assistant", content: "One." },
        { role: "assistant", content: "Two." },
      ).messages.slice(1),
    ).toEqual([
      { role: "assistant", parts: [{ type: "text", text: "One." }] },
      { role: "assistant", parts: [{ type: "text", text: "Two." }] },
    ]);
  });

  it("reads a refusal, and thinking of which there is only a summary", () => {
    const { messages } = parse(
      user,
      {
        type: "reasoning",
        summary: [
          { type: "summary_text", text: "First." },
          { type: "summary_text", text: "Then." },
        ],
      },
      { role: "assistant", content: [{ type: "refusal", refusal: "I must not." }] },
    );
    expect(messages[1]).toEqual({
      role: "assistant",
      parts: [
        { type: "thinking", text: "First.\n\nThen.", signature: undefined },
        { type: "refusal", text: "I must not." },
      ],
    });
  });

  it("leaves out what says nothing", () => {
    const conversation = parse(
      user,
      { type: "reasoning", summary: [], encrypted_content: "" },
      { role: "assistant", content: "" },
      { role: "system", content: "" },
    );
    expect(conversation.messages).toHaveLength(1);
    expect(parse({ role: "user", content: [] }).messages).toEqual([
      { role: "user", parts: [{ type: "text", text: "" }] },
    ]);
  });

  it("TR-23 keeps every digit of a large integer in arguments", () => {
    const { messages } = parse(user, { ...call, arguments: '{"id":9007199254740993}' });
    expect(JSON.stringify(messages)).toContain('"arguments":{"id":9007199254740993}');
  });

  it("TR-22 takes no arguments for those of an empty object", () => {
    expect(parse(user, { ...call, arguments: "" }).messages[1]).toMatchObject({
      parts: [{ arguments: {} }],
    });
  });

  it("takes a result that names the tool alone", () => {
    const { messages } = parse(user, call, {
      type: "function_call_output",
      name: "look_up",
      output: "mild",
    });
    expect(messages[2]).toMatchObject({ role: "tool", callId: "", name: "look_up" });
  });

  it("reads what a client sends as JSON", () => {
    const body = parseJson('{"model":"pine","input":[{"role":"user","content":"Grüß dich ✓"}]}');
    expect(openaiResponsesDialect.parseRequest(body).messages).toEqual([
      { role: "user", parts: [{ type: "text", text: "Grüß dich ✓" }] },
    ]);
  });
});
