import {
  createFakeEndpointSource,
  describeEndpointSource,
  makeEndpointSpec,
} from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { createStaticSource } from "./static-source.ts";

const specs = ["a", "b"].map((name) => makeEndpointSpec({ name }));

describe("createStaticSource", () => {
  describeEndpointSource(() => ({ source: createStaticSource(specs), names: ["a", "b"] }));

  it("does not follow later changes of the array it was given", async () => {
    const given = [...specs];
    const source = createStaticSource(given);
    given.pop();
    expect(await source.load()).toHaveLength(2);
  });
});

describe("createFakeEndpointSource", () => {
  describeEndpointSource(() => {
    const source = createFakeEndpointSource(specs);
    return {
      source,
      names: ["a", "b"],
      change: () => {
        source.publish([makeEndpointSpec({ name: "c" })]);
        return Promise.resolve(["c"]);
      },
    };
  });

  it("rejects until the next publication when told to fail", async () => {
    const source = createFakeEndpointSource(specs);
    source.failWith(new Error("unreadable"));
    await expect(source.load()).rejects.toThrow("unreadable");
    source.publish([]);
    expect(await source.load()).toEqual([]);
  });
});
