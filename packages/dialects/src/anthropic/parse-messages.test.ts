import { describe, expect, it } from "vitest";

import type { JsonValue, Message } from "../conversation.ts";
import { Fields } from "../json/fields.ts";
import { parseJson } from "../json/parse-json.ts";
import { DroppedNames } from "./dropped-names.ts";
import { parseMessages } from "./parse-messages.ts";
import { UntranslatableError } from "./untranslatable.ts";

function parse(...messages: JsonValue[]): {
  messages: readonly Message[];
  dropped: readonly string[];
} {
  const dropped = new DroppedNames();
  return { messages: parseMessages(new Fields({ messages }), dropped), dropped: dropped.list() };
}

function parseUser(...content: JsonValue[]): ReturnType<typeof parse> {
  return parse({ role: "user", content });
}

function refusal(message: string): unknown {
  return expect.objectContaining({ code: "invalid_request", message });
}

const pdf = { type: "base64", media_type: "application/pdf", data: "JVBERi0=" };
const png = { type: "base64", media_type: "image/png", data: "iVBORw0=" };
const pngSource = { kind: "base64", mediaType: "image/png", data: "iVBORw0=" };

describe("parseMessages of the user", () => {
  it("keeps text as it is, also empty text", () => {
    expect(parse({ role: "user", content: "" }).messages).toEqual([
      { role: "user", parts: [{ type: "text", text: "" }] },
    ]);
    const blocks = ["a", "", "b"].map((text) => ({ type: "text", text }));
    expect(parseUser(...blocks).messages).toEqual([{ role: "user", parts: blocks }]);
  });

  it("TR-12 keeps images, also of a turn that holds nothing else", () => {
    const url = { type: "url", url: "https://images.example/a.png" };
    const blocks = [png, url].map((source) => ({ type: "image", source }));
    const sources = [pngSource, { kind: "url", url: "https://images.example/a.png" }];
    expect(parseUser(...blocks).messages).toEqual([
      { role: "user", parts: sources.map((source) => ({ type: "image", source })) },
    ]);
  });

  it("TR-13 turns documents of text into text under their title", () => {
    const text = { type: "text", media_type: "text/plain", data: "Once." };
    const inner = [
      { type: "text", text: "one" },
      { type: "image", source: png },
    ];
    const { messages } = parseUser(
      { type: "document", title: "Tale", context: "A draft.", source: text },
      { type: "document", title: "Two", source: { type: "content", content: "Twice." } },
      { type: "document", title: "Three", source: { type: "content", content: inner } },
      { type: "document", source: { type: "content", content: inner } },
    );
    const texts = ["Tale\n\nA draft.\n\nOnce.", "Two\n\nTwice.", "Three", "one"];
    const [tale, two, three, one] = texts.map((part) => ({ type: "text", text: part }));
    const image = { type: "image", source: pngSource };
    expect(messages).toEqual([{ role: "user", parts: [tale, two, three, one, image, one, image] }]);
  });

  it("TR-13 keeps PDF documents", () => {
    const url = { type: "url", url: "https://files.example/a.pdf" };
    const { messages, dropped } = parseUser(
      { type: "document", title: "T", context: "C", source: pdf, citations: { enabled: true } },
      { type: "document", source: url },
    );
    const base64 = { kind: "base64", mediaType: "application/pdf", data: "JVBERi0=" };
    expect(messages).toEqual([
      {
        role: "user",
        parts: [
          { type: "text", text: "C" },
          { type: "document", title: "T", source: base64 },
          { type: "document", source: { kind: "url", url: "https://files.example/a.pdf" } },
        ],
      },
    ]);
    expect(dropped).toEqual(["citations"]);
  });

  it("turns a search result into text with its title and source", () => {
    const content = [
      { type: "text", text: "one" },
      { type: "text", text: "two" },
    ];
    const block = {
      type: "search_result",
      title: "Pines",
      source: "https://pines.example",
      content,
    };
    expect(parseUser(block).messages).toEqual([
      {
        role: "user",
        parts: [{ type: "text", text: "Pines\nhttps://pines.example\n\none\n\ntwo" }],
      },
    ]);
  });

  it("names blocks of other types", () => {
    const { messages, dropped } = parseUser(
      { type: "text", text: "a" },
      { type: "tool_reference" },
    );
    expect(messages).toEqual([{ role: "user", parts: [{ type: "text", text: "a" }] }]);
    expect(dropped).toEqual(["tool_reference"]);
  });

  it.each<[JsonValue, string]>([
    [null, "messages.0.content: must be a text or a list of blocks"],
    [1, "messages.0.content: must be a text or a list of blocks"],
    [["a"], "messages.0.content.0: must be an object"],
    [[{ text: "a" }], "messages.0.content.0.type: is required"],
    [[{ type: "text" }], "messages.0.content.0.text: is required"],
    [
      [{ type: "image", source: { type: "file", file_id: "f" } }],
      "messages.0.content.0.source.type: must be base64 or url: files by id are not supported",
    ],
    [
      [{ type: "document", source: { type: "file", file_id: "f" } }],
      "messages.0.content.0.source.type: must be base64, text, content or url: files by id are not supported",
    ],
    [
      [{ type: "container_upload", file_id: "f" }],
      "messages.0.content.0.type: container_upload is not supported: send the content itself",
    ],
    [[{ type: "tool_result" }], "messages.0.content.0.tool_use_id: is required"],
  ])("TR-13 refuses the content %j", (content, message) => {
    expect(() => parse({ role: "user", content })).toThrow(refusal(message));
  });
});

