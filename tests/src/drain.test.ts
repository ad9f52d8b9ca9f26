import { expect, it } from "vitest";

import { postJson, type Answer } from "./harness/http-client.ts";
import { startWorld } from "./harness/world.ts";

const CLIENTS = 20;

it("a drain answers those whose connections were waiting to be accepted when it began", async () => {
  await using world = await startWorld({ a: { models: ["m1"] } });
  const messages = [{ role: "user", content: "hello" }];
  const answers = Array.from({ length: CLIENTS }, () =>
    postJson(world.url, "/olla/proxy/v1/chat/completions", { model: "m1", messages }),
  );
  const all = Promise.allSettled<Answer>(answers);
  // The system establishes the connections now; the event loop has not told the listener yet.
  await new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });
  expect(await world.gateway.drain(5_000)).toBe(true);
  const outcomes = (await all).map((one) =>
    one.status === "fulfilled" ? one.value.status : String(one.reason),
  );
  expect(outcomes).toEqual(Array.from({ length: CLIENTS }, () => 200));
});
