import { EventEmitter, once } from "node:events";
import { createServer, IncomingMessage, ServerResponse } from "node:http";
import { connect, type AddressInfo, Socket } from "node:net";

import { ManualClock } from "@olla-ts/core/testing";
import { array, assert, asyncProperty, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";

import { AnswerBody } from "./answer-body.ts";

interface Received {
  readonly body: Buffer;
  readonly trailers: Readonly<Record<string, string | undefined>>;
  readonly complete: boolean;
  /** Everything that came over the connection. */
  readonly bytes: string;
}

/** What a client receives of an answer without a length that `write` makes. */
async function receive(
  write: (body: AnswerBody) => void,
  request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, ["Content-Type", "text/event-stream", "Connection", "close"]);
    write(new AnswerBody(response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.write(request);
    const parts: Buffer[] = [];
    socket.on("data", (part: Buffer) => parts.push(part));
    await once(socket, "close");
    return Buffer.concat(parts).toString("latin1");
  } finally {
    server.close();
  }
}

/** Reads a chunked body as RFC 9112 section 7.1 describes it. */
function decode(answer: string): Received {
  const headEnd = answer.indexOf("\r\n\r\n");
  expect(answer.slice(0, headEnd).toLowerCase()).toContain("transfer-encoding: chunked");
  let rest = answer.slice(headEnd + 4);
  const parts: string[] = [];
  for (;;) {
    const size = /^([0-9a-f]+)\r\n/.exec(rest);
    if (size?.[1] === undefined) return { ...whole(parts), complete: false, bytes: answer };
    const length = Number.parseInt(size[1], 16);
    rest = rest.slice(size[0].length);
    if (length === 0) break;
    expect(rest.slice(length, length + 2)).toBe("\r\n");
    parts.push(rest.slice(0, length));
    rest = rest.slice(length + 2);
  }
  const lines = rest.split("\r\n").filter((line) => line !== "");
  const trailers = Object.fromEntries(lines.map((line) => line.split(": ") as [string, string]));
  return { ...whole(parts), trailers, complete: true, bytes: answer };
}

function whole(parts: readonly string[]): Pick<Received, "body" | "trailers"> {
  return { body: Buffer.from(parts.join(""), "latin1"), trailers: {} };
}

describe("AnswerBody", () => {
  it("keeps every byte of every piece, however they are cut", async () => {
    await assert(
      asyncProperty(array(uint8Array({ maxLength: 40 }), { maxLength: 8 }), async (pieces) => {
        const { body, complete } = decode(
          await receive((answer) => {
            for (const piece of pieces) answer.write(piece);
            answer.end([]);
          }),
        );
        expect(complete).toBe(true);
        expect(body.equals(Buffer.concat(pieces))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it.each([16_383, 16_384, 16_385, 300_000])("keeps a piece of %i bytes", async (length) => {
    const piece = Buffer.alloc(length, "\u00e9", "latin1");
    const { body } = decode(
      await receive((answer) => {
        answer.write(piece);
        answer.end([]);
      }),
    );
    expect(body.equals(piece)).toBe(true);
  });

  it("counts the bytes of a text, not its characters", async () => {
    const { body, complete } = decode(
      await receive((answer) => {
        answer.writeText("für 漢字 🙂");
        answer.writeText("");
        answer.writeText("!");
        answer.end([]);
      }),
    );
    expect(body.toString()).toBe("für 漢字 🙂!");
    expect(complete).toBe(true);
  });

  it("sends trailers behind the last chunk", async () => {
    const { trailers } = decode(
      await receive((answer) => {
        answer.write(Buffer.from("x"));
        answer.end(["X-Sum", "1"]);
      }),
    );
    expect(trailers).toEqual({ "X-Sum": "1" });
  });

  it("frames the last words of an answer that broke, and leaves the end away", async () => {
    const { body, complete } = decode(
      await receive((answer) => {
        answer.write(Buffer.from("begun "));
        answer.cut("data: brøken\n\n", new ManualClock());
      }),
    );
    expect(body.toString()).toBe("begun data: brøken\n\n");
    expect(complete).toBe(false);
  });

  it("sends a whole body as it is", async () => {
    const piece = Buffer.from([0, 255, 128, 10]);
    const { body } = decode(await receive((answer) => answer.endWith(piece)));
    expect(body.equals(piece)).toBe(true);
  });

  it("frames nothing for a client that knows no chunks", async () => {
    const answer = await receive((body) => {
      body.write(Buffer.from("plain "));
      body.writeText("text");
      body.end([]);
    }, "GET / HTTP/1.0\r\n\r\n");
    expect(answer.toLowerCase()).not.toContain("transfer-encoding");
    expect(answer.endsWith("\r\n\r\nplain text")).toBe(true);
  });

  it("cuts a client off that does not read the last words", () => {
    const clock = new ManualClock();
    // Without a connection nothing is ever written, as with a client that does not read.
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    new AnswerBody(response).cut("last words", clock);
    clock.advance(999);
    expect(response.destroyed).toBe(false);
    clock.advance(1);
    expect(response.destroyed).toBe(true);
  });

  it("cuts as soon as the last words are written, and leaves no timer", () => {
    const clock = new ManualClock();
    const written = new EventEmitter();
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    response.write = (_chunk: unknown, done?: unknown): boolean => {
      written.once("done", () => typeof done === "function" && done());
      return true;
    };
    new AnswerBody(response).cut("last words", clock);
    written.emit("done");
    expect(response.destroyed).toBe(true);
    expect(clock.pending).toBe(0);
  });
});
