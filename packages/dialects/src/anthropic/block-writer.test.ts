import {
  array,
  assert,
  constantFrom,
  dictionary,
  jsonValue,
  nat,
  oneof,
  property,
  record,
  string,
} from "fast-check";
import { describe, expect, it } from "vitest";

import { BlockWriter } from "./block-writer.ts";

interface WireEvent {
  readonly type: string;
  readonly index: number;
  readonly content_block?: { readonly type: string; readonly name?: string };
  readonly delta?: Readonly<Record<string, string>>;
}

interface Block {
  /** `text`, `thinking`, or the name of a tool. */
  readonly kind: string;
  content: string;
}

/** @throws Error when two blocks are open at once, or their indexes have gaps */
function blocksOf(stream: string): Block[] {
  const blocks: Block[] = [];
  let isOpen = false;
  for (const [, data = ""] of stream.matchAll(/^data: (.*)$/gm)) {
    const { index, content_block: begun, delta = {} } = JSON.parse(data) as WireEvent;
    if (isOpen === (begun !== undefined)) throw new Error(`a second or no open block: ${data}`);
    if (begun !== undefined) blocks.push({ kind: begun.name ?? begun.type, content: "" });
    if (index !== blocks.length - 1) throw new Error(`index out of order: ${data}`);
    const { text = "", thinking = "", partial_json = "", signature = "" } = delta;
    blocks.at(-1)!.content += text + thinking + partial_json + signature;
    isOpen = !data.includes("content_block_stop");
  }
  if (isOpen) throw new Error("the last block is open");
  return blocks;
}

function begin(writer: BlockWriter, index: number): string {
  return writer.call({ index, id: `call_${index}`, name: `tool${index}` });
}

describe("BlockWriter", () => {
  it("streams calls that follow one another", () => {
    const writer = new BlockWriter();
    begin(writer, 0);
    writer.callArguments(0, '{"a":"}\\"}"}');
    expect(begin(writer, 1)).toContain('"name":"tool1"');
    expect(writer.callArguments(1, "{")).toContain('"partial_json":"{"');
  });

  it("TR-29 holds what interleaves with a call until that is complete", () => {
    const writer = new BlockWriter();
    const held = (): string =>
      begin(writer, 1) +
      writer.callArguments(1, '{"b":') +
      writer.text("text", "Mean") +
      writer.text("thinking", "Hm") +
      writer.signature("-signed") +
      writer.text("text", "whi") +
      writer.text("text", "le") +
      writer.signature("-alone") +
      begin(writer, 2) +
      writer.callArguments(2, "{}");
    const opened = begin(writer, 0) + writer.callArguments(0, '{"a":');
    expect(held()).toBe("");
    const released = writer.callArguments(0, "[1]}");
    expect(released).toContain('"name":"tool1"');
    const rest = writer.callArguments(1, "2}") + writer.callArguments(9, "{}") + writer.finish();
    expect(blocksOf(opened + released + rest)).toEqual([
      { kind: "tool0", content: '{"a":[1]}' },
      { kind: "tool1", content: '{"b":2}' },
      { kind: "text", content: "Mean" },
      { kind: "thinking", content: "Hm-signed" },
      { kind: "text", content: "while" },
      { kind: "thinking", content: "-alone" },
      { kind: "tool2", content: "{}" },
    ]);
  });

  it("writes at the end what still waits, complete or not", () => {
    const writer = new BlockWriter();
    const opened = begin(writer, 0) + begin(writer, 1) + writer.callArguments(1, '{"b');
    expect(blocksOf(opened + writer.text("text", "So") + writer.finish())).toEqual([
      { kind: "tool0", content: "" },
      { kind: "tool1", content: '{"b' },
      { kind: "text", content: "So" },
    ]);
    expect(writer.finish()).toBe("");
  });

  it("TR-29 keeps every call and all text whole however they interleave", () => {
    const piece = record({ call: nat({ max: 3 }), length: nat({ max: 7 }) });
    const words = constantFrom("text" as const, "thinking" as const);
    const calls = array(dictionary(string(), jsonValue()), { maxLength: 4 });
    assert(
      property(calls, array(oneof(piece, words)), (objects, steps) => {
        const whole = objects.map((object) => JSON.stringify(object));
        const sent = whole.map(() => 0);
        const writer = new BlockWriter();
        let stream = whole.map((_, index) => begin(writer, index)).join("");
        for (const step of steps) {
          if (typeof step === "string") {
            stream += writer.text(step, "x");
            continue;
          }
          const from = sent[step.call] ?? 0;
          const next = whole[step.call]?.slice(from, from + step.length) ?? "";
          stream += writer.callArguments(step.call, next);
          sent[step.call] = from + next.length;
        }
        whole.forEach((json, index) => {
          stream += writer.callArguments(index, json.slice(sent[index]));
        });
        const blocks = blocksOf(stream + writer.finish());
        const tools = blocks.filter(({ kind }) => kind.startsWith("tool"));
        expect(tools.map(({ content }) => content)).toEqual(whole);
        const spoken = blocks
          .filter(({ kind }) => !kind.startsWith("tool"))
          .flatMap(({ kind, content }) => Array.from({ length: content.length }, () => kind));
        expect(spoken).toEqual(steps.filter((step) => typeof step === "string"));
      }),
    );
  });
});
