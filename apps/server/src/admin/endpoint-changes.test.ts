import { makeEndpointSpec } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { addition, drainage, NO_CHANGES, removal, withChanges } from "./endpoint-changes.ts";

const a = makeEndpointSpec({ name: "a", url: "http://10.0.0.1:8000" });
const b = makeEndpointSpec({ name: "b", url: "http://10.0.0.2:8000" });
const c = makeEndpointSpec({ name: "c", url: "http://10.0.0.3:8000" });
const file = [a, b];

function names(changes: Parameters<typeof withChanges>[1]): readonly string[] {
  return withChanges(file, changes).map(({ name }) => name);
}

describe("changes of endpoints at run time", () => {
  it("add, remove, and bring back what the file has", () => {
    const added = addition(c)(NO_CHANGES, file);
    expect(names(added)).toEqual(["a", "b", "c"]);
    const removed = removal("a")(added, file);
    expect(names(removed)).toEqual(["b", "c"]);
    expect(names(addition(a)(removed, file))).toEqual(["b", "c", "a"]);
    expect(names(removal("c")(removed, file))).toEqual(["b"]);
  });

  it("refuse a name or an address that another endpoint has", () => {
    expect(() => addition({ ...c, name: "a" })(NO_CHANGES, file)).toThrow(/"a" has this name/);
    expect(() => addition({ ...c, url: a.url })(NO_CHANGES, file)).toThrow(/"a" has this address/);
  });

  it("give way to a file that has come to name an added endpoint", () => {
    const added = addition(c)(NO_CHANGES, file);
    expect(withChanges([...file, { ...c, priority: 7 }], added).map((one) => one.priority)).toEqual(
      [a.priority, b.priority, 7],
    );
  });

  it("forget that a removed endpoint was drained", () => {
    const drained = drainage("a", true)(NO_CHANGES, file);
    expect([...drained.draining]).toEqual(["a"]);
    expect([...drainage("a", false)(drained, file).draining]).toEqual([]);
    expect([...removal("a")(drained, file).draining]).toEqual([]);
  });

  it.each([removal("z"), drainage("z", true)])(
    "name the endpoints there are for another name",
    (step) => {
      expect(() => step(NO_CHANGES, file)).toThrow('There is no endpoint "z". There are: a, b.');
    },
  );
});
