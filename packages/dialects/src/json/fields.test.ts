import { describe, expect, it } from "vitest";

import { Fields } from "./fields.ts";
import { listIn, numberIn, objectIn, textIn } from "./lenient.ts";
import { parseJson } from "./parse-json.ts";

function fieldsOf(text: string): Fields {
  return Fields.ofBody(parseJson(text));
}

describe("Fields", () => {
  const fields = fieldsOf(
    '{"text":"a","empty":"","none":null,"number":0.5,"integer":3,"yes":true,"list":["a",1],"object":{"inner":{"x":1}}}',
  );

  it("gives what is there", () => {
    expect(fields.optionalText("text")).toBe("a");
    expect(fields.requiredText("empty")).toBe("");
    expect(fields.requiredName("text")).toBe("a");
    expect(fields.optionalNumber("number", { min: 0, max: 1 })).toBe(0.5);
    expect(fields.optionalInteger("integer")).toBe(3);
    expect(fields.optionalBoolean("yes")).toBe(true);
    expect(fields.requiredChoice("text", ["a", "b"])).toBe("a");
    expect(fields.optionalArray("list")).toEqual(["a", 1]);
    expect(fields.requiredObject("object").object).toEqual({ inner: { x: 1 } });
  });

  it.each(["none", "absent", "toString"])("takes %s for absent", (key) => {
    expect(fields.has(key)).toBe(false);
    expect(fields.optionalText(key)).toBeUndefined();
    expect(fields.optionalNumber(key)).toBeUndefined();
    expect(fields.optionalInteger(key)).toBeUndefined();
    expect(fields.optionalBoolean(key)).toBeUndefined();
    expect(fields.optionalChoice(key, ["a"])).toBeUndefined();
    expect(fields.optionalObject(key)).toBeUndefined();
    expect(fields.optionalArray(key)).toBeUndefined();
    expect(fields.texts(key)).toEqual([]);
    expect(fields.objects(key)).toEqual([]);
  });

  it.each([
    [() => fields.optionalText("number"), "number: must be a text"],
    [() => fields.requiredText("none"), "none: is required"],
    [() => fields.requiredName("empty"), "empty: must not be empty"],
    [() => fields.optionalNumber("text"), "text: must be a number"],
    [() => fields.optionalNumber("number", { min: 1 }), "number: must be a number of at least 1"],
    [() => fields.optionalNumber("integer", { max: 2 }), "integer: must be a number of at most 2"],
    [
      () => fields.optionalNumber("integer", { min: 0, max: 2 }),
      "integer: must be a number from 0 to 2",
    ],
    [
      () => fields.optionalInteger("number", { min: 1 }),
      "number: must be an integer of at least 1",
    ],
    [() => fields.optionalBoolean("text"), "text: must be true or false"],
    [() => fields.requiredChoice("text", ["b", "c"]), "text: must be one of b, c"],
    [() => fields.requiredChoice("none", ["b"]), "none: is required"],
    [() => fields.optionalObject("list"), "list: must be an object"],
    [() => fields.requiredObject("none"), "none: is required"],
    [() => fields.optionalArray("object"), "object: must be a list"],
    [() => fields.texts("list"), "list.1: must be a text"],
    [() => fields.objects("list"), "list.0: must be an object"],
    [
      () => fields.requiredObject("object").requiredObject("inner").optionalText("x"),
      "object.inner.x: must be a text",
    ],
    [() => Fields.ofBody([]), "The body must be a JSON object."],
  ])("refuses with the path of the field: %s gives %j", (read, message) => {
    expect(read).toThrow(expect.objectContaining({ code: "invalid_request", message }));
  });

  it("reads numbers whose text is kept, and takes none for an object", () => {
    const exact = fieldsOf('{"seed":12345678901234567890,"temperature":1.0,"n":1e999}');
    expect(exact.optionalInteger("seed")).toBe(Number("12345678901234567890"));
    expect(exact.optionalNumber("temperature")).toBe(1);
    expect(() => exact.optionalObject("seed")).toThrow("seed: must be an object");
    expect(() => exact.optionalNumber("n")).toThrow("n: must be a number");
  });

  it("reads the items of a list with their paths", () => {
    const paths = new Fields({ list: [{}, {}] }, "outer").objects("list").map(({ path }) => path);
    expect(paths).toEqual(["outer.list.0", "outer.list.1"]);
  });
});

describe("lenient readers", () => {
  const object = fieldsOf('{"text":"a","number":1,"raw":12345678901234567890,"list":[1],"o":{}}');

  it("give what is of the type asked for", () => {
    expect(textIn(object.object, "text")).toBe("a");
    expect(numberIn(object.object, "number")).toBe(1);
    expect(numberIn(object.object, "raw")).toBe(Number("12345678901234567890"));
    expect(listIn(object.object, "list")).toEqual([1]);
    expect(objectIn(object.object, "o")).toEqual({});
  });

  it("take anything else for absent", () => {
    expect(textIn(object.object, "number")).toBeUndefined();
    expect(numberIn(object.object, "text")).toBeUndefined();
    expect(listIn(object.object, "o")).toEqual([]);
    expect(objectIn(object.object, "list")).toBeUndefined();
    expect(objectIn(object.object, "raw")).toBeUndefined();
  });
});
