import { isHopByHop } from "@olla-ts/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { toHeaderList } from "./response-headers.ts";

const HOP_BY_HOP_NAMES = [
  "Connection",
  "Keep-Alive",
  "Proxy-Authenticate",
  "Proxy-Authorization",
  "Proxy-Connection",
  "TE",
  "Trailer",
  "Transfer-Encoding",
  "Upgrade",
];

describe("toHeaderList", () => {
  it("keeps spelling, order and repetition", () => {
    const fields = ["x-B", "1", "Set-Cookie", "a", "Content-Type", "text/plain", "Set-Cookie", "b"];
    expect(toHeaderList(fields)).toEqual(fields);
  });

  it.each(HOP_BY_HOP_NAMES)("drops %s in any case", (name) => {
    const fields = [name, "1", name.toLowerCase(), "2", name.toUpperCase(), "3", "x", "kept"];
    expect(toHeaderList(fields)).toEqual(["x", "kept"]);
  });

  it("R22 drops what Connection names, wherever it stands", () => {
    const fields = ["X-Hop", "1", "Connection", "close, x-hop", "x-HOP", "2", "X-Hops", "3"];
    expect(toHeaderList(fields)).toEqual(["X-Hops", "3"]);
  });

  it("heeds every Connection field", () => {
    const fields = ["a", "1", "Connection", "a", "b", "2", "connection", "b", "c", "3"];
    expect(toHeaderList(fields)).toEqual(["c", "3"]);
  });

  it("gives an empty list when there are no fields", () => {
    expect(toHeaderList([])).toEqual([]);
  });

  it("keeps exactly the fields that are neither hop-by-hop nor nominated", () => {
    const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/);
    const name = fc.oneof(token, fc.constantFrom(...HOP_BY_HOP_NAMES, "te", "X-A", "x-b"));
    const value = fc.stringMatching(/^[\x21-\x7e\x80-\xff]{0,12}$/);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, value), { maxLength: 12 }),
        fc.array(token, { maxLength: 3 }),
        (pairs, nominated) => {
          const others = pairs.filter(([field]) => field.toLowerCase() !== "connection");
          const fields = [...others.flat(), "Connection", nominated.join(", ")];
          const gone = new Set(nominated.map((one) => one.toLowerCase()));
          gone.delete("close");
          gone.delete("keep-alive");
          const kept = others.filter(([field]) => {
            const lowerName = field.toLowerCase();
            return !isHopByHop(lowerName) && !gone.has(lowerName);
          });
          expect(toHeaderList(fields)).toEqual(kept.flat());
        },
      ),
    );
  });
});
