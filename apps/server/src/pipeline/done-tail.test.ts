import { describe, expect, it } from "vitest";

import { DoneTail } from "./done-tail.ts";

function tailOf(...chunks: readonly string[]): DoneTail {
  const tail = new DoneTail();
  for (const chunk of chunks) tail.add(Buffer.from(chunk));
  return tail;
}

const EVENT = 'data: {"choices":[{"delta":{"content":"word"}}]}\n\n';

describe("DoneTail", () => {
  it.each([
    { stream: `${EVENT}data: [DONE]\n\n` },
    { stream: `${EVENT}data:[DONE]\n\n` },
    { stream: `${EVENT}data: [DONE]\r\n\r\n` },
    { stream: `${EVENT}data: [DONE]` },
    { stream: "data: [DONE]\n\n" },
  ])("knows the closing event in $stream", ({ stream }) => {
    expect(tailOf(stream).isDone).toBe(true);
  });

  it.each([
    { stream: "" },
    { stream: EVENT },
    { stream: `data: [DONE]\n\n${EVENT}` },
    { stream: `${EVENT}data: [DON` },
    { stream: `${EVENT}: data: [DONE]\n\n` },
    { stream: 'data: {"choices":[{"delta":{"content":"data: [DONE]"}}]}\n\n' },
  ])("misses it in $stream", ({ stream }) => {
    expect(tailOf(stream).isDone).toBe(false);
  });

  it("knows it however the stream is cut into chunks", () => {
    const stream = `${EVENT}data: [DONE]\n\n`;
    for (let size = 1; size <= stream.length; size += 1) {
      const chunks = stream.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
      expect(tailOf(...chunks).isDone, `chunks of ${size} bytes`).toBe(true);
    }
  });

  it("reads a chunk that is a view of a larger buffer", () => {
    const whole = Buffer.from(`rest of another answer\ndata: [DONE]\n\n`);
    const tail = new DoneTail();
    tail.add(whole.subarray(0, 22));
    expect(tail.isDone).toBe(false);
    tail.add(whole.subarray(22));
    expect(tail.isDone).toBe(true);
  });
});
