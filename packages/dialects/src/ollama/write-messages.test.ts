import { ProxyError } from "@olla-ts/core";
import { describe, expect, it } from "vitest";

import type { ImagePart, Message, UserPart } from "../conversation.ts";
import { writeMessages } from "./write-messages.ts";

const HELLO: Message = { role: "user", parts: [{ type: "text", text: "Hello" }] };
const IMAGE: ImagePart = {
  type: "image",
  source: { kind: "base64", mediaType: "image/png", data: "iVBORw0KGgo=" },
  detail: undefined,
};

function write(...messages: readonly Message[]): readonly unknown[] {
  return writeMessages({ system: [], messages });
}

describe("writeMessages", () => {
  it("writes blocks of instructions as one message with an empty line between", () => {
    expect(writeMessages({ system: ["Be brief.", "Be kind."], messages: [HELLO] })).toEqual([
      { role: "system", content: "Be brief.\n\nBe kind." },
      { role: "user", content: "Hello" },
    ]);
  });

  it("writes no message for instructions that say nothing", () => {
    expect(writeMessages({ system: [""], messages: [HELLO] })).toEqual([
      { role: "user", content: "Hello" },
    ]);
  });

  it("writes instructions in the middle in their place", () => {
    expect(write(HELLO, { role: "system", text: "Now in French." })).toEqual([
      { role: "user", content: "Hello" },
      { role: "system", content: "Now in French." },
    ]);
  });

  it("TR-71 writes calls with argument objects and results with the tool's name", () => {
    const call = {
      type: "tool-call",
      id: "call_7",
      name: "look_up",
      arguments: { town: "Graz" },
    } as const;
    expect(
      write(
        {
          role: "assistant",
          parts: [
            { type: "thinking", text: "Check.", signature: "s" },
            { type: "text", text: "Let me see." },
            call,
          ],
        },
        {
          role: "tool",
          callId: "call_7",
          name: undefined,
          parts: [{ type: "text", text: "mild" }],
          isError: false,
        },
      ),
    ).toEqual([
      {
        role: "assistant",
        content: "Let me see.",
        thinking: "Check.",
        tool_calls: [
          { id: "call_7", function: { index: 0, name: "look_up", arguments: { town: "Graz" } } },
        ],
      },
      { role: "tool", content: "mild", tool_name: "look_up", tool_call_id: "call_7" },
    ]);
  });

  it.each([
    { text: "no such town", written: "Error: no such town" },
    { text: "error 404", written: "error 404" },
  ])("TR-9 marks the failed result '$text' once", ({ text, written }) => {
    const failed: Message = {
      role: "tool",
      callId: "",
      name: "look_up",
      parts: [{ type: "text", text }],
      isError: true,
    };
    expect(write(failed)).toEqual([{ role: "tool", content: written, tool_name: "look_up" }]);
  });

  it("TR-10 moves images of results behind the last result of the turn", () => {
    const result = { role: "tool", name: "shot", isError: false } as const;
    expect(
      write(
        { ...result, callId: "a", parts: [{ type: "text", text: "one" }, IMAGE] },
        { ...result, callId: "b", parts: [{ type: "text", text: "two" }] },
      ),
    ).toMatchObject([
      { role: "tool", content: "one" },
      { role: "tool", content: "two" },
      { role: "user", content: "", images: ["iVBORw0KGgo="] },
    ]);
  });

  it("writes images of results before the turn that follows", () => {
    expect(
      write({ role: "tool", callId: "", name: "shot", parts: [IMAGE], isError: false }, HELLO),
    ).toEqual([
      { role: "tool", content: "", tool_name: "shot" },
      { role: "user", content: "", images: ["iVBORw0KGgo="] },
      { role: "user", content: "Hello" },
    ]);
  });

  it("TR-71 writes images as bare base64 beside the text", () => {
    const parts: readonly UserPart[] = [
      { type: "text", text: "What" },
      { ...IMAGE, detail: "low" },
      { type: "text", text: "is this?" },
    ];
    expect(write({ role: "user", parts })).toEqual([
      { role: "user", content: "What\nis this?", images: ["iVBORw0KGgo="] },
    ]);
  });

  it("writes a refusal as content", () => {
    expect(write({ role: "assistant", parts: [{ type: "refusal", text: "No." }] })).toEqual([
      { role: "assistant", content: "No." },
    ]);
  });

  const address = { kind: "url", url: "http://127.0.0.1/a" } as const;
  const tiff = { kind: "base64", mediaType: "image/tiff", data: "SUk=" } as const;
  const refused: readonly { readonly part: UserPart; readonly message: string }[] = [
    {
      part: { ...IMAGE, source: address },
      message: "This endpoint takes images as base64 data only, not as addresses.",
    },
    {
      part: { ...IMAGE, source: tiff },
      message: "This endpoint takes JPEG, PNG and WebP images only.",
    },
    {
      part: { type: "document", title: undefined, source: address },
      message: "This endpoint takes no documents, only text.",
    },
    {
      part: { type: "audio", data: "UklGRg==", format: "wav" },
      message: "This endpoint takes no audio.",
    },
  ];

  it.each(refused)("TR-13 refuses with: $message", ({ part, message }) => {
    expect(() => write({ role: "user", parts: [part] })).toThrow(
      new ProxyError("invalid_request", message),
    );
  });
});
