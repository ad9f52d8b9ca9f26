import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";

import { prepare } from "../compose-setup.ts";
import { loadConfig } from "./load.ts";
import { ConfigError, formatProblem, type ConfigProblem } from "./problem.ts";
import { configSchema } from "./schema.ts";
import { fieldsOf } from "./shape.ts";

const SECRET = "hunter2hunter2";

const TEXT = `server: &server
  port: 40114
  read_timeout: 30s
  cors: {enabled: true, allowed_origins: ["https://a"]}
proxy: {engine: olla, sticky_sessions: {key_sources: [ip, auth_header]}}
discovery:
  static:
    endpoints:
      - url: "http://a:1"
        auth: {type: bearer, token: "${SECRET}"}
        headers: {Authorization: 'Bearer ${SECRET}'}
      - {url: 'http://b', type: ollama, check_interval: 2s}
model_aliases: {a: [b, c]}
`;

/** A start as far as its port; any exception but a ConfigError fails the test. */
function start(
  text: string,
  env: Record<string, string>,
): { readonly ready: boolean; readonly problems: readonly ConfigProblem[] } {
  try {
    const loaded = loadConfig({ path: "config.yaml", text }, env);
    return { ready: true, problems: prepare(loaded, { env, cwd: "/" }).warnings };
  } catch (error) {
    if (error instanceof ConfigError) return { ready: false, problems: error.problems };
    throw error;
  }
}

/** Either it is ready, or an error says why not. */
function isSettled({ ready, problems }: ReturnType<typeof start>): boolean {
  return ready !== problems.some(({ severity }) => severity === "error");
}

const YAML_CHARACTERS = Array.from("\n\t :-?[]{},&*!|>'\"%@`#~$<=0123456789abc");

/** Characters that mean something in YAML more often than chance would have them. */
const yamlish = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...YAML_CHARACTERS),
    fc.constantFrom("<<: ", "*a", "&a ", "!!", "---\n", "${A}", "null", ".nan", "  "),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  ),
});

/** A good file with a piece cut out and another one put in. */
const mutated = fc
  .tuple(fc.nat(TEXT.length), fc.nat(12), yamlish)
  .map(([at, length, piece]) => TEXT.slice(0, at) + piece + TEXT.slice(at + length));

const paths = [...fieldsOf(configSchema)].map(({ path }) => path);
const endpointKeys = ["url", "name", "type", "priority", "check_interval", "headers", "auth"];

/** Any value at any key. */
const misplaced = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(...paths),
      fc.constantFrom(...paths).map((path) => path.slice(0, -1)),
      fc
        .constantFrom(...endpointKeys)
        .map((key) => ["discovery", "static", "endpoints", 0, key] as const),
    ),
    fc.anything({ withNullPrototype: true }),
  )
  .map(([path, value]) =>
    path.reduceRight<unknown>(
      (inner, key) => (typeof key === "number" ? [inner] : { [key]: inner }),
      value,
    ),
  );

const variables = [...fieldsOf(configSchema)].flatMap(({ meta }) => meta.env ?? []);
const environment = fc.dictionary(
  fc.oneof(fc.constantFrom(...variables), fc.string()),
  fc.oneof(fc.string(), fc.constantFrom("-1", "0", "1e999", ",", "true", "10s", "10.0.0.0/8")),
);

/** Undefined for what YAML cannot hold. */
function toYaml(value: unknown): string | undefined {
  try {
    return stringify(value);
  } catch {
    return undefined;
  }
}

describe("any configuration", () => {
  it("of any text can be used or is refused", () => {
    fc.assert(
      fc.property(yamlish, (text) => {
        expect(isSettled(start(text, {}))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("of any values at any keys can be used or is refused", () => {
    fc.assert(
      fc.property(misplaced.map(toYaml), (text) => {
        fc.pre(text !== undefined);
        expect(isSettled(start(text, {}))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("of any environment can be used or is refused", () => {
    fc.assert(
      fc.property(environment, (env) => {
        expect(isSettled(start(TEXT, env))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("tells each problem on one line, and no secret, wherever the file is broken", () => {
    fc.assert(
      fc.property(mutated, (text) => {
        for (const line of start(text, {}).problems.map((problem) => formatProblem(problem))) {
          expect(line).not.toContain(SECRET);
          expect(line).not.toMatch(/[\n\r]/);
        }
      }),
      { numRuns: 500 },
    );
  });
});
