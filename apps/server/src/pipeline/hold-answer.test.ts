import { EventEmitter } from "node:events";

import { ProxyError, type HeaderList } from "@olla-ts/core";
import type { BodySink, ProxyResponse } from "@olla-ts/core/ports";
import { makeEndpoint } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import type { Exchange } from "./exchange.ts";
import { holdAnswer, type PipedResponse } from "./hold-answer.ts";

/** An answer that the test writes, and what came out of it. */
function setUp({
  headers = [],
  status = 200,
  method = "POST",
  aborted = false,
}: {
  readonly headers?: HeaderList;
  readonly status?: number;
  readonly method?: string;
  readonly aborted?: boolean;
} = {}): {
  readonly held: Promise<PipedResponse>;
  readonly sink: () => BodySink;
  readonly leave: () => void;
  readonly asked: string[];
} {
  let sink: BodySink | undefined;
  const asked: string[] = [];
  const upstream: ProxyResponse = {
    endpoint: makeEndpoint(),
    status,
    headers,
    body: {
      pipeTo: (to) => (sink = to),
      resume: () => asked.push("resume"),
      cancel: () => asked.push("cancel"),
      async *[Symbol.asyncIterator]() {},
    },
    closeDelimited: false,
    attempts: [],
    headMs: 0,
  };
  const response = new EventEmitter();
  const exchange = {
    request: { method },
    response,
    cancellation: { aborted },
  } as unknown as Exchange;
  return {
    held: holdAnswer(exchange, upstream, 8),
    sink() {
      if (sink === undefined) throw new Error("nobody reads the body");
      return sink;
    },
    leave: () => response.emit("close"),
    asked,
  };
}

/** What a sink was told. */
function listen(takes = true): { readonly sink: BodySink; readonly told: string[] } {
  const told: string[] = [];
  const sink: BodySink = {
    write: (chunk) => (told.push(Buffer.from(chunk).toString()), takes),
    end: (trailers) => told.push(`end ${trailers.join()}`),
    fail: ({ code }) => told.push(`fail ${code}`),
  };
  return { sink, told };
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const broken = new ProxyError("upstream_truncated", "It broke.");

describe("holdAnswer", () => {
  it("passes a whole answer on as one piece, with its length and trailers", async () => {
    const { held, sink } = setUp({ headers: ["Content-Type", "text/plain"] });
    expect(sink().write(bytes("abc"))).toBe(true);
    sink().write(bytes("de"));
    sink().end(["x", "y"]);
    const { headers, body } = await held;
    expect(headers).toEqual(["Content-Type", "text/plain", "Content-Length", "5"]);
    const { sink: client, told } = listen();
    body.pipeTo(client);
    expect(told).toEqual(["abcde", "end x,y"]);
  });

  it.each([
    { headers: ["content-length", "3"], status: 200, method: "POST" },
    { headers: ["X", "y"], status: 304, method: "GET" },
    { headers: ["X", "y"], status: 204, method: "POST" },
    { headers: ["X", "y"], status: 200, method: "HEAD" },
  ])("adds no second length, and none where there is no body: %j", async (facts) => {
    const { held, sink } = setUp(facts);
    sink().end([]);
    expect((await held).headers).toEqual(facts.headers);
  });

  it("rejects with what broke the answer, before anything went out", async () => {
    const { held, sink } = setUp();
    sink().write(bytes("abc"));
    sink().fail(broken);
    await expect(held).rejects.toBe(broken);
  });

  it("rejects when the client leaves meanwhile", async () => {
    const { held, leave } = setUp();
    leave();
    await expect(held).rejects.toMatchObject({ code: "client_aborted" });
  });

  it("rejects when the client has left already", async () => {
    const { held } = setUp({ aborted: true });
    await expect(held).rejects.toMatchObject({ code: "client_aborted" });
  });

  it("passes on what is too long as it arrives, pausing its source until somebody reads", async () => {
    const { held, sink, asked } = setUp();
    expect(sink().write(bytes("12345678"))).toBe(true);
    expect(sink().write(bytes("9"))).toBe(false);
    const { headers, body } = await held;
    expect(headers).toEqual([]);
    const { sink: client, told } = listen();
    body.pipeTo(client);
    expect(told).toEqual(["12345678", "9"]);
    expect(asked).toEqual(["resume"]);
    sink().write(bytes("more"));
    sink().end([]);
    expect(told.slice(2)).toEqual(["more", "end "]);
  });

  it("keeps its source paused for a client that takes no more, until told to resume", async () => {
    const { held, sink, asked } = setUp();
    sink().write(bytes("123456789"));
    const { body } = await held;
    body.pipeTo(listen(false).sink);
    expect(asked).toEqual([]);
    body.resume();
    body.cancel();
    expect(asked).toEqual(["resume", "cancel"]);
  });

  it.each([
    ["before somebody reads", false],
    ["while somebody reads", true],
  ])("tells of a long answer that breaks %s", async (_, isRead) => {
    const { held, sink } = setUp();
    sink().write(bytes("123456789"));
    const { body } = await held;
    const { sink: client, told } = listen();
    if (isRead) body.pipeTo(client);
    sink().fail(broken);
    if (!isRead) body.pipeTo(client);
    expect(told).toEqual(["123456789", "fail upstream_truncated"]);
  });
});
