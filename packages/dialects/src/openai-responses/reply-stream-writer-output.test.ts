import { deepEqual, equal, fail } from "node:assert/strict";

import { describe, expect, it } from "vitest";

import type { JsonObject, JsonValue } from "../conversation.ts";
import { isArray } from "../json/json-value.ts";
import {
  end,
  EVERYTHING,
  finish,
  start,
  writeResponse,
  type Written,
} from "../testing/responses-stream.ts";

type Item = Record<string, JsonValue> & { content?: Part[] };
type Part = Record<string, JsonValue>;

/** Rebuilds the output from the events alone, as strictly as the official client library. */
class OutputAssembler {
  readonly output: Item[] = [];

  add(event: Written): void {
    const index = event["output_index"];
    if (typeof index !== "number") return;
    if (event.type === "response.output_item.added") {
      equal(index, this.output.length);
      this.output.push(structuredClone(event["item"]) as Item);
      return;
    }
    const item = this.output[index] ?? fail(`missing output at index ${index}`);
    if (event.type === "response.output_item.done") {
      const done = event["item"] as Item;
      // What was added up is what the item says in the end.
      deepEqual(
        { ...item, status: "", encrypted_content: "" },
        { ...done, status: "", encrypted_content: "" },
      );
      this.output[index] = done;
      return;
    }
    equal(event["item_id"], item["id"]);
    if (event.type.includes("function_call")) addArguments(item, event);
    else addContent(item.content ?? fail("an item without content"), event);
  }
}

function addArguments(item: Item, event: Written): void {
  if (event.type.endsWith(".done")) equal(event["arguments"], item["arguments"]);
  else item["arguments"] = `${textOf(item["arguments"])}${textOf(event["delta"])}`;
}

function addContent(content: Part[], event: Written): void {
  const index = event["content_index"] as number;
  if (event.type === "response.content_part.added") {
    equal(index, content.length);
    content.push(structuredClone(event["part"]) as Part);
    return;
  }
  const part = content[index] ?? fail(`missing content at index ${index}`);
  const key = part["type"] === "refusal" ? "refusal" : "text";
  if (event.type === "response.content_part.done") deepEqual(event["part"], part);
  else if (event.type.endsWith(".done")) equal(event[key], part[key]);
  else {
    part[key] = `${textOf(part[key])}${textOf(event["delta"])}`;
    if (isArray(event["logprobs"]) && isArray(part["logprobs"])) {
      part["logprobs"] = [...part["logprobs"], ...event["logprobs"]];
    }
  }
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : fail("no text where one is expected");
}

function assemble(events: readonly Written[]): readonly unknown[] {
  const assembler = new OutputAssembler();
  for (const event of events) assembler.add(event);
  return assembler.output;
}

describe("ResponsesStreamWriter, added up by a client", () => {
  it("TR-66 events add up to the output of the last one", () => {
    const events = writeResponse(...EVERYTHING);
    const { response } = events.at(-1) as unknown as { response: JsonObject };
    expect(assemble(events)).toEqual(response["output"]);
    expect(response).toMatchObject({
      id: "resp_r1",
      status: "completed",
      usage: { input_tokens: 40, output_tokens: 17, total_tokens: 57 },
      output: [
        {
          type: "reasoning",
          content: [{ type: "reasoning_text", text: "Check it." }],
          encrypted_content: "sig",
        },
        {
          type: "message",
          content: [
            { type: "output_text", text: "It is mild.", logprobs: [{ token: "It" }] },
            { type: "refusal", refusal: "No more." },
          ],
        },
        { type: "function_call", call_id: "call_7", arguments: '{"town":"Graz"}' },
        {
          type: "function_call",
          call_id: expect.stringMatching(/^call_r/),
          arguments: '{"town":"Linz"}',
        },
        { type: "function_call", call_id: "call_9", arguments: "{}" },
        { type: "message", content: [{ type: "output_text", text: "Wait." }] },
      ],
    });
  });

  it("TR-65 ends a cut answer as incomplete, and only its last item", () => {
    const events = writeResponse(
      start,
      { type: "text", text: "It is" },
      { type: "tool-call", index: 0, id: "call_7", name: "look_up" },
      { type: "tool-arguments", index: 0, json: '{"to' },
      finish("length"),
      end,
    );
    expect(events.at(-1)).toMatchObject({
      type: "response.incomplete",
      response: {
        status: "incomplete",
        incomplete_details: { reason: "max_output_tokens" },
        output: [{ status: "completed" }, { status: "incomplete", arguments: '{"to' }],
      },
    });
  });

  it("gives thinking with its own signature its own item", () => {
    const events = writeResponse(
      start,
      { type: "thinking", text: "One." },
      { type: "signature", signature: "s1" },
      { type: "thinking", text: "Two." },
      { type: "signature", signature: "s2" },
      { type: "signature", signature: "s3" },
      finish("stop"),
      end,
    );
    expect(events.at(-1)).toMatchObject({
      response: {
        output: [
          { content: [{ text: "One." }], encrypted_content: "s1" },
          { content: [{ text: "Two." }], encrypted_content: "s2" },
          { content: [], encrypted_content: "s3" },
        ],
      },
    });
    expect(assemble(events)).toHaveLength(3);
  });

  it("keeps a signature that comes after the text began", () => {
    const events = writeResponse(
      start,
      { type: "thinking", text: "One." },
      { type: "text", text: "Mild." },
      { type: "signature", signature: "s1" },
      finish("stop"),
      end,
    );
    expect(events.at(-1)).toMatchObject({
      response: { output: [{ encrypted_content: "s1" }, { type: "message" }] },
    });
  });
});
