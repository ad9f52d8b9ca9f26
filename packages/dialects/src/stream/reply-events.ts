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

function partEvents(part: ReplyPart, callIndex: number, logprobs: unknown): ReplyEvent[] {
  switch (part.type) {
    case "thinking": {
      const { text, signature } = part;
      const events: ReplyEvent[] = [{ type: "thinking", text }];
      if (signature !== undefined) events.push({ type: "signature", signature });
      return events;
    }
    case "text":
      return [
        logprobs === undefined || logprobs === null
          ? { type: "text", text: part.text }
          : { type: "text", text: part.text, logprobs },
      ];
    case "refusal":
      return [{ type: "refusal", text: part.text }];
    case "tool-call":
      return [
        { type: "tool-call", index: callIndex, id: part.id, name: part.name },
        { type: "tool-arguments", index: callIndex, json: JSON.stringify(part.arguments) },
      ];
  }
}
