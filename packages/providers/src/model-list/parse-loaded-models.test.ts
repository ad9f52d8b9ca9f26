import { describe, expect, it } from "vitest";

import { parseLoadedModels } from "./parse-loaded-models.ts";

describe("parseLoadedModels", () => {
  it.each([
    { body: '{"models":[{"name":"pine:7b","model":"pine:7b"},{"size":1}]}', names: ["pine:7b"] },
    {
      body: '{"model_count":2,"models":[{"id":"a","loaded":true},{"id":"b","loaded":false}]}',
      names: ["a"],
    },
    { body: '{"models":null}', names: [] },
    { body: "[]", names: [] },
    { body: "404 page not found", names: [] },
    { body: "", names: [] },
  ])("finds $names in $body", ({ body, names }) => {
    expect([...parseLoadedModels(body)]).toEqual(names);
  });
});
