import { describe, expect, it } from "vitest";

import { OpenCalls } from "./open-calls.ts";

const first = { id: "1", name: "weather" };
const second = { id: "2", name: "time" };
const third = { id: "3", name: "weather" };

function makeCalls(): OpenCalls {
  const calls = new OpenCalls();
  for (const call of [first, second, third]) calls.add(call);
  return calls;
}

describe("OpenCalls", () => {
  it("gives the call with the id", () => {
    expect(makeCalls().take({ id: "3" })).toBe(third);
    expect(makeCalls().take({ id: "4" })).toBeUndefined();
  });

  it("gives the calls of a tool in their order", () => {
    const calls = makeCalls();
    expect([1, 2, 3].map(() => calls.take({ name: "weather" }))).toEqual([first, third, undefined]);
  });

  it("gives whichever is due when neither is known", () => {
    const calls = makeCalls();
    expect([1, 2, 3, 4].map(() => calls.take({}))).toEqual([first, second, third, undefined]);
  });

  it("gives no call twice, however it is asked for", () => {
    const calls = makeCalls();
    calls.take({ id: "1" });
    expect(calls.take({ name: "weather" })).toBe(third);
    expect(calls.take({})).toBe(second);
    expect(calls.has({})).toBe(false);
    expect(calls.take({ id: "1" })).toBeUndefined();
  });

  it("gives calls of one id in their order", () => {
    const calls = new OpenCalls();
    calls.add({ id: "1", name: "a" });
    calls.add({ id: "1", name: "b" });
    expect([calls.take({ id: "1" })?.name, calls.take({ id: "1" })?.name]).toEqual(["a", "b"]);
  });

  it("closes every call of one id", () => {
    const calls = makeCalls();
    calls.add({ id: "1", name: "date" });
    calls.close("1");
    expect(calls.has({ id: "1" })).toBe(false);
    expect(calls.has({ name: "date" })).toBe(false);
    expect(calls.take({})).toBe(second);
  });

  it("takes an id for no tool's name", () => {
    const calls = makeCalls();
    calls.add({ id: "weather", name: "id:1" });
    expect(calls.take({ id: "weather" })).toEqual({ id: "weather", name: "id:1" });
  });
});
