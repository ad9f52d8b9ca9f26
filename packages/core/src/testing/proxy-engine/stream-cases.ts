import { expect } from "vitest";

import type { ErrorCode } from "../../domain/failure.ts";
import { ProxyError } from "../../domain/proxy-error.ts";
import type { ResponseBody } from "../../ports/proxy-engine.ts";
import { standsStill } from "./changes.ts";
import { collect, CollectingSink } from "./collecting-sink.ts";
import type { ContractCase } from "./engine-harness.ts";
import { answer, chunk, chunkedHead, lastChunk } from "./http-text.ts";
import { digest, patterned } from "./request-cases.ts";
import { expectWhole } from "./response-cases.ts";
import type { Exchange, Script } from "./scripted-upstream.ts";

const MEGABYTE = 1024 * 1024;

/** Bodies arrive as they are sent, no faster than they are wanted, and never look whole when cut. */
export function describeStreams(contractCase: ContractCase): void {
  contractCase("resolves at the response head, before any of the body", async (harness) => {
    const resolved = Promise.withResolvers<void>();
    const { endpoint } = await harness.upstream(async (exchange) => {
      await exchange.write(chunkedHead());
      await resolved.promise;
      await exchange.write(chunk("late"));
      await exchange.write(lastChunk());
    });
    const response = await harness.send(endpoint);
    resolved.resolve();
    expectWhole(await collect(response.body), "late");
  });

  contractCase("HP-43 hands over each chunk before the next one is written", async (harness) => {
    const sink = new CollectingSink();
    const { endpoint } = await harness.upstream(async (exchange) => {
      await exchange.write(chunkedHead(["Content-Type", "text/event-stream"]));
      for (let index = 0; index < 20; index += 1) {
        await exchange.write(chunk(`data: ${index}\n\n`));
        await sink.has(`data: ${index}\n\n`);
      }
      await exchange.write(lastChunk());
    });
    const response = await harness.send(endpoint);
    await collect(response.body, sink);
    expect(sink.error).toBeUndefined();
    expect(sink.chunks).toBe(20);
  });

  contractCase("hands over a body read long after the head", async (harness) => {
    const { endpoint } = await harness.upstream(async (exchange) => {
      await exchange.write(answer({ body: patterned(MEGABYTE) }));
    });
    const response = await harness.send(endpoint);
    await standsStill(() => 0, 100);
    const sink = await collect(response.body);
    expect(sink.error).toBeUndefined();
    expect(sink.sha256()).toBe(digest(patterned(MEGABYTE)));
  });

  contractCase("hands over a 64 MB body intact", async (harness) => {
    const part = patterned(MEGABYTE);
    const { endpoint } = await harness.upstream(writeMegabytes(64, part));
    const sink = new CollectingSink({ keep: false });
    const response = await harness.send(endpoint);
    await collect(response.body, sink);
    expect(sink.error).toBeUndefined();
    expect(sink.bytes).toBe(64 * MEGABYTE);
    expect(sink.sha256()).toBe(digest(Buffer.concat(Array.from({ length: 64 }, () => part))));
    await harness.observer.settled();
    expect(harness.observer.ended[0]).toMatchObject({ status: 200, bytes: 64 * MEGABYTE });
  });

  contractCase(
    "stops the upstream while the sink pauses, and goes on after it",
    async (harness) => {
      let exchange: Exchange | undefined;
      let open = false;
      const part = patterned(MEGABYTE);
      const { endpoint } = await harness.upstream((incoming) => {
        exchange = incoming;
        return writeMegabytes(64, part)(incoming);
      });
      const sink = new CollectingSink({ accept: () => open, keep: false });
      const response = await harness.send(endpoint);
      response.body.pipeTo(sink);
      await sink.until("a first chunk", () => sink.chunks > 0);
      const sentBytes = await standsStill(() => exchange?.bytesSent ?? 0, 300);
      expect(sentBytes, "bytes the upstream could send into a pause").toBeLessThan(32 * MEGABYTE);
      expect(sink.bytes, "bytes handed over in spite of the pause").toBeLessThanOrEqual(MEGABYTE);
      open = true;
      response.body.resume();
      await sink.done();
      expect(sink.error).toBeUndefined();
      expect(sink.sha256()).toBe(digest(Buffer.concat(Array.from({ length: 64 }, () => part))));
    },
  );

  contractCase("survives a pause after every chunk", async (harness) => {
    const { endpoint } = await harness.upstream(writeMegabytes(4, patterned(MEGABYTE)));
    const response = await harness.send(endpoint);
    const sink = new CollectingSink({
      accept: () => {
        setImmediate(() => response.body.resume());
        return false;
      },
    });
    await collect(response.body, sink);
    expect(sink.error).toBeUndefined();
    expect(sink.bytes).toBe(4 * MEGABYTE);
  });

  contractCase("can be iterated", async (harness) => {
    const { endpoint } = await harness.upstream(writeMegabytes(4, patterned(MEGABYTE)));
    const response = await harness.send(endpoint);
    const sink = new CollectingSink();
    await iterate(response.body, sink);
    expect(sink.bytes).toBe(4 * MEGABYTE);
  });

  contractCase("throws out of the iteration what broke the body", async (harness) => {
    const { endpoint } = await harness.upstream(async (exchange) => {
      await exchange.write(answer({ body: "part", length: 100 }));
      exchange.close();
    });
    const response = await harness.send(endpoint);
    const sink = new CollectingSink();
    const error = await iterate(response.body, sink).catch((thrown: unknown) => thrown);
    expect(sink.text()).toBe("part");
    expect(error).toBeInstanceOf(ProxyError);
    expect(error).toMatchObject({ code: "upstream_truncated" });
  });

  for (const { title, script, codes } of broken) {
    contractCase(`RT-39 RT-40 fails a body with ${title}`, async (harness) => {
      const sink = new CollectingSink();
      const first = await harness.upstream(async (exchange) => {
        await script(exchange, () => sink.has("part"));
      });
      const second = await harness.upstream((exchange) => exchange.write(answer()));
      const response = await harness.send([first.endpoint, second.endpoint]);
      await collect(response.body, sink);
      await harness.observer.settled();
      expect(sink.trailers, "a cut body must never end as if complete").toBeUndefined();
      expect(codes).toContain(sink.error?.code);
      expect(sink.text()).toBe("part");
      expect(sink.afterwards, "nothing follows end or fail").toEqual([]);
      expect(second.requests, "no retry once the head was received").toEqual([]);
      expect(harness.observer.ended[0]).toMatchObject({ status: 200, bytes: 4, error: sink.error });
    });
  }

  contractCase("fails a body that broke before it was read", async (harness) => {
    const upstream = await harness.upstream(async (exchange) => {
      await exchange.write(answer({ body: "part", length: 100 }));
      exchange.close();
    });
    const response = await harness.send(upstream.endpoint);
    await upstream.until("the connection to be gone", () => upstream.open === 0);
    await standsStill(() => 0, 50);
    const sink = await collect(response.body);
    expect(sink.error?.code).toBe("upstream_truncated");
    expect(sink.trailers).toBeUndefined();
  });
}

