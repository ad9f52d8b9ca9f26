import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";

import { ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { createEventStreams } from "./event-streams.ts";
import { type LiveTopic, wholeTopic } from "./live-topics.ts";

class FakeResponse extends EventEmitter {
  written: string[] = [];
  isEnded = false;
  isDestroyed = false;
  writableNeedDrain = false;
  write(text: string): boolean {
    this.written.push(text);
    return true;
  }
  end(): void {
    this.isEnded = true;
    this.emit("close");
  }
  destroy(): void {
    this.isDestroyed = true;
    this.emit("close");
  }
  /** Names of the events written since the last call. */
  take(): string[] {
    const names = this.written.join("").matchAll(/^event: (\w+)$/gm);
    this.written = [];
    return [...names].map(([, name]) => name ?? "");
  }
}

function start(capacity = 2) {
  const clock = new ManualClock();
  const streams = createEventStreams({ clock, capacity });
  return {
    clock,
    streams,
    open: (topics: readonly LiveTopic[], slowness = 1): FakeResponse => {
      const response = new FakeResponse();
      streams.open({ response: response as unknown as ServerResponse, topics, slowness });
      return response;
    },
  };
}

/** A topic whose entries are numbered. */
function numbered(): { readonly topic: LiveTopic; add: () => void } {
  let count = 0;
  const read = (from: number) => ({ text: JSON.stringify({ from, count }), next: count });
  return { topic: { name: "requests", everyMs: 1_000, read }, add: () => (count += 1) };
}

describe("createEventStreams", () => {
  it("tells everything at once, then what changed, and nothing where nothing did", () => {
    const { clock, open } = start();
    let inFlight = 1;
    const page = open([wholeTopic("overview", 1_000, () => ({ inFlight }))]);
    expect(page.take()).toEqual(["overview", "tick"]);
    clock.advance(1_000);
    expect(page.take()).toEqual([]);
    inFlight = 2;
    clock.advance(1_000);
    expect(page.take()).toEqual(["overview", "tick"]);
  });

  it("goes on behind what a page has been told", () => {
    const { clock, open } = start();
    const { topic, add } = numbered();
    const page = open([topic]);
    page.take();
    clock.advance(3_000);
    expect(page.written).toEqual([]);
    add();
    clock.advance(1_000);
    expect(page.written.join("")).toContain('data: {"from":0,"count":1}');
    add();
    page.take();
    clock.advance(1_000);
    expect(page.written.join("")).toContain('data: {"from":1,"count":2}');
  });

  it("serves a page that nobody looks at more seldom", () => {
    const { clock, open } = start();
    let count = 0;
    const page = open([wholeTopic("overview", 1_000, () => (count += 1))], 10);
    page.take();
    clock.advance(9_000);
    expect(page.take()).toEqual([]);
    clock.advance(1_000);
    expect(page.take()).toEqual(["overview", "tick"]);
  });

  it("makes a document once, however many pages show it", () => {
    const { clock, open } = start();
    let made = 0;
    const topic = wholeTopic("overview", 1_000, () => (made += 1));
    open([topic]);
    open([topic]);
    made = 0;
    clock.advance(1_000);
    expect(made).toBe(1);
  });

  it("has room for so many pages, and again when one leaves", () => {
    const { open, streams } = start(2);
    open([]);
    const second = open([]);
    expect(streams.isFull()).toBe(true);
    second.emit("close");
    expect(streams.isFull()).toBe(false);
  });

  it("holds back what a page does not read, and gives up one that reads nothing", () => {
    const { clock, open, streams } = start(1);
    let count = 0;
    const page = open([wholeTopic("overview", 1_000, () => (count += 1))]);
    page.take();
    page.writableNeedDrain = true;
    clock.advance(30_000);
    expect(page.written).toEqual([]);
    clock.advance(40_000);
    expect(page.isDestroyed).toBe(true);
    expect(streams.isFull()).toBe(false);
  });

  it("runs no timer without pages", () => {
    const { clock, open } = start();
    expect(clock.pending).toBe(0);
    const page = open([]);
    expect(clock.pending).toBe(1);
    page.emit("close");
    clock.advance(2_000);
    expect(clock.pending).toBe(0);
  });

  it("ends every page when it closes, and opens none after that", () => {
    const { clock, open, streams } = start();
    const before = open([]);
    streams.close();
    expect(before.isEnded).toBe(true);
    expect(streams.isFull()).toBe(true);
    expect(open([]).isEnded).toBe(true);
    expect(clock.pending).toBe(0);
  });
});
