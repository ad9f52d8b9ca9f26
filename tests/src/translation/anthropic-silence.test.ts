import { describe, expect, it } from "vitest";

import { MESSAGES, parseEvents, question } from "../harness/anthropic.ts";
import { closed, startEvents, startScriptedWorld, toEvent } from "../harness/scripted-world.ts";

const ANSWER = [
  { choices: [{ index: 0, delta: { content: "Yes." }, finish_reason: null }] },
  { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
  "[DONE]",
];

function startStream(url: string): Promise<Response> {
  return fetch(url + MESSAGES, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...question("scripted"), stream: true }),
  });
}

/** Reads a stream to its end, and says when it has brought so many pings. */
async function readUntilPings(
  { body }: Response,
  count: number,
  onPings: () => void,
): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const piece of body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.split("event: ping").length > count) onPings();
  }
  return text;
}

describe.each(["olla", "sherpa"])("silence in a stream with engine %s", (engine) => {
  const proxy = "  stream_keep_alive: 50ms";

  it("TR-28 is filled with pings while a translated backend thinks", async () => {
    await using world = await startScriptedWorld({ engine, proxy });
    const go = Promise.withResolvers<void>();
    world.answer(async (response) => {
      startEvents(response);
      await go.promise;
      for (const one of ANSWER) response.write(toEvent(one));
      response.end();
    });
    const response = await startStream(world.url);
    const text = await readUntilPings(response, 4, go.resolve);
    const types = parseEvents(text).map(({ type }) => type);
    expect(types.slice(0, 4)).toEqual(["message_start", "ping", "ping", "ping"]);
    expect(types.at(-1)).toBe("message_stop");
  });

  it("is filled with pings while a native backend thinks", async () => {
    await using world = await startScriptedWorld({ engine, proxy, kind: "vllm" });
    const go = Promise.withResolvers<void>();
    world.answer(async (response) => {
      startEvents(response);
      await go.promise;
      response.end('event: message_stop\ndata: {"type":"message_stop"}\n\n');
      await closed(response);
    });
    const response = await startStream(world.url);
    expect(response.headers.get("x-olla-mode")).toBe("passthrough");
    const text = await readUntilPings(response, 3, go.resolve);
    expect(parseEvents(text).at(-1)).toEqual({ type: "message_stop" });
  });
});
