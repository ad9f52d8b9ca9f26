import { describe, expect, it } from "vitest";

import type { Conversation, ImagePart, Message, ToolMessage } from "../conversation.ts";
import { abilitiesOf } from "./backend-abilities.ts";
import { type WrittenMessages, writeMessages } from "./write-messages.ts";

function write(messages: readonly Message[], type = "vllm"): WrittenMessages {
  return writeMessages({ system: [], messages }, abilitiesOf(type));
}

function makeResult(over: Partial<ToolMessage> = {}): ToolMessage {
  const parts = [{ type: "text", text: "mild" }] as const;
  return { role: "tool", callId: "call_7", name: undefined, parts, isError: false, ...over };
}

const IMAGE: ImagePart = {
  type: "image",
  source: { kind: "base64", mediaType: "image/png", data: "iVBORw==" },
  detail: undefined,
};
const IMAGE_URL = { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw==" } };

describe("writeMessages", () => {
  it("TR-7 joins the system blocks with a blank line into one message", () => {
    const conversation: Pick<Conversation, "system" | "messages"> = {
      system: ["Be brief.", "", "Be kind."],
      messages: [],
    };
    expect(writeMessages(conversation, abilitiesOf("vllm")).messages).toEqual([
      { role: "system", content: "Be brief.\n\nBe kind." },
    ]);
  });

  it("writes instructions in the middle where they are", () => {
    const { messages } = write([
      { role: "user", parts: [{ type: "text", text: "hello" }] },
      { role: "system", text: "Now in German." },
    ]);
    expect(messages[1]).toEqual({ role: "system", content: "Now in German." });
  });

  it("TR-8 keeps results before the user's text, in order", () => {
    const { messages } = write([
      makeResult({ callId: "a" }),
      makeResult({ callId: "b" }),
      { role: "user", parts: [{ type: "text", text: "and?" }] },
    ]);
    expect(messages).toEqual([
      { role: "tool", tool_call_id: "a", content: "mild" },
      { role: "tool", tool_call_id: "b", content: "mild" },
      { role: "user", content: "and?" },
    ]);
  });

  it.each([
    { text: "no such town", content: "Error: no such town" },
    { text: "Error: no such town", content: "Error: no such town" },
  ])("TR-9 marks a failed result once: $text", ({ text, content }) => {
    const { messages } = write([makeResult({ isError: true, parts: [{ type: "text", text }] })]);
    expect(messages[0]).toMatchObject({ content });
  });

  it("TR-10 joins a result's texts by lines and moves its images behind the results", () => {
    const parts = [{ type: "text", text: "a" }, IMAGE, { type: "text", text: "b" }] as const;
    const { messages } = write([makeResult({ parts }), makeResult({ callId: "call_8" })]);
    expect(messages).toEqual([
      { role: "tool", tool_call_id: "call_7", content: "a\nb" },
      { role: "tool", tool_call_id: "call_8", content: "mild" },
      { role: "user", content: [IMAGE_URL] },
    ]);
  });

  it("TR-10 puts a result's images into the user message that follows", () => {
    const { messages } = write([
      makeResult({ parts: [IMAGE] }),
      { role: "user", parts: [{ type: "text", text: "what is it?" }] },
    ]);
    expect(messages).toEqual([
      { role: "tool", tool_call_id: "call_7", content: "" },
      { role: "user", content: [IMAGE_URL, { type: "text", text: "what is it?" }] },
    ]);
  });

  it("TR-11 writes calls without text as null content and JSON text", () => {
    const call = { type: "tool-call", id: "call_7", name: "f", arguments: { a: [1] } } as const;
    const { messages } = write([{ role: "assistant", parts: [call] }]);
    expect(messages).toEqual([
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "call_7", type: "function", function: { name: "f", arguments: '{"a":[1]}' } },
        ],
      },
    ]);
  });

  it("TR-12 keeps a turn that is nothing but an image, by content or by address", () => {
    const url = "https://example.test/a.png";
    const byUrl: ImagePart = { type: "image", source: { kind: "url", url }, detail: "high" };
    const { messages } = write([{ role: "user", parts: [IMAGE, byUrl] }]);
    expect(messages).toEqual([
      {
        role: "user",
        content: [IMAGE_URL, { type: "image_url", image_url: { url, detail: "high" } }],
      },
    ]);
  });

  it("TR-13 writes a text document as text under its title", () => {
    const data = Buffer.from("Graz is mild.").toString("base64");
    const source = { kind: "base64", mediaType: "text/plain", data } as const;
    const { messages } = write([
      { role: "user", parts: [{ type: "document", title: "Weather", source }] },
    ]);
    expect(messages).toEqual([{ role: "user", content: "Weather\n\nGraz is mild." }]);
  });

  it("TR-13 writes a PDF as a file where files are read and refuses it elsewhere", () => {
    const source = { kind: "base64", mediaType: "application/pdf", data: "JVBERg==" } as const;
    const messages: readonly Message[] = [
      { role: "user", parts: [{ type: "document", title: undefined, source }] },
    ];
    expect(write(messages, "openai").messages).toEqual([
      {
        role: "user",
        content: [
          {
            type: "file",
            file: {
              filename: "document.pdf",
              file_data: "data:application/pdf;base64,JVBERg==",
            },
          },
        ],
      },
    ]);
    expect(() => write(messages, "vllm")).toThrow(
      "messages: the selected backend cannot read documents of type application/pdf",
    );
  });

  it("TR-13 refuses a document that would have to be fetched", () => {
    const source = { kind: "url", url: "https://example.test/a.pdf" } as const;
    const document = { type: "document", title: undefined, source } as const;
    expect(() => write([{ role: "user", parts: [document] }], "openai")).toThrow(
      "cannot fetch documents",
    );
  });

  it("joins several texts of a user by lines and writes audio as a part", () => {
    const texts = [
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ] as const;
    const audio = { type: "audio", data: "UklGRg==", format: "wav" } as const;
    const { messages } = write([
      { role: "user", parts: texts },
      { role: "user", parts: [audio] },
    ]);
    expect(messages).toEqual([
      { role: "user", content: "a\nb" },
      {
        role: "user",
        content: [{ type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } }],
      },
    ]);
  });

  it.each([
    { type: "llamacpp", fields: { reasoning_content: "Check." }, dropped: [] },
    {
      type: "vllm",
      fields: { reasoning_content: "Check.", reasoning: "Check." },
      dropped: [],
    },
    { type: "ollama", fields: { reasoning: "Check." }, dropped: [] },
    { type: "openai", fields: {}, dropped: ["thinking"] },
  ])("gives $type earlier thinking back, or names it", ({ type, fields, dropped }) => {
    const parts = [
      { type: "thinking", text: "Check.", signature: "s" },
      { type: "text", text: "mild" },
    ] as const;
    const written = write([{ role: "assistant", parts }], type);
    expect(written.messages).toEqual([{ role: "assistant", content: "mild", ...fields }]);
    expect(written.dropped).toEqual(dropped);
  });

  it("leaves out an assistant message that says nothing", () => {
    expect(write([{ role: "assistant", parts: [{ type: "text", text: "" }] }]).messages).toEqual(
      [],
    );
  });

  it("writes a refusal in its own field to the hosted service and as text elsewhere", () => {
    const messages: readonly Message[] = [
      { role: "assistant", parts: [{ type: "refusal", text: "no" }] },
    ];
    expect(write(messages, "openai").messages).toEqual([
      { role: "assistant", content: null, refusal: "no" },
    ]);
    expect(write(messages).messages).toEqual([{ role: "assistant", content: "no" }]);
  });

  it("finds the call of a result that names the tool alone, each once", () => {
    const call = { type: "tool-call", name: "f", arguments: {} } as const;
    const calls = [
      { ...call, id: "one" },
      { ...call, id: "two" },
    ];
    const result = makeResult({ callId: "", name: "f" });
    const { messages } = write([{ role: "assistant", parts: calls }, result, result]);
    expect(messages.slice(1).map((message) => message["tool_call_id"])).toEqual(["one", "two"]);
  });
});
