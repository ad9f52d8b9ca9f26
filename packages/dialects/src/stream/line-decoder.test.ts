import {
  array,
  assert,
  constantFrom,
  integer,
  nat,
  property,
  string,
  uint8Array,
} from "fast-check";
import { describe, expect, it } from "vitest";

import { cut } from "../testing/streams.ts";
import { LineDecoder, MAX_LINE_BYTES } from "./line-decoder.ts";

/** Where to cut. */
const places = array(nat(), { maxLength: 12 });

/** What a decoder makes of chunks: lines, the rest, and whether it stopped. */
function decode(chunks: readonly Uint8Array[], limit?: number): unknown[] {
  const decoder = new LineDecoder(limit);
  const lines = chunks.flatMap((chunk) => decoder.push(chunk));
  return [lines, decoder.end(), decoder.isOverrun];
}

describe("LineDecoder", () => {
  it("gives lines that end with LF or CRLF, empty ones too", () => {
    expect(decode([Buffer.from("a\nb\r\n\n\r\nc\rd\n")])).toEqual([
      ["a", "b", "", "", "c\rd"],
      undefined,
      false,
    ]);
  });

  it("gives a last line without an end when the body ends", () => {
    expect(decode([Buffer.from("a\nb")])).toEqual([["a"], "b", false]);
    expect(decode([Buffer.from("b\r")])).toEqual([[], "b", false]);
  });

  it("gives the same lines wherever the bytes are cut", () => {
    const text = array(constantFrom("a", "\n", "\r\n", "\r", "ü", "🌲", "data: x")).map((pieces) =>
      pieces.join(""),
    );
    assert(
      property(text, places, integer({ min: 0, max: 12 }), (body, at, limit) => {
        const bytes = Buffer.from(body);
        expect(decode(cut(bytes, at), limit)).toEqual(decode([bytes], limit));
      }),
    );
  });

  it("takes any bytes", () => {
    assert(
      property(array(uint8Array()), (chunks) => {
        const [lines] = decode(chunks);
        const ends = Buffer.concat(chunks).filter((byte) => byte === 0x0a).length;
        expect(lines).toHaveLength(ends);
      }),
    );
  });

  it("TR-34 gives the lines before one that is too long, in the same chunk, and nothing after it", () => {
    const decoder = new LineDecoder(4);
    expect(decoder.push(Buffer.from("ab\ncdef\nghijk\nlm\n"))).toEqual(["ab", "cdef"]);
    expect(decoder.isOverrun).toBe(true);
    expect(decoder.push(Buffer.from("no\n"))).toEqual([]);
    expect(decoder.end()).toBeUndefined();
  });

  it("stops at a line that is too long as soon as that is certain", () => {
    const decoder = new LineDecoder(4);
    expect(decoder.push(Buffer.from("ab\ncde"))).toEqual(["ab"]);
    expect(decoder.isOverrun).toBe(false);
    expect(decoder.push(Buffer.from("fg"))).toEqual([]);
    expect(decoder.isOverrun).toBe(true);
  });

  it("counts bytes, not characters, up to the limit", () => {
    expect(decode([Buffer.from("🌲\n🌲x\n")], 4)).toEqual([["🌲"], undefined, true]);
  });

  it("has a limit of 16 MiB", () => {
    const line = Buffer.alloc(MAX_LINE_BYTES + 2, "x");
    line[MAX_LINE_BYTES] = 0x0a;
    const [lines] = decode([line]);
    expect(lines).toEqual([line.toString("utf8", 0, MAX_LINE_BYTES)]);
    expect(decode([line.fill("x")])).toEqual([[], undefined, true]);
  });

  it("keeps no memory of a chunk, which its owner may use again", () => {
    const chunk = Buffer.from("half");
    const decoder = new LineDecoder();
    decoder.push(chunk);
    chunk.fill("-");
    expect(decoder.push(Buffer.from(" done\n"))).toEqual(["half done"]);
  });

  it("reads a text of any characters whole", () => {
    assert(
      property(array(string({ unit: "binary" })), places, (texts, at) => {
        const lines = texts.map((text) => text.replaceAll(/[\r\n]/g, "").toWellFormed());
        const bytes = Buffer.from(lines.map((line) => `${line}\r\n`).join(""));
        expect(decode(cut(bytes, at))).toEqual([lines, undefined, false]);
      }),
    );
  });
});
