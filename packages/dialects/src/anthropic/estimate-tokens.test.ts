import { describe, expect, it } from "vitest";

import type { BinarySource, JsonValue, UserPart } from "../conversation.ts";
import { estimateTokens } from "./estimate-tokens.ts";
import { imageSize } from "./image-size.ts";
import { parseTokenCountRequest } from "./parse-request.ts";

function estimate(body: Record<string, JsonValue>): number {
  return estimateTokens(parseTokenCountRequest({ model: "m", ...body }));
}

function estimateParts(...parts: UserPart[]): number {
  const conversation = parseTokenCountRequest({
    model: "m",
    messages: [{ role: "user", content: "" }],
  });
  return estimateTokens({ ...conversation, messages: [{ role: "user", parts }] });
}

function estimateImage(source: BinarySource): number {
  return estimateParts({ type: "image", source, detail: undefined });
}

function estimateDocument(source: BinarySource): number {
  return estimateParts({ type: "document", title: undefined, source });
}

function base64(mediaType: string, bytes: Uint8Array): BinarySource {
  return { kind: "base64", mediaType, data: Buffer.from(bytes).toString("base64") };
}

/** An image header with the given bytes at the given places. */
function header(text: string, bytes: Readonly<Record<number, number>>): Buffer {
  const data = Buffer.alloc(64);
  data.write(text, "latin1");
  for (const [at, byte] of Object.entries(bytes)) data[Number(at)] = byte;
  return data;
}

const png = header("\x89PNG\r\n\x1A\n\0\0\0\rIHDR", { 18: 3, 19: 0xe8, 22: 2, 23: 0xee });

describe("estimateTokens", () => {
  it("TR-57 gives 100 for 400 bytes of text", () => {
    expect(estimate({ messages: [{ role: "user", content: "x".repeat(400) }] })).toBe(100);
  });

  it("counts bytes, not characters, and rounds down once", () => {
    const content = [
      { type: "text", text: "ü" },
      { type: "text", text: "abc" },
    ];
    expect(estimate({ messages: [{ role: "user", content }] })).toBe(1);
    expect(estimate({ messages: [{ role: "user", content: "üüüü" }] })).toBe(2);
  });

  it("is never less than 1", () => {
    expect(estimate({ messages: [{ role: "user", content: "" }] })).toBe(1);
  });

  it("adds four for every message after the first", () => {
    const turn = { role: "user", content: "12345678" };
    expect(estimate({ messages: [turn] })).toBe(2);
    expect(estimate({ messages: [turn, turn, turn] })).toBe(14);
  });

  it("counts system, thinking, tool calls with their results, and tools", () => {
    const messages = [{ role: "user", content: "1234" }];
    const input_schema = { type: "object" };
    expect(estimate({ messages, system: "x".repeat(40) })).toBe(11);
    // 4 + 2 + 1 + 17 bytes.
    const tools = [{ name: "tool", description: "it", input_schema }];
    expect(estimate({ messages, tools })).toBe(6);
    const said = [
      { type: "thinking", thinking: "x".repeat(8), signature: "s".repeat(400) },
      { type: "tool_use", id: "call", name: "tool", input: { a: 12 } },
    ];
    const result = { type: "tool_result", tool_use_id: "call", content: "x".repeat(12) };
    const turns = [...messages, { role: "assistant", content: said }];
    // 4 + 8 + 4 + 8 bytes, one turn.
    expect(estimate({ messages: turns })).toBe(10);
    expect(estimate({ messages: [...turns, { role: "user", content: [result] }] })).toBe(17);
    expect(estimate({ messages: [...messages, { role: "system", content: "1234" }] })).toBe(6);
  });

  it("counts images by their pixels, up to the size they are scaled down to", () => {
    expect(estimateImage(base64("image/png", png))).toBe(1_000);
    const huge = header("\x89PNG\r\n\x1A\n\0\0\0\rIHDR", { 17: 1, 21: 1 });
    expect(estimateImage(base64("image/png", huge))).toBe(1_600);
    expect(estimateImage(base64("image/png", new Uint8Array(4)))).toBe(1_600);
    expect(estimateImage({ kind: "url", url: "http://images.example/a.png" })).toBe(1_600);
  });

  it("counts documents by their pages and text by its bytes", () => {
    expect(estimateDocument(base64("application/pdf", new Uint8Array(60_000)))).toBe(4_000);
    expect(estimateDocument(base64("text/plain", new Uint8Array(600)))).toBe(150);
    expect(estimateDocument({ kind: "url", url: "http://files.example/a.pdf" })).toBe(2_000);
  });

  it("counts sound by its bytes", () => {
    const data = Buffer.alloc(32_000 * 3).toString("base64");
    expect(estimateParts({ type: "audio", data, format: "wav" })).toBe(30);
  });
});

describe("imageSize", () => {
  const jpeg = Buffer.concat([
    Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff]),
    Buffer.from([0xff, 0xc0, 0, 17, 8, 2, 0x58, 3, 0x20]),
    Buffer.alloc(20),
  ]);

  it.each([
    ["PNG", png, { width: 1_000, height: 750 }],
    ["GIF", header("GIF89a", { 6: 0x20, 7: 3, 8: 0x58, 9: 2 }), { width: 800, height: 600 }],
    ["JPEG", jpeg, { width: 800, height: 600 }],
    [
      "lossy WebP",
      header("RIFF\0\0\0\0WEBPVP8 ", { 26: 0x20, 27: 3, 28: 0x58, 29: 2 }),
      { width: 800, height: 600 },
    ],
    [
      "lossless WebP",
      header("RIFF\0\0\0\0WEBPVP8L", { 20: 0x2f, 21: 0x1f, 22: 0xc3, 23: 0x95 }),
      { width: 800, height: 600 },
    ],
    [
      "extended WebP",
      header("RIFF\0\0\0\0WEBPVP8X", { 24: 0x1f, 25: 3, 27: 0x57, 28: 2 }),
      { width: 800, height: 600 },
    ],
  ])("reads the size of a %s file", (_format, bytes, size) => {
    expect(imageSize(bytes.toString("base64"))).toEqual(size);
  });

  it.each([
    ["an empty file", Buffer.alloc(0)],
    ["an unknown format", header("BM", {})],
    ["an unknown kind of WebP", header("RIFF\0\0\0\0WEBPVP9 ", {})],
    ["a JPEG file without a frame", header("\xFF\xD8\xFF\xE0\0\x04", {})],
    ["a PNG file of no width", header("\x89PNG\r\n\x1A\n", {})],
  ])("says nothing about %s", (_what, bytes) => {
    expect(imageSize(bytes.toString("base64"))).toBeUndefined();
  });
});
