import { EventEmitter } from "node:events";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";

import { ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { cutConnection } from "./cut-connection.ts";

describe("cutConnection", () => {
  it("cuts a client off that does not read the last words", () => {
    const clock = new ManualClock();
    // Without a connection nothing is ever written, as with a client that does not read.
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    cutConnection(response, "last words", clock);
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
    cutConnection(response, "last words", clock);
    written.emit("done");
    expect(response.destroyed).toBe(true);
    expect(clock.pending).toBe(0);
  });
});
