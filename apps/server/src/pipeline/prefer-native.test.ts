import { makeEndpoint } from "@olla-ts/core/testing";
import { describe, expect, it } from "vitest";

import { preferNative } from "./prefer-native.ts";

const native = makeEndpoint({ slot: 0, name: "native", priority: 100 });
const other = makeEndpoint({ slot: 1, name: "other", priority: 100 });
const isNative = ({ name }: { name: string }): boolean => name === "native";

function names(load: Record<string, number>, endpoints = [native, other]): string[] {
  return preferNative(endpoints, isNative, ({ name }) => load[name] ?? 0).map(({ name }) => name);
}

describe("preferNative", () => {
  it("leaves out an endpoint that needs translation when a native one is as good", () => {
    expect(names({})).toEqual(["native"]);
  });

  it("keeps an endpoint that is under less load", () => {
    expect(names({ native: 1 })).toEqual(["native", "other"]);
  });

  it("TR-54 keeps an endpoint of higher priority", () => {
    const higher = makeEndpoint({ slot: 1, name: "other", priority: 200 });
    expect(names({}, [native, higher])).toEqual(["native", "other"]);
  });

  it("keeps all when none, or every one, serves the request as it is", () => {
    expect(names({}, [other])).toEqual(["other"]);
    expect(names({}, [native])).toEqual(["native"]);
  });
});