interface BrokenBody {
  readonly title: string;
  /** @param arrived resolves once the sink has the part sent so far */
  readonly script: (exchange: Exchange, arrived: () => Promise<void>) => Promise<void>;
  readonly codes: readonly ErrorCode[];
}

const broken: readonly BrokenBody[] = [
  {
    title: "a reset in a chunked body",
    async script(exchange, arrived) {
      await exchange.write(chunkedHead());
      await exchange.write(chunk("part"));
      await arrived();
      exchange.reset();
    },
    codes: ["upstream_truncated"],
  },
  {
    title: "a close in place of the last chunk",
    async script(exchange, arrived) {
      await exchange.write(chunkedHead());
      await exchange.write(chunk("part"));
      await arrived();
      exchange.close();
    },
    codes: ["upstream_truncated"],
  },
  {
    title: "a close in place of the last chunk on a connection announced to close",
    async script(exchange, arrived) {
      await exchange.write(chunkedHead(["Connection", "close"]));
      await exchange.write(chunk("part"));
      await arrived();
      exchange.close();
    },
    codes: ["upstream_truncated"],
  },
  {
    title: "a close short of its Content-Length on a connection announced to close",
    async script(exchange, arrived) {
      await exchange.write(answer({ headers: ["Connection", "close"], body: "part", length: 5 }));
      await arrived();
      exchange.close();
    },
    codes: ["upstream_truncated"],
  },
  {
    title: "a close short of its Content-Length",
    async script(exchange, arrived) {
      await exchange.write(answer({ body: "part", length: 5 }));
      await arrived();
      exchange.close();
    },
    codes: ["upstream_truncated"],
  },
  {
    title: "a reset in place of the closing end",
    async script(exchange, arrived) {
      await exchange.write(answer({ body: "part", length: "none" }));
      await arrived();
      exchange.reset();
    },
    codes: ["upstream_truncated"],
  },
  {
    title: "a malformed chunk",
    async script(exchange, arrived) {
      await exchange.write(chunkedHead());
      await exchange.write(chunk("part"));
      await arrived();
      await exchange.write("not a size\r\n");
    },
    codes: ["upstream_protocol", "upstream_truncated"],
  },
];

async function iterate(body: ResponseBody, sink: CollectingSink): Promise<void> {
  for await (const part of body) sink.write(part);
}

function writeMegabytes(count: number, part: Buffer): Script {
  return async (exchange) => {
    await exchange.write(answer({ length: count * part.byteLength }));
    for (let index = 0; index < count && !exchange.closed; index += 1) await exchange.write(part);
  };
}
