import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";

import { array, assert, constantFrom, integer, property, record, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";

import { ConnectionClosed, MalformedResponse } from "./http-errors.ts";
import type { ResponseHead } from "./response-head.ts";
import { ResponseReader } from "./response-reader.ts";

interface Read {
  readonly head: ResponseHead | undefined;
  readonly body: string;
  readonly pieces: number;
  readonly trailers: readonly string[] | undefined;
  readonly hasRest: boolean | undefined;
}

interface ReadOptions {
  readonly method?: string;
  readonly closes?: boolean;
  /** Bytes of each piece; all at once by default. */
  readonly pieces?: readonly number[];
  readonly max?: number;
}

/** What a reader makes of the bytes; each piece is overwritten as soon as it was taken. */
function read(
  answer: string | Buffer,
  { method = "GET", closes = false, pieces = [], max = 65_536 }: ReadOptions = {},
): Read {
  const bytes = typeof answer === "string" ? Buffer.from(answer, "latin1") : answer;
  const seen: { -readonly [Key in keyof Read]: Read[Key] } = {
    head: undefined,
    body: "",
    pieces: 0,
    trailers: undefined,
    hasRest: undefined,
  };
  const parts: Buffer[] = [];
  const reader = new ResponseReader(
    {
      head: (head) => {
        seen.head = head;
      },
      data: (data) => {
        parts.push(data);
      },
      end: (trailers, hasRest) => {
        seen.trailers = trailers;
        seen.hasRest = hasRest;
      },
    },
    method,
    max,
  );
  let at = 0;
  for (const size of [...pieces, bytes.length]) {
    if (at >= bytes.length || reader.isDone) break;
    const piece = Buffer.from(bytes.subarray(at, at + Math.max(1, size)));
    at += piece.length;
    reader.read(piece);
    piece.fill(0xee);
  }
  if (closes) reader.close();
  seen.body = Buffer.concat(parts).toString("latin1");
  seen.pieces = parts.length;
  return seen;
}

/** `read`, or the name of the error. */
function fateOf(answer: Buffer): string {
  try {
    read(answer, { closes: true });
    return "read";
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

const CHUNKED =
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
  "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nX-Sum: 7\r\n\r\n";

describe("ResponseReader", () => {
  it("reads a body of a stated length", () => {
    const { head, body, trailers, hasRest } = read(
      "HTTP/1.1 404 Not Found\r\nx-A:  b \r\nX-a:\r\nContent-Length: 5\r\n\r\nhello",
    );
    expect(head).toEqual({
      status: 404,
      headers: ["x-A", "b", "X-a", "", "Content-Length", "5"],
      framing: "length",
      length: 5,
      keepsAlive: true,
      idleSeconds: undefined,
    });
    expect({ body, trailers, hasRest }).toEqual({ body: "hello", trailers: [], hasRest: false });
  });

  it("undoes chunks, hands over what one read brought as one piece, and reads trailers", () => {
    expect(read(CHUNKED)).toMatchObject({
      body: "abc0123456789",
      pieces: 1,
      trailers: ["X-Sum", "7"],
      hasRest: false,
    });
  });

  it("reads the same whatever pieces it comes in", () => {
    const answers = [
      CHUNKED,
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n" + CHUNKED,
      "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world",
      "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ];
    assert(
      property(
        constantFrom(...answers),
        array(integer({ min: 1, max: 20 }), { maxLength: 60 }),
        (answer, pieces) => {
          const whole = read(answer);
          const cut = read(answer, { pieces });
          expect({ ...cut, pieces: 0 }).toEqual({ ...whole, pieces: 0 });
          expect(whole.trailers).toBeDefined();
        },
      ),
    );
  });

  it("reads to the end of the connection when nothing else ends the body", () => {
    const answer = "HTTP/1.1 200 OK\r\n\r\nall of it";
    expect(read(answer).trailers).toBeUndefined();
    const { head, body, trailers } = read(answer, { closes: true });
    expect(head).toMatchObject({ framing: "close", keepsAlive: false });
    expect({ body, trailers }).toEqual({ body: "all of it", trailers: [] });
  });

  it.each([
    ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"],
    ["GET", "HTTP/1.1 204 No Content\r\n\r\n"],
    ["GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"],
    ["GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
  ])("reads no body of a %s answered %o", (method, answer) => {
    expect(read(answer, { method })).toMatchObject({ body: "", trailers: [], hasRest: false });
  });

  it.each([
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n?",
    `${CHUNKED}?`,
  ])("tells of bytes behind the end of %o", (answer) => {
    expect(read(answer).hasRest).toBe(true);
  });

  it.each([
    ["HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", false],
    ["HTTP/1.1 200 OK\r\nconnection: Keep-Alive, Close\r\nContent-Length: 0\r\n\r\n", false],
    ["HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false],
    ["HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", true],
    ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true],
  ])("knows whether the connection stays after %o", (answer, keepsAlive) => {
    expect(read(answer).head?.keepsAlive).toBe(keepsAlive);
  });

  it("reads how long an idle connection is kept", () => {
    const answer = "HTTP/1.1 200 OK\r\nKeep-Alive: max=9, timeout=5\r\nContent-Length: 0\r\n\r\n";
    expect(read(answer).head?.idleSeconds).toBe(5);
  });

  it.each([
    "nonsense\r\n\r\n",
    "HTTP/2 200 OK\r\n\r\n",
    "HTTP/1.1 99 OK\r\n\r\n",
    "HTTP/1.1 099 OK\r\n\r\n",
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1  200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\nA: b\n\r\n\r\n",
    "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA b: c\r\n\r\n",
    "HTTP/1.1 200 OK\r\n: c\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA : c\r\n\r\n",
    "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: b\r\n goes on\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
    "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "HTTP/1.1 200 OK\r\nA: b\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
  ])("refuses %o", (answer) => {
    expect(() => read(answer)).toThrow(MalformedResponse);
  });

  it.each(["", "x", "-1\r\n", "\r\n", "1\n", "1\r", "1\r\nab", "1\r\na\r", "fffffffffffffff\r\n"])(
    "refuses chunks that go on with %o",
    (chunks) => {
      const start = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
      const cut = (): Read => read(`${start}${chunks}??`, { closes: true });
      expect(cut).toThrow(MalformedResponse);
    },
  );

  it("refuses a chunk whose size line does not end", () => {
    const start = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    expect(() => read(`${start}1;${"x".repeat(5_000)}`)).toThrow(MalformedResponse);
    expect(() => read(`${start}${"0".repeat(5_000)}`)).toThrow(MalformedResponse);
  });

  it.each([
    "HTTP/1.1 200 OK\r\nA: b",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
  ])("takes the end of the connection behind %o for a cut", (answer) => {
    expect(() => read(answer, { closes: true })).toThrow(ConnectionClosed);
  });

  it("bounds head and trailers together, informational heads included", () => {
    const field = `A: ${"x".repeat(100)}\r\n`;
    const interim = `HTTP/1.1 103 Early\r\n${field}\r\n`;
    const final = `HTTP/1.1 200 OK\r\n${field}Transfer-Encoding: chunked\r\n\r\n0\r\n${field}\r\n`;
    expect(read(interim + final, { max: 600 }).trailers).toHaveLength(2);
    expect(() => read(interim.repeat(5) + final, { max: 600 })).toThrow(MalformedResponse);
    expect(() => read(final, { max: 200 })).toThrow(MalformedResponse);
    expect(() => read(`HTTP/1.1 200 OK\r\n${"A".repeat(700)}`, { max: 600 })).toThrow(
      MalformedResponse,
    );
    const drops = Array.from({ length: 700 }, () => 1);
    expect(() =>
      read(`HTTP/1.1 200 OK\r\n${"A".repeat(700)}`, { max: 600, pieces: drops }),
    ).toThrow(MalformedResponse);
  });

  it("reads back whatever a server of node writes", async () => {
    const bodies = [Buffer.alloc(0), Buffer.from("x"), Buffer.alloc(100_000, "ab")];
    const server = createServer((_request, response) => {
      response.setHeader("Trailer", "X-End");
      for (const body of bodies) if (body.length > 0) response.write(body);
      response.addTrailers({ "X-End": "1" });
      response.end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const raw: Buffer[] = [];
    const request = get({ port, host: "127.0.0.1", agent: false });
    request.on("socket", (socket: Socket) => socket.on("data", (data: Buffer) => raw.push(data)));
    const [message] = (await once(request, "response")) as [IncomingMessage];
    const text: Buffer[] = [];
    for await (const chunk of message) text.push(chunk as Buffer);
    server.close();
    const mine = read(Buffer.concat(raw));
    expect(mine.head?.status).toBe(message.statusCode);
    expect(mine.head?.headers).toEqual(message.rawHeaders);
    expect(mine.trailers).toEqual(message.rawTrailers);
    expect(mine.body).toBe(Buffer.concat(text).toString("latin1"));
  });

  it("undoes whatever chunks a body was cut into", () => {
    assert(
      property(
        array(uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 }),
        record({
          upper: constantFrom(true, false),
          extension: constantFrom("", ";a", ";a=b", " "),
        }),
        array(integer({ min: 1, max: 30 }), { maxLength: 40 }),
        (chunks, { upper, extension }, pieces) => {
          const coded = chunks.map((chunk) => {
            const size = chunk.length.toString(16);
            return Buffer.concat([
              Buffer.from(`${upper ? size.toUpperCase() : size}${extension}\r\n`),
              chunk,
              Buffer.from("\r\n"),
            ]);
          });
          const answer = Buffer.concat([
            Buffer.from("HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n"),
            ...coded,
            Buffer.from("0\r\n\r\n"),
          ]);
          const { body, trailers } = read(answer, { pieces });
          expect(body).toBe(Buffer.concat(chunks).toString("latin1"));
          expect(trailers).toEqual([]);
        },
      ),
    );
  });

  it("never fails but with its own errors, whatever comes", () => {
    const prefix = constantFrom(
      "",
      "HTTP/1.1 200 OK\r\n",
      CHUNKED.slice(0, 60),
      "HTTP/1.1 200 OK\r\n\r\n",
    );
    assert(
      property(prefix, uint8Array({ maxLength: 200 }), (start, noise) => {
        const answer = Buffer.concat([Buffer.from(start), noise]);
        expect(["read", "MalformedResponse", "ConnectionClosed"]).toContain(fateOf(answer));
      }),
      { numRuns: 500 },
    );
  });
});
