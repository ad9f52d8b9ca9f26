import { describe, expect, it } from "vitest";

import { MessageReader } from "./message-reader.ts";

interface Seen {
  readonly head: string;
  body: string;
  complete: boolean;
}

function read(
  pieces: readonly string[],
  withoutLength: "no-body" | "until-close" = "until-close",
): { readonly seen: readonly Seen[]; readonly reader: MessageReader } {
  const seen: Seen[] = [];
  const reader = new MessageReader(
    {
      head: (head) => seen.push({ head, body: "", complete: false }),
      body: (data, start, end) => {
        const last = seen.at(-1);
        if (last !== undefined) last.body += data.toString("latin1", start, end);
      },
      end: () => {
        const last = seen.at(-1);
        if (last !== undefined) last.complete = true;
      },
    },
    { withoutLength },
  );
  for (const piece of pieces) reader.push(Buffer.from(piece, "latin1"));
  return { seen, reader };
}

const SIZED = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const CHUNKED =
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=1\r\nlo\r\n0\r\nT: 1\r\n\r\n";

describe("MessageReader", () => {
  it.each([
    ["of a stated length", SIZED],
    ["in chunks", CHUNKED],
  ])("reads bodies %s, whole and byte by byte, one after the other", (_, text) => {
    for (const pieces of [[text + text], (text + text).split("")]) {
      const { seen } = read(pieces);
      expect(seen).toHaveLength(2);
      for (const message of seen) expect(message).toMatchObject({ body: "hello", complete: true });
    }
  });

  it("does not take a cut for an end", () => {
    for (const text of [SIZED, CHUNKED]) {
      const { seen, reader } = read([text.slice(0, -1)]);
      expect(seen[0]?.complete).toBe(false);
      expect(reader.close()).toBe(false);
    }
  });

  it("reads an answer without a length until the connection closes", () => {
    const { seen, reader } = read(["HTTP/1.1 200 OK\r\nX: y\r\n\r\nhel", "lo"]);
    expect(seen[0]).toMatchObject({ body: "hello", complete: false });
    expect(reader.close()).toBe(true);
    expect(seen[0]?.complete).toBe(true);
  });

  it("reads a request without a length as one without a body", () => {
    const { seen } = read(["GET / HTTP/1.1\r\nHost: a\r\n\r\n"], "no-body");
    expect(seen).toEqual([{ head: "GET / HTTP/1.1\r\nHost: a", body: "", complete: true }]);
  });

  it("refuses what is no chunk size", () => {
    expect(() => read(["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"])).toThrow(
      "malformed",
    );
  });
});
