import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

import { configJsonSchema } from "./json-schema.ts";
import { documentedKeys } from "./key-list.ts";

const schema = configJsonSchema();
const validator = z.fromJSONSchema(schema);

/** The schema of a key. */
function at(key: string): Record<string, unknown> {
  return key.split(".").reduce<Record<string, unknown>>(
    (node, part) => {
      const name = part.replace("[]", "");
      const found = (node["properties"] as Record<string, Record<string, unknown>>)[name]!;
      return part.endsWith("[]") ? (found["items"] as Record<string, unknown>) : found;
    },
    schema as Record<string, unknown>,
  );
}

describe("the JSON Schema of the configuration", () => {
  it("tells of every key description, default, example and unit", () => {
    for (const { key, meta } of documentedKeys()) {
      const told = at(key);
      expect(told["description"]).toContain(meta.description);
      expect([told["default"], told["examples"]]).toEqual([meta.default, [meta.example]]);
      expect(told["x-unit"]).toBe(meta.unit);
    }
  });

  it.each([
    "server: {port: 8080, read_timeout: 1m30s, request_limits: {max_body_size: 50MB}}",
    "server: {write_timeout: 0}\nproxy:\n",
    "discovery: {static: {endpoints: [{url: http://a, type: vllm, auth: {type: bearer, token: x}}]}}",
    "model_aliases: {chat: [a, 7]}",
    "proxy: {stream_buffer_size: 1, load_balancer: priority}",
  ])("accepts %s", (text) => {
    expect(validator.safeParse(parse(text)).error?.issues).toBeUndefined();
  });

  it.each([
    "server: {prot: 1}",
    "server: {port: 70000}",
    "server: {read_timeout: 30}",
    "server: {read_timeout: 30 seconds}",
    "proxy: {engine: zzz}",
    "discovery: {static: {endpoints: [{adress: http://a}]}}",
    "model_aliases: {chat: a}",
  ])("refuses %s", (text) => {
    expect(validator.safeParse(parse(text)).success).toBe(false);
  });
});
