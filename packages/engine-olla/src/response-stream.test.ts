import { ProxyError, type HeaderList } from "@olla-ts/core";
import { settle } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { ResponseStream } from "./response-stream.ts";

/** A source that writes down what it is asked, with the stream it feeds. */
function makeStream(): { stream: ResponseStream; asked: string[] } {
  const asked: string[] = [];
  const stream = new ResponseStream({
    resumeBody: () => asked.push("resume"),
    cancelBody: () => asked.push("cancel"),
  });
  return { stream, asked };
}

class Sink {
  readonly calls: string[] = [];
  accepts = true;

  write(chunk: Uint8Array): boolean {
    this.calls.push(Buffer.from(chunk).toString());
    return this.accepts;
  }

  end(trailers: HeaderList): void {
    this.calls.push(`end ${trailers.join()}`);
  }

  fail(error: ProxyError): void {
    this.calls.push(`fail ${error.code}`);
  }
}

async function readAll(stream: ResponseStream): Promise<string[]> {
  const read: string[] = [];
  for await (const chunk of stream) read.push(Buffer.from(chunk).toString());
  return read;
}

const truncated = new ProxyError("upstream_truncated", "The answer broke off.");

describe("ResponseStream", () => {
  it("hands a chunk on as the very same bytes, without a copy", () => {
    const { stream } = makeStream();
    const received: Uint8Array[] = [];
    stream.pipeTo({ write: (chunk) => received.push(chunk) > 0, end() {}, fail() {} });
    const chunk = Buffer.from("a");
    stream.push(chunk);
    expect(received[0]).toBe(chunk);
  });

  it("keeps what comes before the reader, then delivers it in order with the end", () => {
    const { stream } = makeStream();
    stream.push(Buffer.from("a"));
    stream.push(Buffer.from("b"));
    stream.end(["x", "1"]);
    const sink = new Sink();
    stream.pipeTo(sink);
    expect(sink.calls).toEqual(["a", "b", "end x,1"]);
  });

  it("asks for a pause once 64 KB wait for a reader, and ends it when one comes", () => {
    const { stream, asked } = makeStream();
    expect(stream.push(Buffer.alloc(65_535))).toBe(true);
    expect(stream.push(Buffer.alloc(1))).toBe(false);
    stream.pipeTo(new Sink());
    expect(asked).toEqual(["resume"]);
  });

  it("passes a sink's pause on and keeps what comes in it", () => {
    const { stream, asked } = makeStream();
    const sink = new Sink();
    stream.pipeTo(sink);
    sink.accepts = false;
    expect(stream.push(Buffer.from("a"))).toBe(false);
    expect(stream.push(Buffer.from("b"))).toBe(false);
    sink.accepts = true;
    stream.resume();
    expect(sink.calls).toEqual(["a", "b"]);
    expect(asked).toEqual(["resume"]);
  });

  it("stops at the kept chunk that a sink does not take, and goes on there", () => {
    const { stream } = makeStream();
    for (const text of ["a", "b", "c"]) stream.push(Buffer.from(text));
    stream.end([]);
    const sink = new Sink();
    sink.accepts = false;
    stream.pipeTo(sink);
    expect(sink.calls).toEqual(["a"]);
    stream.resume();
    expect(sink.calls).toEqual(["a", "b"]);
    sink.accepts = true;
    stream.resume();
    expect(sink.calls).toEqual(["a", "b", "c", "end "]);
  });

  it("tells a pausing sink at once when the body breaks, after what was kept", () => {
    const { stream } = makeStream();
    const sink = new Sink();
    sink.accepts = false;
    stream.pipeTo(sink);
    for (const text of ["a", "b", "c"]) stream.push(Buffer.from(text));
    expect(sink.calls).toEqual(["a"]);
    stream.fail(truncated);
    expect(sink.calls).toEqual(["a", "b", "c", "fail upstream_truncated"]);
    stream.resume();
    expect(sink.calls).toHaveLength(4);
  });

  it("delivers nothing after a cancel, also not when the sink cancels while it writes", () => {
    const { stream, asked } = makeStream();
    const sink = new Sink();
    sink.write = (chunk) => {
      sink.calls.push(Buffer.from(chunk).toString());
      stream.cancel();
      return true;
    };
    stream.push(Buffer.from("a"));
    stream.push(Buffer.from("b"));
    stream.pipeTo(sink);
    stream.end([]);
    expect(sink.calls).toEqual(["a"]);
    expect(asked).toEqual(["cancel"]);
  });

  it("does not cancel a source that has ended", () => {
    const { stream, asked } = makeStream();
    stream.end([]);
    stream.cancel();
    expect(asked).toEqual([]);
  });

  it("refuses a second reader", () => {
    const { stream } = makeStream();
    stream.pipeTo(new Sink());
    expect(() => stream.pipeTo(new Sink())).toThrow(TypeError);
  });

  it("iterates over chunks as they come, to the end", async () => {
    const { stream } = makeStream();
    const read = readAll(stream);
    stream.push(Buffer.from("a"));
    await settle();
    stream.push(Buffer.from("b"));
    stream.end([]);
    expect(await read).toEqual(["a", "b"]);
  });

  it("throws in an iteration what broke the body, after what came before", async () => {
    const { stream } = makeStream();
    stream.push(Buffer.from("a"));
    stream.fail(truncated);
    const read: string[] = [];
    const reading = (async (): Promise<void> => {
      for await (const chunk of stream) read.push(Buffer.from(chunk).toString());
    })();
    await expect(reading).rejects.toBe(truncated);
    expect(read).toEqual(["a"]);
  });

  it("wakes an iteration when the client leaves", async () => {
    const { stream } = makeStream();
    const left = new ProxyError("client_aborted", "The client closed the connection.");
    const reading = readAll(stream);
    await settle();
    stream.abandon(left);
    await expect(reading).rejects.toBe(left);
  });

  it("cancels the source when an iteration is left", async () => {
    const { stream, asked } = makeStream();
    stream.push(Buffer.from("a"));
    for await (const chunk of stream) {
      expect(chunk.byteLength).toBe(1);
      break;
    }
    expect(asked).toEqual(["cancel"]);
  });
});
