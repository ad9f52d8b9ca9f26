import type { Affinity } from "@olla-ts/core";
import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

import { readAffinity, type AffinityFacts } from "./affinity.ts";

const DEFAULT_SOURCES: readonly Affinity["source"][] = [
  "session_header",
  "prefix_hash",
  "auth_header",
];

function makeFacts(over: Partial<AffinityFacts> = {}): AffinityFacts {
  return {
    sessionId: undefined,
    authorization: undefined,
    clientAddress: "192.0.2.1",
    bodyText: () => undefined,
    ...over,
  };
}

function read(
  over: Partial<AffinityFacts>,
  sources: readonly Affinity["source"][] = DEFAULT_SOURCES,
  prefixBytes = 512,
): Affinity | undefined {
  return readAffinity({ sources, prefixBytes }, makeFacts(over));
}

/** Key that a body yields; undefined when it yields none. */
function keyOf(body: unknown, prefixBytes?: number): string | undefined {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return read({ bodyText: () => text }, ["prefix_hash"], prefixBytes)?.key;
}

const user = (content: unknown): object => ({ role: "user", content });
const system = (content: unknown): object => ({ role: "system", content });
const assistant = (content: unknown): object => ({ role: "assistant", content });
const ignored = { role: "tool" };

describe("readAffinity", () => {
  it("RT-43 prefers the session header in the default order", () => {
    const body = JSON.stringify({ messages: [user("hello")] });
    expect(read({ sessionId: " s1 ", authorization: "Bearer x", bodyText: () => body })).toEqual({
      source: "session_header",
      key: "s1",
    });
  });

  it("follows the configured order", () => {
    const facts = { sessionId: "s1", authorization: "Bearer x" };
    expect(read(facts, ["auth_header", "session_header"])?.source).toBe("auth_header");
    expect(read(facts, ["ip", "session_header"])).toEqual({ source: "ip", key: "192.0.2.1" });
  });

  it("goes to the next source when one yields nothing", () => {
    expect(read({ sessionId: "  ", authorization: "Bearer x", bodyText: () => "[]" })?.source).toBe(
      "auth_header",
    );
  });

  it.each([{ sources: [] }, { sources: DEFAULT_SOURCES }])(
    "RT-44 yields nothing when none of $sources does",
    ({ sources }) => {
      expect(read({ authorization: "" }, sources)).toBeUndefined();
    },
  );

  it("does not look at the body when an earlier source decides", () => {
    const bodyText = vi.fn<() => string>();
    expect(read({ sessionId: "s1", bodyText })?.source).toBe("session_header");
    expect(bodyText).not.toHaveBeenCalled();
  });

  it("keeps no credential in the key", () => {
    const key = read({ authorization: "Bearer secret" })?.key;
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(key).not.toBe(read({ authorization: "Bearer other" })?.key);
  });

  it.each([
    ["after a short opening", [system("s")], [user("hi")]],
    ["without a system prompt", [], [user("hi")]],
    ["with a long system prompt", [system("s".repeat(5_000))], [user("hi")]],
  ])(
    "R13 RT-49 turn two of a conversation has the key of turn one, %s",
    (_title, head, opening) => {
      const one = keyOf({ model: "m", messages: [...head, ...opening] });
      const two = keyOf({
        messages: [...head, ...opening, assistant("hello"), user("more")],
        temperature: 1,
      });
      expect(one).toBeDefined();
      expect(two).toBe(one);
    },
  );

  it("R13 a long system prompt in common does not give conversations one key", () => {
    const prompt = system("s".repeat(5_000));
    expect(keyOf({ messages: [prompt, user("one")] })).not.toBe(
      keyOf({ messages: [prompt, user("two")] }),
    );
  });

  it("R13 finds messages behind the first 512 bytes of the body", () => {
    expect(keyOf({ padding: "x".repeat(2_000), messages: [user("hi")] })).toBe(
      keyOf({ messages: [user("hi")] }),
    );
  });

  it.each<{ title: string; same: readonly [unknown, unknown] }>([
    {
      title: "white space between tokens",
      same: [
        '{"messages":[{"role":"user","content":"a"}]}',
        '{ "messages" : [ {"content":"a", "role":"user"} ] }',
      ],
    },
    {
      title: "a text and a list of one text",
      same: [{ messages: [user("a")] }, { messages: [user([{ type: "text", text: "a" }])] }],
    },
    {
      title: "where a cache mark stands",
      same: [
        { messages: [user([{ type: "text", text: "a", cache_control: { type: "ephemeral" } }])] },
        { messages: [user([{ type: "text", text: "a" }])] },
      ],
    },
    {
      title: "a cache mark on an image",
      same: [
        { messages: [user([{ type: "image", source: "x", cache_control: {} }])] },
        { messages: [user([{ type: "image", source: "x" }])] },
      ],
    },
    {
      title: "a system prompt beside or among the messages",
      same: [{ system: "s", messages: [user("a")] }, { messages: [system("s"), user("a")] }],
    },
    {
      title: "instructions and a developer message",
      same: [
        { instructions: "s", input: [user([{ type: "input_text", text: "a" }])] },
        { messages: [{ role: "developer", content: "s" }, user("a")] },
      ],
    },
  ])("does not depend on $title", ({ same: [one, two] }) => {
    expect(keyOf(one)).toBeDefined();
    expect(keyOf(one)).toBe(keyOf(two));
  });

  it.each<{ title: string; one: unknown; two: unknown }>([
    { title: "users", one: { messages: [user("a")] }, two: { messages: [user("b")] } },
    {
      title: "system prompts",
      one: { messages: [system("a"), user("x")] },
      two: { messages: [system("b"), user("x")] },
    },
    {
      title: "borders between the two",
      one: { messages: [system("ab"), user("c")] },
      two: { messages: [system("a"), user("bc")] },
    },
    {
      title: "images",
      one: { messages: [user([{ type: "image", source: "x" }])] },
      two: { messages: [user([{ type: "image", source: "y" }])] },
    },
    { title: "prompts", one: { prompt: "a" }, two: { prompt: "b" } },
    {
      title: "openings of the assistant",
      one: { messages: [assistant("a")] },
      two: { messages: [assistant("b")] },
    },
  ])("tells different $title apart", ({ one, two }) => {
    expect(keyOf(one)).toBeDefined();
    expect(keyOf(one)).not.toBe(keyOf(two));
  });

  it.each([{ messages: [] }, { messages: null }, { messages: [{ content: "no role" }] }])(
    "reads the prompt when there are no messages: %j",
    (body) => {
      expect(keyOf({ ...body, prompt: "p" })).toBe(keyOf({ prompt: ["p"] }));
      expect(keyOf({ prompt: "p" })).toBeDefined();
    },
  );

  it.each([
    "",
    "not json",
    "[1]",
    "null",
    { model: "m" },
    { prompt: "" },
    { input: "text to embed" },
    { messages: [ignored] },
    { messages: [user("")] },
    { messages: [user(5)] },
  ])("yields no key for %j", (body) => {
    expect(keyOf(body)).toBeUndefined();
  });

  it("compares only the first bytes of each part", () => {
    const long = "x".repeat(16);
    expect(keyOf({ messages: [user(`${long}1`)] }, 16)).toBe(
      keyOf({ messages: [user(`${long}2`)] }, 16),
    );
    expect(keyOf({ messages: [user(`${long}1`)] }, 17)).not.toBe(
      keyOf({ messages: [user(`${long}2`)] }, 17),
    );
  });

  it("counts bytes, not characters", () => {
    const long = "é".repeat(8);
    expect(keyOf({ prompt: `${long}1` }, 16)).toBe(keyOf({ prompt: `${long}2` }, 16));
    expect(keyOf({ prompt: `${long}1` }, 17)).not.toBe(keyOf({ prompt: `${long}2` }, 17));
  });

  it.each([0, -1])("takes %i prefix bytes as 512", (prefixBytes) => {
    const body = { prompt: `${"x".repeat(511)}a${"y".repeat(9)}` };
    expect(keyOf(body, prefixBytes)).toBe(keyOf(body, 512));
    expect(keyOf(body, prefixBytes)).not.toBe(
      keyOf({ prompt: `${"x".repeat(511)}b` }, prefixBytes),
    );
  });

  it("takes the raw start of the messages of a body above 1 MiB", () => {
    const filler = "z".repeat(1_100_000);
    const one = keyOf({ model: "m", messages: [user("hi"), assistant(filler)] });
    const two = keyOf({ messages: [user("hi"), assistant(filler), user("more")] });
    const other = keyOf({ messages: [user("ho"), assistant(filler)] });
    expect(one).toBeDefined();
    expect(two).toBe(one);
    expect(other).not.toBe(one);
    expect(keyOf(filler)).toBeDefined();
  });

  it("never throws, whatever the body", () => {
    const anywhere = fc
      .jsonValue()
      .map((value) => JSON.stringify({ messages: [value], system: value, prompt: value }));
    const body = fc.oneof(fc.json(), fc.string(), anywhere);
    fc.assert(
      fc.property(body, (text) => {
        const key = keyOf(text);
        expect(key === undefined || /^[0-9a-f]{32}$/.test(key)).toBe(true);
      }),
    );
  });
});
