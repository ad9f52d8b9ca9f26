import type { Reply, ReplyEvent, ReplyPart } from "../reply.ts";

/**
 * The events of a streamed answer that says the same as a whole one, for
 * backends that answer a streaming request with a plain body.
 */
export function replyToEvents(reply: Reply): readonly ReplyEvent[] {
  const events: ReplyEvent[] = [{ type: "start", id: reply.id, model: reply.model }];
  let logprobs = reply.logprobs;
  let calls = 0;
  for (const part of reply.parts) {
    events.push(...partEvents(part, calls, logprobs));
    if (part.type === "tool-call") calls += 1;
    // They are those of all tokens, so they go with the first text alone.
    if (part.type === "text") logprobs = undefined;
  }
  if (reply.usage !== undefined) events.push({ type: "usage", usage: reply.usage });
  if (reply.timings !== undefined) events.push({ type: "timings", timings: reply.timings });
  events.push({ type: "finish", reason: reply.stopReason, stopSequence: reply.stopSequence });
  events.push({ type: "end" });
  return events;
}

function partEvents(part: ReplyPart, callIndex: number, logprobs: unknown): readonly ReplyEvent[] {
  if (part.type === "refusal") return [{ type: "refusal", text: part.text }];
  if (part.type === "text") {
    const { text } = part;
    const isPlain = logprobs === undefined || logprobs === null;
    return [isPlain ? { type: "text", text } : { type: "text", text, logprobs }];
  }
  if (part.type === "thinking") {
    const { text, signature } = part;
    const thinking: ReplyEvent = { type: "thinking", text };
    return signature === undefined ? [thinking] : [thinking, { type: "signature", signature }];
  }
  return [
    { type: "tool-call", index: callIndex, id: part.id, name: part.name },
    { type: "tool-arguments", index: callIndex, json: JSON.stringify(part.arguments) },
  ];
}
