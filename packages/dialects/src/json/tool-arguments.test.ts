import { describe, expect, it } from "vitest";

import { parseJson } from "./parse-json.ts";
import { parseArguments, readArguments } from "./tool-arguments.ts";

describe("parseArguments", () => {
  it("takes no text for no arguments", () => {
    expect(parseArguments("")).toEqual({});
    expect(parseArguments(" \n")).toEqual({});
  });

  it("TR-23 keeps the digits of large numbers", () => {
    const text = '{"id":9007199254740993}';
    expect(JSON.stringify(parseArguments(text))).toBe(text);
  });

  it.each(["[]", "3", "9007199254740993", '"{}"', "{"])("gives nothing for %s", (text) => {
    expect(parseArguments(text)).toBeUndefined();
  });
});

describe("readArguments", () => {
  it.each([
    { stated: undefined, read: {} },
    { stated: null, read: {} },
    { stated: " ", read: {} },
    { stated: { town: "Graz" }, read: { town: "Graz" } },
    { stated: '{"town":"Graz"}', read: { town: "Graz" } },
    { stated: "not json", read: { _raw: "not json" } },
    { stated: "[1]", read: { _raw: "[1]" } },
    { stated: [1], read: { _raw: "[1]" } },
    { stated: 7, read: { _raw: "7" } },
  ])("TR-22 reads $stated as $read", ({ stated, read }) => {
    expect(readArguments(stated)).toEqual(read);
  });

  it("takes a number whose text is kept for no object", () => {
    expect(readArguments(parseJson("9007199254740993"))).toEqual({ _raw: "9007199254740993" });
  });
});
