import { describe, expect, it } from "vitest";

import { requestIdOf } from "./request-id.ts";

/** Gives these numbers one after the other. */
function drawing(...numbers: readonly number[]): () => number {
  const left = [...numbers];
  return () => left.shift() ?? 0;
}

describe("requestIdOf", () => {
  it("keeps an id of the client's that is printable and short", () => {
    expect(requestIdOf("abc-1", drawing())).toBe("abc-1");
    for (const sent of ["", "a b", "a\n", "ä", "x".repeat(129), undefined]) {
      expect(requestIdOf(sent, drawing()), `for ${sent}`).toBe("amber-badger-00000000");
    }
  });

  it("makes two words and eight digits", () => {
    expect(requestIdOf(undefined, drawing(0.999_999, 0.999_999_999_9))).toBe(
      "vivid-willow-ffffffff",
    );
  });

  it("draws words and digits on their own, so that neither foretells the other", () => {
    const ids = new Set<string>();
    for (let pair = 0; pair < 225; pair += 1)
      ids.add(requestIdOf(undefined, drawing(pair / 225 + 1e-9, 0.5)));
    expect(ids.size).toBe(225);
    expect([...ids].every((id) => id.endsWith("-80000000"))).toBe(true);
  });

  it("tells draws apart that differ by one part in four thousand million", () => {
    const step = 2 ** -32;
    expect(requestIdOf(undefined, drawing(0, 7 * step))).toBe("amber-badger-00000007");
    expect(requestIdOf(undefined, drawing(0, 8 * step))).toBe("amber-badger-00000008");
  });
});
