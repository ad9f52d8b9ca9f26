import { describe, expect, it } from "vitest";

import { createFaultSwitch, type Fault } from "./fault.ts";

const chat = { path: "/v1/chat/completions", isInference: true };
const health = { path: "/health", isInference: false };

function createSwitch(faults: readonly Fault[], random = () => 0) {
  const faultSwitch = createFaultSwitch(random);
  faultSwitch.set(faults);
  return faultSwitch;
}

describe("createFaultSwitch", () => {
  it("leaves health alone unless told otherwise", () => {
    const faults = createSwitch([{ type: "hang" }]);
    expect(faults.select(health)).toBeUndefined();
    expect(faults.select(chat)?.type).toBe("hang");
  });

  it("meets everything when told to", () => {
    expect(createSwitch([{ type: "hang", on: "everything" }]).select(health)?.type).toBe("hang");
  });

  it("meets every path that matches its pattern, health included", () => {
    const faults = createSwitch([{ type: "hang", path: /^\/health$/ }]);
    expect(faults.select(health)?.type).toBe("hang");
    expect(faults.select(chat)).toBeUndefined();
  });

  it("gives the same verdict for a pattern with the global flag every time", () => {
    const faults = createSwitch([{ type: "hang", path: /health/g }]);
    expect([faults.select(health)?.type, faults.select(health)?.type]).toEqual(["hang", "hang"]);
  });

  it("is used up after so many matches, then the next in line acts", () => {
    const faults = createSwitch([
      { type: "status", status: 503, times: 2 },
      { type: "bad-json", times: 1 },
    ]);
    faults.select(health); // matches nothing, costs nothing
    const types = [1, 2, 3, 4].map(() => faults.select(chat)?.type);
    expect(types).toEqual(["status", "status", "bad-json", undefined]);
  });

  it("strikes with the given probability", () => {
    const draws = [0.1, 0.9, 0.4];
    const faults = createSwitch([{ type: "hang", probability: 0.5 }], () => draws.shift() ?? 1);
    expect([1, 2, 3].map(() => faults.select(chat)?.type)).toEqual(["hang", undefined, "hang"]);
  });

  it("does not hand out a fault of the listener", () => {
    expect(createSwitch([{ type: "refuse" }]).select(chat)).toBeUndefined();
  });
});
