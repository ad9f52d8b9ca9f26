import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";

import type { ProxyResponse } from "@olla-ts/core/ports";
import { describe, expect, it } from "vitest";

import { readText } from "./read-text.ts";

type Answer = Pick<ProxyResponse, "body" | "headers">;

/** An answer whose body comes in two pieces. */
function answer(bytes: Buffer, ...headers: readonly string[]): Answer {
  const pieces = [bytes.subarray(0, 2), bytes.subarray(2)];
  const body: ProxyResponse["body"] = {
    cancel: () => undefined,
    pipeTo: () => undefined,
    resume: () => undefined,
    async *[Symbol.asyncIterator]() {
      yield* pieces;
    },
  };
  return { body, headers };
}

describe("readText", () => {
  it("puts the pieces together, characters across their border too", async () => {
    expect(await readText(answer(Buffer.from("xé")), 10)).toBe("xé");
  });

  it.each([
    { coding: "gzip", encode: gzipSync },
    { coding: "X-Gzip", encode: gzipSync },
    { coding: "deflate", encode: deflateSync },
    { coding: "br", encode: brotliCompressSync },
    { coding: "zstd", encode: zstdCompressSync },
    { coding: "identity", encode: (bytes: Buffer) => bytes },
  ])("undoes the coding $coding", async ({ coding, encode }) => {
    const bytes = Buffer.from(encode(Buffer.from("hello")));
    expect(await readText(answer(bytes, "Content-Encoding", coding), 100)).toBe("hello");
  });

  it("refuses more than the limit, coded or not", async () => {
    const refusal = expect.objectContaining({ code: "upstream_protocol" }) as unknown;
    const bytes = Buffer.from("x".repeat(1_000));
    await expect(readText(answer(bytes), 999)).rejects.toEqual(refusal);
    const coded = answer(gzipSync(bytes), "content-encoding", "gzip");
    await expect(readText(coded, 999)).rejects.toEqual(refusal);
  });

  it.each([
    { coding: "rot13", bytes: "gbb ubg" },
    { coding: "gzip", bytes: "no gzip" },
  ])("refuses what it cannot decode, $coding", async ({ coding, bytes }) => {
    const unreadable = answer(Buffer.from(bytes), "content-encoding", coding);
    await expect(readText(unreadable, 100)).rejects.toMatchObject({ code: "upstream_protocol" });
  });
});