describe("parseMessages with what only Anthropic has", () => {
  const file = { type: "file", file_id: "f" };

  it.each([
    { type: "image", source: file },
    { type: "document", source: file },
    { type: "container_upload", file_id: "f" },
  ])("tells a $type by id from what is malformed", (block) => {
    expect(() => parseUser(block)).toThrow(UntranslatableError);
  });

  it("takes a source of no known type for malformed", () => {
    const block = { type: "image", source: { type: "disk" } };
    expect(() => parseUser(block)).not.toThrow(UntranslatableError);
    expect(() => parseUser(block)).toThrow(/source\.type: must be base64 or url/);
  });
});

describe("parseMessages with tool results", () => {
  it("TR-8 puts results before the text of their turn, in order", () => {
    const { messages } = parseUser(
      { type: "text", text: "And now?" },
      { type: "tool_result", tool_use_id: "a", content: "1" },
      { type: "tool_result", tool_use_id: "b", content: "2", is_error: true },
    );
    expect(messages).toEqual([
      { role: "tool", callId: "a", parts: [{ type: "text", text: "1" }], isError: false },
      { role: "tool", callId: "b", parts: [{ type: "text", text: "2" }], isError: true },
      { role: "user", parts: [{ type: "text", text: "And now?" }] },
    ]);
  });

  it.each([{}, { content: null }, { content: "" }, { content: [] }])(
    "reads a result with %j as an empty one",
    (content) => {
      expect(parseUser({ type: "tool_result", tool_use_id: "a", ...content }).messages).toEqual([
        { role: "tool", callId: "a", parts: [], isError: false },
      ]);
    },
  );

  it("TR-10 keeps text and images of a result, and puts documents right behind it", () => {
    const content = [
      { type: "text", text: "one" },
      { type: "image", source: png },
      { type: "document", source: pdf },
    ];
    const { messages } = parseUser(
      { type: "tool_result", tool_use_id: "a", content },
      { type: "text", text: "T" },
    );
    const image = { type: "image", source: pngSource };
    expect(messages).toMatchObject([
      { role: "tool", parts: [{ type: "text", text: "one" }, image] },
      { role: "user", parts: [{ type: "document" }, { type: "text", text: "T" }] },
    ]);
  });
});

describe("parseMessages of the assistant and the system", () => {
  it("TR-11 reads text, thinking and tool calls in order", () => {
    const content = [
      { type: "thinking", thinking: "Check.", signature: "s" },
      { type: "text", text: "" },
      { type: "text", text: "Wait." },
      { type: "tool_use", id: "t1", name: "look_up", input: { town: "Graz" } },
      { type: "tool_use", id: "t2", name: "now" },
      { type: "redacted_thinking", data: "x" },
      { type: "server_tool_use", id: "s1", name: "web_search", input: {} },
    ];
    const { messages, dropped } = parse({ role: "assistant", content });
    expect(messages).toEqual([
      {
        role: "assistant",
        parts: [
          { type: "thinking", text: "Check.", signature: "s" },
          { type: "text", text: "Wait." },
          { type: "tool-call", id: "t1", name: "look_up", arguments: { town: "Graz" } },
          { type: "tool-call", id: "t2", name: "now", arguments: {} },
        ],
      },
    ]);
    expect(dropped).toEqual(["redacted_thinking", "server_tool_use"]);
  });

  it("leaves out an assistant that says nothing, and refuses when nobody says anything", () => {
    const user = { role: "user", content: "hi" };
    const silent = { role: "assistant", content: "" };
    expect(parse(user, silent, { role: "assistant", content: [] }).messages).toHaveLength(1);
    expect(() => parse(silent)).toThrow(
      refusal("messages: must hold at least one message that is not empty"),
    );
  });

  it.each([
    "Be brief.\n\nBe kind.",
    [
      { type: "text", text: "Be brief." },
      { type: "text", text: "Be kind." },
    ],
  ])("reads %j of role system in place", (content) => {
    const { messages } = parse({ role: "user", content: "hi" }, { role: "system", content });
    expect(messages[1]).toEqual({ role: "system", text: "Be brief.\n\nBe kind." });
  });

  it("TR-23 keeps the digits of large numbers in the arguments of a call", () => {
    const input = '{"id":9007199254740993}';
    const block = `{"type":"tool_use","id":"t","name":"n","input":${input}}`;
    const { messages } = parse(parseJson(`{"role":"assistant","content":[${block}]}`));
    expect(JSON.stringify(messages)).toContain(input);
  });

  it.each<[JsonValue, string]>([
    [{ content: "a" }, "messages.0.role: is required"],
    [{ role: "tool", content: "a" }, "messages.0.role: must be one of user, assistant, system"],
    [
      { role: "assistant", content: null },
      "messages.0.content: must be a text or a list of blocks",
    ],
    [
      { role: "assistant", content: [{ type: "tool_use", id: "", name: "n" }] },
      "messages.0.content.0.id: must not be empty",
    ],
    [
      { role: "assistant", content: [{ type: "tool_use", id: "t", name: "n", input: "{}" }] },
      "messages.0.content.0.input: must be an object",
    ],
    [{ role: "system", content: [{ type: "image" }] }, "messages.0.content.0.type: must be text"],
  ])("refuses %j", (message, words) => {
    expect(() => parse(message)).toThrow(refusal(words));
  });
});
