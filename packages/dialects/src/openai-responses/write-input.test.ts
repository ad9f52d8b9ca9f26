import { describe, expect, it } from "vitest";

import type { JsonValue, Message, ToolCallPart } from "../conversation.ts";
import { responsesTraits } from "./responses-traits.ts";
import { writeInput } from "./write-input.ts";

const hello: Message = { role: "user", parts: [{ type: "text", text: "Hi" }] };
const image = {
  type: "image",
  source: { kind: "base64", mediaType: "image/png", data: "iVBOR" },
  detail: undefined,
} as const;

function inputOf(messages: readonly Message[], type = "openai"): readonly JsonValue[] {
  return writeInput(messages, responsesTraits({ type })).items;
}

function makeCall(id: string): ToolCallPart {
  return { type: "tool-call", id, name: "look_up", arguments: {} };
}

/** A result that is a text and an image. */
function makePictureResult(callId: string): Message {
  return {
    role: "tool",
    callId,
    name: undefined,
    parts: [{ type: "text", text: callId }, image],
    isError: false,
  };
}

describe("writeInput", () => {
  it("writes the parts of a turn in order, texts in a row as one", () => {
    const items = inputOf(
      [
        hello,
        {
          role: "assistant",
          parts: [
            { type: "thinking", text: "Look.", signature: "sig" },
            { type: "text", text: "One " },
            { type: "text", text: "moment." },
            { type: "tool-call", id: "call_7", name: "look_up", arguments: { town: "Graz" } },
            { type: "refusal", text: "No more." },
          ],
        },
        {
          role: "tool",
          callId: "call_7",
          name: undefined,
          parts: [
            { type: "text", text: "mild" },
            { type: "text", text: "dry" },
          ],
          isError: false,
        },
        { role: "system", text: "Now rhyme." },
      ],
      "vllm",
    );
    expect(items).toEqual([
      { type: "message", role: "user", content: "Hi" },
      {
        type: "reasoning",
        id: "rs_1",
        summary: [],
        content: [{ type: "reasoning_text", text: "Look." }],
      },
      { type: "message", role: "assistant", content: "One moment." },
      { type: "function_call", call_id: "call_7", name: "look_up", arguments: '{"town":"Graz"}' },
      {
        type: "message",
        role: "assistant",
        content: [{ type: "refusal", refusal: "No more." }],
      },
      { type: "function_call_output", call_id: "call_7", output: "mild\ndry" },
      { type: "message", role: "system", content: "Now rhyme." },
    ]);
  });

  it("leaves thinking out where it cannot be sent back, and says so", () => {
    const messages: Message[] = [
      hello,
      {
        role: "assistant",
        parts: [
          { type: "thinking", text: "Look.", signature: "sig" },
          { type: "text", text: "Mild." },
        ],
      },
    ];
    const { items, dropped } = writeInput(messages, responsesTraits({ type: "openai" }));
    expect(items).toHaveLength(2);
    expect(dropped).toEqual(["thinking"]);
  });

  it("writes images and documents", () => {
    const items = inputOf([
      {
        role: "user",
        parts: [
          { type: "text", text: "See:" },
          image,
          {
            type: "image",
            source: { kind: "url", url: "https://a.example/a.png" },
            detail: "high",
          },
          {
            type: "document",
            title: undefined,
            source: { kind: "base64", mediaType: "application/pdf", data: "JVBE" },
          },
          {
            type: "document",
            title: "b",
            source: { kind: "url", url: "https://a.example/b.pdf" },
          },
          {
            type: "document",
            title: "Notes",
            source: { kind: "base64", mediaType: "text/plain", data: "R3LDvMOfZQ==" },
          },
        ],
      },
    ]);
    expect(items).toEqual([
      {
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "See:" },
          { type: "input_image", image_url: "data:image/png;base64,iVBOR", detail: "auto" },
          { type: "input_image", image_url: "https://a.example/a.png", detail: "high" },
          {
            type: "input_file",
            filename: "document.pdf",
            file_data: "data:application/pdf;base64,JVBE",
          },
          { type: "input_file", filename: "b", file_url: "https://a.example/b.pdf" },
          { type: "input_text", text: "Notes\n\nGrüße" },
        ],
      },
    ]);
  });

  it.each([
    { kind: "audio", part: { type: "audio", data: "UklG", format: "wav" }, type: "openai" },
    {
      kind: "a document",
      part: {
        type: "document",
        title: undefined,
        source: { kind: "base64", mediaType: "application/pdf", data: "JVBE" },
      },
      type: "llamacpp",
    },
  ] as const)("refuses $kind for $type, which cannot take it", ({ part, type }) => {
    const refused = (): unknown => inputOf([{ role: "user", parts: [part] }], type);
    expect(refused).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });

  it("marks the result of a call that failed, once", () => {
    const result = (text: string, parts: (typeof image)[] = []): Message => ({
      role: "tool",
      callId: "c",
      name: undefined,
      parts: [{ type: "text", text }, ...parts],
      isError: true,
    });
    const outputs = [result("no"), result("Error: no"), result("no", [image])].map(
      (message) => (inputOf([message]) as readonly { output: JsonValue }[])[0]?.output,
    );
    expect(outputs).toEqual([
      "Error: no",
      "Error: no",
      [
        { type: "input_text", text: "Error:" },
        { type: "input_text", text: "no" },
        { type: "input_image", image_url: "data:image/png;base64,iVBOR", detail: "auto" },
      ],
    ]);
  });

  it("sends images of results behind all results where results are only text", () => {
    const picture = {
      type: "input_image",
      image_url: "data:image/png;base64,iVBOR",
      detail: "auto",
    };
    expect(inputOf([makePictureResult("a"), makePictureResult("b")], "llamacpp")).toEqual([
      { type: "function_call_output", call_id: "a", output: "a" },
      { type: "function_call_output", call_id: "b", output: "b" },
      { type: "message", role: "user", content: [picture, picture] },
    ]);
  });

  it("finds the calls that results without an id belong to, in order", () => {
    const result: Message = {
      role: "tool",
      callId: "",
      name: "look_up",
      parts: [{ type: "text", text: "x" }],
      isError: false,
    };
    const items = inputOf([
      { role: "assistant", parts: [makeCall("a"), makeCall("b")] },
      result,
      result,
    ]);
    expect(items).toMatchObject([
      { call_id: "a" },
      { call_id: "b" },
      { call_id: "a" },
      { call_id: "b" },
    ]);
    expect(() => inputOf([result])).toThrow(
      "messages: the result of look_up must follow a call of it",
    );
  });
});
