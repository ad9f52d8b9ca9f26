import { describe, expect, it } from "vitest";

import { parseByteSize } from "./byte-size.ts";

describe("parseByteSize", () => {
  it.each([
    ["0", 0],
    ["1048576", 1_048_576],
    ["1KB", 1_024],
    ["1k", 1_024],
    ["0.5KiB", 512],
    ["1e3", 1_000],
    ["50MB", 52_428_800],
    ["50 mb", 52_428_800],
    ["2GiB", 2_147_483_648],
    ["1t", 1_099_511_627_776],
    ["7b", 7],
    [" 7 ", 7],
  ])("CF-13 reads %j as %d bytes", (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  it.each(["", "MB", "1XB", "1ib", "-1", "1,000", "1 M B", "0x10", "one"])(
    "takes %j for no size",
    (text) => {
      expect(parseByteSize(text)).toBeUndefined();
    },
  );

  it.each(["1e400", "9999999999TB"])(
    "takes %s, which no number holds exactly, for none",
    (text) => {
      expect(parseByteSize(text)).toBeUndefined();
    },
  );
});
