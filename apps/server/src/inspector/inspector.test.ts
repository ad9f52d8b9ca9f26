import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createRecordingLogger, ManualClock } from "@olla-ts/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createInspector } from "./inspector.ts";

const BEFORE_MIDNIGHT = Date.UTC(2026, 0, 2, 23, 59, 59);

describe("createInspector", () => {
  let directory: string;
  let clock: ManualClock;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "olla-inspector-"));
    clock = new ManualClock(BEFORE_MIDNIGHT);
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  function start(maxReplyBytes = 1_000): ReturnType<typeof createInspector> {
    return createInspector({
      directory,
      sessionHeader: " X-Session-ID ",
      maxFileBytes: 10_000,
      maxReplyBytes,
      clock,
      log: createRecordingLogger(),
    });
  }

  function read(file: string): string {
    return readFileSync(join(directory, file), "utf8");
  }

  it("TR-60 keeps the reply in the file of its request, also past midnight", async () => {
    const inspector = start();
    const body = Buffer.from('{"model": "m"}');
    const inspection = inspector.begin({ "x-session-id": "talk" }, "m", body);
    clock.advance(2_000);
    inspection.add('{"type":"message"}');
    inspection.end(true);
    await inspector[Symbol.asyncDispose]();
    expect(readdirSync(directory)).toEqual(["2026-01-02"]);
    expect(read("2026-01-02/talk.jsonl")).toBe(
      '{"type":"request","ts":"2026-01-02T23:59:59.000Z","model":"m","body":{"model": "m"}}\n' +
        '{"type":"response","ts":"2026-01-03T00:00:01.000Z","model":"m","body":{"type":"message"}}\n',
    );
  });

  it("takes a body that is no JSON down as text, without a model", async () => {
    const inspector = start();
    inspector.begin({}, undefined, Buffer.from("{oh\nno")).end(true);
    await inspector[Symbol.asyncDispose]();
    const [request] = read("2026-01-02/default.jsonl").split("\n");
    expect(request).toBe(
      String.raw`{"type":"request","ts":"2026-01-02T23:59:59.000Z","body":"{oh\nno"}`,
    );
  });

  it("says of a reply that is too long that it is cut", async () => {
    const inspector = start(4);
    const inspection = inspector.begin({}, "m", Buffer.from("{}"));
    inspection.add('"a long reply"');
    inspection.end(true);
    await inspector[Symbol.asyncDispose]();
    const [, response = ""] = read("2026-01-02/default.jsonl").split("\n");
    expect(JSON.parse(response)).toMatchObject({ truncated: true, body: '"a l' });
  });
});
