import { ProxyError } from "@olla-ts/core";
import {
  openaiChatDialect,
  type ReplyStreamReader,
  type ReplyStreamWriter,
} from "@olla-ts/dialects";
import { describe, expect, it } from "vitest";

import { ChatStream } from "./compose-chat-stream.ts";

const broken = (): never => {
  throw new RangeError("Invalid string length");
};
const quietReader: ReplyStreamReader = { push: () => [], end: () => [] };
const brokenReader: ReplyStreamReader = { push: broken, end: broken };
const brokenWriter: ReplyStreamWriter = { write: broken, keepAlive: () => "" };
const quietWriter: ReplyStreamWriter = { write: () => "", keepAlive: () => "" };

describe("ChatStream", () => {
  it("tells of a failure when its writer fails too", () => {
    const stream = new ChatStream(quietReader, openaiChatDialect, brokenWriter);
    const failure = new ProxyError("upstream_truncated", "The backend fell over.");
    expect(stream.fail(failure, "r1")).toContain("The backend fell over.");
    expect(stream.broken).toBe(true);
  });

  it.each(["push", "end"] as const)("breaks when its reader fails in %s", (method) => {
    const stream = new ChatStream(brokenReader, openaiChatDialect, quietWriter);
    const text = method === "push" ? stream.push(Buffer.from("x"), "r1") : stream.end("r1");
    expect(text).toMatch(/^data: \{"error":/);
    expect(text).not.toContain("Invalid string length");
    expect(stream.broken).toBe(true);
  });
});
