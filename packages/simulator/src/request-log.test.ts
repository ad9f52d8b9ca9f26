import { IncomingMessage } from "node:http";
import { Socket } from "node:net";

import { describe, expect, it } from "vitest";

import { createRequestLog } from "./request-log.ts";

const MIB = 1024 * 1024;
const makeRequest = () => Object.assign(new IncomingMessage(new Socket()), { url: "/x" });

describe("createRequestLog", () => {
  it("keeps the latest thousand requests and counts all", async () => {
    const log = createRequestLog();
    for (let index = 0; index < 1005; index += 1) log.open(makeRequest()).arrive(true);
    expect(log.requests).toHaveLength(1000);
    expect(log.total).toBe(1005);
    expect(await log.received(1005)).toBe(log.requests.at(-1));
    await expect(log.received(5)).rejects.toThrow(RangeError);
  });

  it("drops the oldest beyond 64 MiB of bodies", () => {
    const log = createRequestLog();
    for (let index = 0; index < 10; index += 1) {
      const record = log.open(makeRequest());
      record.addBody(Buffer.alloc(8 * MIB));
      record.arrive(true);
    }
    expect(log.requests).toHaveLength(8);
  });

  it("keeps no more than 8 MiB of one body, but its whole length", () => {
    const record = createRequestLog().open(makeRequest());
    for (let index = 0; index < 9; index += 1) record.addBody(Buffer.alloc(MIB));
    expect(record.body).toHaveLength(8 * MIB);
    expect(record.bodyBytes).toBe(9 * MIB);
  });

  it("counts arrivals in the order in which requests are complete", async () => {
    const log = createRequestLog();
    const [early, late] = [log.open(makeRequest()), log.open(makeRequest())];
    const second = log.received(2);
    late.arrive(true);
    early.settle(); // gave up
    expect(await log.received(1)).toBe(late);
    expect(await second).toBe(early);
    expect(early.isComplete).toBe(false);
  });
});
