import { makeEndpoint, ManualClock } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { createNativeSupport } from "./native-support.ts";

const [a, b, c] = ["a", "b", "c"].map((name, slot) =>
  makeEndpoint({ name, slot, url: `http://${name}` }),
) as [
  ReturnType<typeof makeEndpoint>,
  ReturnType<typeof makeEndpoint>,
  ReturnType<typeof makeEndpoint>,
];

describe("createNativeSupport", () => {
  it("remembers a refusal for five minutes", () => {
    const clock = new ManualClock();
    const support = createNativeSupport(clock, true, 10);
    support.refuse(a, "responses");
    expect(support.allows(a, undefined, "responses", undefined)).toBe(false);
    expect(support.allows(a, undefined, "chat", undefined)).toBe(true);
    expect(support.allows(b, undefined, "responses", undefined)).toBe(true);
    clock.advance(300_000);
    expect(support.allows(a, undefined, "responses", undefined)).toBe(true);
  });

  it("forgets only the oldest refusal when it is full", () => {
    const support = createNativeSupport(new ManualClock(), true, 2);
    support.refuse(a, "responses");
    support.refuse(b, "responses");
    support.refuse(a, "responses"); // again, so that b is the oldest
    support.refuse(c, "responses");
    const allowed = [a, b, c].map((one) => support.allows(one, undefined, "responses", undefined));
    expect(allowed).toEqual([false, true, false]);
  });
});
