import { describe, expect, it } from "vitest";

import type { JsonObject, JsonValue, Message, ToolCallPart, UserPart } from "../conversation.ts";
import { DroppedNames } from "./dropped-names.ts";
import { parseRequest } from "./parse-request.ts";
import { writeMessages } from "./write-messages.ts";

const least = parseRequest({
  model: "pine",
  max_tokens: 10,
  messages: [{ role: "user", content: "hi" }],
});

function write(...messages: Message[]): JsonValue[] {
  const rules = { needsSignature: false, dropped: new DroppedNames() };
  return writeMessages({ ...least, messages }, rules);
}

function user(...parts: UserPart[]): Message {
  return { role: "user", parts };
}

function text(words: string): { type: "text"; text: string } {
  return { type: "text", text: words };
}

function call(id: string, name: string): ToolCallPart {
  return { type: "tool-call", id, name, arguments: { town: "Graz" } };
}

function result(callId: string, name?: string): Message {
  return { role: "tool", callId, name, parts: [text("mild")], isError: false };
}

/** Ids of the calls and of the results, in order. */
function ids(...messages: Message[]): unknown {
  const blocks = write(user(text("hi")), ...messages)
    .flatMap((message) => (message as JsonObject)["content"] as readonly JsonObject[])
    .filter((block) => typeof block === "object");
  return blocks.map((block) => block["id"] ?? block["tool_use_id"]);
}

describe("writeMessages", () => {
  it("TR-74 merges neighbours of one role, since roles must alternate on older servers", () => {
    const said: Message = { role: "assistant", parts: [text("c")] };
    expect(write(user(text("a")), user(text("b")), said, said)).toEqual([
      { role: "user", content: [text("a"), text("b")] },
      { role: "assistant", content: [text("c"), text("c")] },
    ]);
  });

  it("TR-74 writes tool results and the text after them as one message of the user", () => {
    const failed: Message = { role: "tool", callId: "t2", name: "now", parts: [], isError: true };
    const calls: Message = { role: "assistant", parts: [call("t1", "look_up"), call("t2", "now")] };
    expect(write(user(text("hi")), calls, result("t1"), failed, user(text("so?")))).toEqual([
      { role: "user", content: "hi" },
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "t1", name: "look_up", input: { town: "Graz" } },
          { type: "tool_use", id: "t2", name: "now", input: { town: "Graz" } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "t1", content: "mild" },
          { type: "tool_result", tool_use_id: "t2", content: "", is_error: true },
          text("so?"),
        ],
      },
    ]);
  });

  it("TR-74 writes images and documents", () => {
    const base64 = { kind: "base64", mediaType: "image/png", data: "iVBORw0=" } as const;
    const pdf = { kind: "base64", mediaType: "application/pdf", data: "JVBERi0=" } as const;
    const plain = { kind: "base64", mediaType: "text/markdown", data: "IyBI" } as const;
    const parts: UserPart[] = [
      { type: "image", source: base64, detail: "high" },
      { type: "image", source: { kind: "url", url: "https://i.example/a" }, detail: undefined },
      { type: "document", title: "T", source: pdf },
      { type: "document", title: undefined, source: plain },
      { type: "document", title: undefined, source: { kind: "url", url: "https://d.example/a" } },
    ];
    const source = { type: "base64", media_type: "application/pdf", data: "JVBERi0=" };
    const markdown = { type: "text", media_type: "text/plain", data: "# H" };
    expect(write(user(...parts))).toEqual([
      {
        role: "user",
        content: [
          { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0=" } },
          { type: "image", source: { type: "url", url: "https://i.example/a" } },
          { type: "document", title: "T", source },
          { type: "document", source: markdown },
          { type: "document", source: { type: "url", url: "https://d.example/a" } },
        ],
      },
    ]);
  });

  it("leaves out empty text, which the API refuses, and messages of nothing else", () => {
    const silent: Message = { role: "assistant", parts: [text("")] };
    expect(write(user(text("a")), silent, user(text(""), text("b")))).toEqual([
      { role: "user", content: [text("a"), text("b")] },
    ]);
  });

  it("writes a refusal as text", () => {
    const refusal: Message = { role: "assistant", parts: [{ type: "refusal", text: "No." }] };
    expect(write(user(text("a")), refusal)[1]).toEqual({ role: "assistant", content: "No." });
  });

  const zip = { kind: "base64", mediaType: "application/zip", data: "UEs=" } as const;
  it.each<[Message, string]>([
    [
      user({ type: "audio", data: "UklG", format: "wav" }),
      "input_audio: the backend takes no audio",
    ],
    [
      user({ type: "document", title: undefined, source: zip }),
      "document: application/zip is not supported, only application/pdf and text",
    ],
    [user(text("")), "messages: must hold a message that is not empty"],
    [result(""), "messages: a tool result answers no tool call"],
  ])("refuses %j", (message, words) => {
    expect(() => write(message)).toThrow(
      expect.objectContaining({ code: "invalid_request", message: words }),
    );
  });
});

describe("ids of tool calls", () => {
  it("are written without the characters that Anthropic refuses, the same on both sides", () => {
    const calls: Message = { role: "assistant", parts: [call("functions.look_up:0", "look_up")] };
    expect(ids(calls, result("functions.look_up:0"))).toEqual(
      Array.from({ length: 2 }, () => "functions_look_up_0"),
    );
  });

  it("are made where there are none, and results find their call by its name", () => {
    const parts = [call("", "look_up"), call("", "now"), call("", "look_up")];
    const results = [result("", "now"), result("", "look_up"), result("")];
    expect(ids({ role: "assistant", parts }, ...results)).toEqual([
      "call_0",
      "call_1",
      "call_2",
      "call_1",
      "call_0",
      "call_2",
    ]);
  });

  it("are not given to a second result", () => {
    const calls: Message = { role: "assistant", parts: [call("t1", "now")] };
    expect(() => write(calls, result("t1"), result("", "now"))).toThrow("answers no tool call");
  });
});
