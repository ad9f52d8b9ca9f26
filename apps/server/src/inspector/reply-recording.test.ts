import { gzipSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { type RecordedBody, type RecordedReply, ReplyRecording } from "./reply-recording.ts";

interface Sent {
  readonly parts: readonly (string | Uint8Array)[];
  readonly coding?: string;
  readonly maxBytes?: number;
  readonly isComplete?: boolean;
}

function record({ parts, coding, maxBytes = 1_000, isComplete = true }: Sent): RecordedReply {
  const replies: RecordedReply[] = [];
  const recording = new ReplyRecording(maxBytes, (reply) => replies.push(reply));
  recording.codedAs(coding);
  for (const part of parts) recording.add(part);
  recording.end(isComplete);
  const [reply] = replies;
  if (reply === undefined) throw new Error("nothing was recorded");
  return reply;
}

function read(sent: Sent): Promise<RecordedBody> {
  return record(sent).read();
}

describe("ReplyRecording", () => {
  it("keeps JSON as it was sent, on one line", async () => {
    const parts = ['{"id":\r\n 90071992547409', '93,\n"text":"a\\nb"}'];
    const json = '{"id":  9007199254740993, "text":"a\\nb"}';
    expect(await read({ parts })).toEqual({ json, isWhole: true });
  });

  it("copies bytes, since their memory is used again", async () => {
    const chunk = Buffer.from("[1]");
    const recording = record({ parts: [chunk] });
    chunk.fill(0);
    expect(await recording.read()).toEqual({ json: "[1]", isWhole: true });
  });

  it("undoes a content coding", async () => {
    const parts = [gzipSync('{"type":"message"}')];
    expect(await read({ parts, coding: " GZIP" })).toEqual({
      json: '{"type":"message"}',
      isWhole: true,
    });
  });

  it.each(["gzip", "unheard-of"])("holds nothing of a reply that is no %s", async (coding) => {
    expect(await read({ parts: ["no such coding"], coding })).toEqual({
      json: "null",
      isWhole: false,
    });
  });

  it("keeps the beginning of a reply that is too long, in bounded memory", async () => {
    const reply = record({ parts: ["123", "456", "789"], maxBytes: 5 });
    expect(reply.bytes).toBe(5);
    expect(await reply.read()).toEqual({ json: "12345", isWhole: false });
  });

  it.each([
    { name: "no reply", sent: { parts: [] }, json: "null", isWhole: false },
    { name: "text that is no JSON", sent: { parts: ["hello"] }, json: '"hello"', isWhole: true },
    {
      name: "an answer that broke off",
      sent: { parts: ['["a"'], isComplete: false },
      json: String.raw`"[\"a\""`,
      isWhole: false,
    },
  ])("takes down $name", async ({ sent, json, isWhole }) => {
    expect(await read(sent)).toEqual({ json, isWhole });
  });
});
