import { ManualClock } from "@olla-ts/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { EngineKit } from "./testing/engine-kit.ts";

let clock: ManualClock;
let kit: EngineKit;

beforeEach(() => {
  clock = new ManualClock();
  kit = new EngineKit(clock);
});

afterEach(() => kit[Symbol.asyncDispose]());

describe("createOllaEngine's health check", () => {
  it("sends the endpoint's own fields and its query", async () => {
    const endpoint = await kit.serve(0, ({ url, headers }, response) => {
      response.statusCode = url === "/up?deep=1" && headers["x-key"] === "k" ? 204 : 500;
      response.end();
    });
    const probed = { ...endpoint, healthUrl: `${endpoint.origin}/up?deep=1` };
    expect(await kit.start({ headersFor: () => ["X-Key", "k"] }).healthCheck(probed)).toBe(true);
    expect(await kit.start().healthCheck(probed)).toBe(false);
  });

  it("gives up after the check timeout", async () => {
    const engine = kit.start();
    const { endpoint, arrived } = await kit.serveHeld(0);
    const check = engine.healthCheck({ ...endpoint, checkTimeoutMs: 700 });
    await arrived(1);
    clock.advance(1_300);
    expect(await check).toBe(false);
  });

  it("takes an endless answer for well and does not read it to the end", async () => {
    const engine = kit.start();
    const closed = Promise.withResolvers<void>();
    const endpoint = await kit.serve(0, (_request, response) => {
      const write = (): void => {
        while (response.write(Buffer.alloc(65_536)));
      };
      response.on("drain", write).on("close", closed.resolve);
      write();
    });
    expect(await engine.healthCheck(endpoint)).toBe(true);
    await closed.promise;
  });
});
