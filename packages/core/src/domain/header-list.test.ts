import { array, assert, constantFrom, mixedCase, property, string, tuple } from "fast-check";
import { describe, expect, it } from "vitest";

import { connectionNominated, headerValue, isHopByHop } from "./header-list.ts";

const fieldName = (): ReturnType<typeof constantFrom<string[]>> =>
  constantFrom("accept", "x-a", "x-b", "content-type", "connection");

describe("headerValue", () => {
  it("finds the first value, whatever the spelling of the name", () => {
    const headers = ["Host", "a", "X-Thing", "one", "x-thing", "two"];
    expect(headerValue(headers, "x-thing")).toBe("one");
    expect(headerValue(headers, "host")).toBe("a");
  });

  it("does not take a value for a name", () => {
    expect(headerValue(["A", "x-thing", "B", "one"], "x-thing")).toBeUndefined();
  });

  it("tells an empty value from a missing field", () => {
    expect(headerValue(["A", ""], "a")).toBe("");
    expect(headerValue([], "a")).toBeUndefined();
  });

  it("ignores a name without a value", () => {
    expect(headerValue(["A", "1", "B"], "b")).toBeUndefined();
  });

  it("agrees with a map of first values", () => {
    const fields = array(tuple(mixedCase(fieldName()), string()));
    assert(
      property(fields, fieldName(), (list, wanted) => {
        const first = list.find(([name]) => name.toLowerCase() === wanted);
        expect(headerValue(list.flat(), wanted)).toBe(first?.[1]);
      }),
    );
  });
});

describe("isHopByHop", () => {
  it.each([
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
  ])("holds for %s", (name) => {
    expect(isHopByHop(name)).toBe(true);
  });

  it.each(["host", "content-length", "content-type", "authorization", ""])(
    "does not hold for %j",
    (name) => {
      expect(isHopByHop(name)).toBe(false);
    },
  );
});

describe("connectionNominated", () => {
  it.each(["close", "keep-alive", "Keep-Alive, Close", "", " , "])(
    "names nothing for Connection: %j",
    (value) => {
      expect(connectionNominated(["Connection", value])).toBeUndefined();
    },
  );

  it("names nothing without a Connection field", () => {
    expect(connectionNominated(["Host", "x-secret", "X-Connection", "x-a"])).toBeUndefined();
  });

  it("names the fields of every Connection field in lower case", () => {
    const headers = ["connection", "close, X-Secret", "Host", "h", "CONNECTION", "x-other ,\tX-A"];
    expect(connectionNominated(headers)).toEqual(new Set(["x-secret", "x-other", "x-a"]));
  });

  it("finds every nominated name among any others, spelling and blanks aside", () => {
    const token = mixedCase(constantFrom("x-a", "x-b", "x-longer-name", "close", "keep-alive"));
    const blank = constantFrom("", " ", "\t");
    assert(
      property(array(tuple(blank, token, blank)), (tokens) => {
        const value = tokens.map((parts) => parts.join("")).join(",");
        const expected = new Set(tokens.map(([, name]) => name.toLowerCase()));
        expected.delete("close");
        expected.delete("keep-alive");
        const found = connectionNominated(["A", "b", "Connection", value]);
        expect(found ?? new Set()).toEqual(expected);
      }),
    );
  });
});
