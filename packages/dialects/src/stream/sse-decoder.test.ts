import { array, assert, constantFrom, integer, nat, property } from "fast-check";
import { describe, expect, it } from "vitest";

import { cut } from "../testing/streams.ts";
import { LineDecoder } from "./line-decoder.ts";
import { SseDecoder } from "./sse-decoder.ts";

/** Where to cut. */
const places = array(nat(), { maxLength: 12 });

/** What a decoder makes of chunks: events, and whether it stopped. */
function decode(chunks: readonly Uint8Array[], limit?: number): unknown[] {
  const decoder = new SseDecoder(new LineDecoder(limit));
  const events = chunks.flatMap((chunk) => decoder.push(chunk));
  return [[...events, ...decoder.end()], decoder.isOverrun];
}

function eventsOf(body: string): unknown {
  return decode([Buffer.from(body)])[0];
}

describe("SseDecoder", () => {
  it.each([
    ["an event of one line", "data: a\n\n", [{ name: "", data: "a" }]],
    ["no space behind the colon", "data:a\n\n", [{ name: "", data: "a" }]],
    ["one space of several", "data:  a\n\n", [{ name: "", data: " a" }]],
    ["CRLF", "event: n\r\ndata: a\r\n\r\n", [{ name: "n", data: "a" }]],
    ["several lines of data", "data: a\ndata\ndata: b\n\n", [{ name: "", data: "a\n\nb" }]],
    ["comments", ": hello\n\ndata: a\n: there\n\n", [{ name: "", data: "a" }]],
    ["fields of no interest", "id: 7\nretry: 9\nother\ndata: a\n\n", [{ name: "", data: "a" }]],
    [
      "a name without data, which is no event",
      "event: n\n\ndata: a\n\n",
      [{ name: "", data: "a" }],
    ],
    ["a body without its last empty line", "data: a\n", [{ name: "", data: "a" }]],
    ["a body without its last line end", "data: a", [{ name: "", data: "a" }]],
    ["an empty body", "", []],
  ])("TR-33 reads %s", (_what, body, events) => {
    expect(eventsOf(body)).toEqual(events);
  });

  it("TR-33 gives the same events wherever the bytes are cut", () => {
    const line = constantFrom("data: ü🌲", "data:b", "event: n", ": c", "id: 1", "", "", "data");
    const end = constantFrom("\n", "\r\n");
    assert(
      property(array(line), end, places, integer({ min: 3, max: 16 }), (lines, eol, at, limit) => {
        const bytes = Buffer.from(lines.map((text) => text + eol).join(""));
        expect(decode(cut(bytes, at), limit)).toEqual(decode([bytes], limit));
      }),
    );
  });

  it("TR-34 gives the events before a line that is too long, in the same chunk, and nothing after it", () => {
    const decoder = new SseDecoder(new LineDecoder(8));
    const body = "data: a\n\ndata: b\ndata: much too long\n\ndata: c\n\n";
    expect(decoder.push(Buffer.from(body))).toEqual([{ name: "", data: "a" }]);
    expect(decoder.isOverrun).toBe(true);
    expect(decoder.push(Buffer.from("data: d\n\n"))).toEqual([]);
    expect(decoder.end()).toEqual([]);
  });

  it.each([
    ["", 100],
    ["x", 50],
    ["xxxxxxxxx", 10],
  ])("stops at an event of endless lines %j, and gives the events before it", (data, lines) => {
    const decoder = new SseDecoder(new LineDecoder(100));
    const line = Buffer.from(`data: ${data}\n`);
    expect(decoder.push(Buffer.concat([Buffer.from("data: a\n\n"), line]))).toHaveLength(1);
    for (let read = 1; read < lines; read += 1) decoder.push(line);
    expect(decoder.isOverrun).toBe(false);
    decoder.push(Buffer.from("data: xx\n"));
    expect(decoder.isOverrun).toBe(true);
    expect(decoder.push(Buffer.from("\ndata: b\n\n"))).toEqual([]);
    expect(decoder.end()).toEqual([]);
  });
});
