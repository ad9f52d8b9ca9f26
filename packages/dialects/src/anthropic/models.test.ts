import { describe, expect, it } from "vitest";

import { listModels, retrieveModel } from "./models.ts";

const firstSeenAt = Date.UTC(2026, 4, 1, 9);
const models = ["a", "b", "c", "d"].map((id) => ({ id, firstSeenAt }));

function list(query: string): unknown {
  return listModels(models, new URLSearchParams(query));
}

function ids(query: string): unknown {
  const { data, ...rest } = list(query) as { data: { id: string }[] };
  return { ids: data.map(({ id }) => id).join(""), ...rest };
}

describe("listModels", () => {
  it("TR-59 gives everything without a limit", () => {
    expect(list("")).toEqual({
      data: models.map(({ id }) => ({
        type: "model",
        id,
        display_name: id,
        created_at: "2026-05-01T09:00:00.000Z",
      })),
      has_more: false,
      first_id: "a",
      last_id: "d",
    });
  });

  it.each([
    ["limit=2", { ids: "ab", has_more: true, first_id: "a", last_id: "b" }],
    ["limit=2&after_id=b", { ids: "cd", has_more: false, first_id: "c", last_id: "d" }],
    ["limit=1&after_id=b", { ids: "c", has_more: true, first_id: "c", last_id: "c" }],
    ["after_id=d", { ids: "", has_more: false, first_id: null, last_id: null }],
    ["before_id=c", { ids: "ab", has_more: false, first_id: "a", last_id: "b" }],
    ["limit=1&before_id=c", { ids: "b", has_more: true, first_id: "b", last_id: "b" }],
    ["limit=9&before_id=a", { ids: "", has_more: false, first_id: null, last_id: null }],
    ["limit=1000&beta=true", { ids: "abcd", has_more: false, first_id: "a", last_id: "d" }],
  ])("TR-59 pages through the list with %s", (query, page) => {
    expect(ids(query)).toEqual(page);
  });

  it.each([
    ["limit=0", "limit: must be an integer from 1 to 1000"],
    ["limit=1001", "limit: must be an integer from 1 to 1000"],
    ["limit=2.5", "limit: must be an integer from 1 to 1000"],
    ["limit=two", "limit: must be an integer from 1 to 1000"],
    ["after_id=z", "after_id: must be the id of a model in the list"],
    ["after_id=a&before_id=c", "before_id: must not be combined with after_id"],
  ])("refuses %s", (query, message) => {
    expect(() => list(query)).toThrow(
      expect.objectContaining({ code: "invalid_request", message }),
    );
  });

  it("says null for the borders of an empty list", () => {
    expect(listModels([], new URLSearchParams())).toEqual({
      data: [],
      has_more: false,
      first_id: null,
      last_id: null,
    });
  });
});

describe("retrieveModel", () => {
  it("TR-59 gives one model", () => {
    expect(retrieveModel(models, "b")).toMatchObject({ type: "model", id: "b" });
  });

  it("answers 404 for a model that is not there", () => {
    expect(() => retrieveModel(models, "z")).toThrow(
      expect.objectContaining({ code: "model_not_found", status: 404 }),
    );
  });
});
