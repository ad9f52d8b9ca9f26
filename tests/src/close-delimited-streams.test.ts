import type { ServerResponse } from "node:http";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { chat, readEvents } from "./harness/chat.ts";
import { configFor, startGateway, type TestGateway, until } from "./harness/gateway.ts";
import { postJson } from "./harness/http-client.ts";
import { startScriptedBackend, type ScriptedBackend } from "./harness/scripted-backend.ts";

const WORD = 'data: {"choices":[{"index":0,"delta":{"content":"word"}}]}\n\n';
const DONE = "data: [DONE]\n\n";
const CHAT = "/olla/openai/v1/chat/completions";

/** How an answer differs from a stream of events with status 200 that the connection's end delimits. */
interface Sent {
  readonly body: string;
  readonly status?: number;
  readonly fields?: Readonly<Record<string, string>>;
  readonly chunked?: boolean;
}

/** Sends the answer; without `chunked` as servers on HTTP/1.0 do: the end of the connection is its end. */
function answer(response: ServerResponse, { body, status = 200, fields, chunked = false }: Sent) {
  response.useChunkedEncodingByDefault = chunked;
  response.writeHead(status, { "content-type": "text/event-stream", ...fields });
  response.end(body);
}

describe.each(["olla", "sherpa"])("streams that end with the connection, engine %s", (engine) => {
  let backend: ScriptedBackend;
  let gateway: TestGateway;

  beforeEach(async () => {
    backend = await startScriptedBackend();
    gateway = await startGateway({ config: configFor([backend], { engine }) });
  });

  afterEach(async () => {
    await gateway[Symbol.asyncDispose]();
    await backend[Symbol.asyncDispose]();
  });

  function ask(sent: Sent, path = CHAT): Promise<Response> {
    backend.answer((_, response) => answer(response, sent));
    return chat(gateway.url, { model: "scripted", stream: true, path });
  }

  it("are complete when the closing event was there", async () => {
    const result = await readEvents(await ask({ body: WORD + DONE }));
    expect(result).toMatchObject({ status: 200, complete: true });
    expect(result.events.at(-1)).toBe("[DONE]");
  });

  it.each(["chat/completions", "completions"])(
    "RT-39 HP-68 are broken for %s without the closing event, and say so",
    async (operation) => {
      const response = await ask({ body: WORD + WORD }, `/olla/openai/v1/${operation}`);
      const result = await readEvents(response);
      expect(result.status).toBe(200);
      expect(result.complete).toBe(false);
      expect(result.events).toHaveLength(3);
      expect(JSON.parse(result.events.at(-1) ?? "")).toMatchObject({
        error: { code: "upstream_truncated" },
      });
      await until(() => gateway.log.some(({ message }) => message === "Request failed"));
      const failure = gateway.log.find(({ message }) => message === "Request failed");
      expect(failure?.fields).toMatchObject({ code: "upstream_truncated", endpoint: "scripted" });
    },
  );

  it("are broken without an event of the gateway's when they stop inside one", async () => {
    const result = await readEvents(await ask({ body: WORD + WORD.slice(0, 20) }));
    expect(result.complete).toBe(false);
    expect(result.events).toEqual([WORD.slice(6).trimEnd(), WORD.slice(6, 20)]);
  });

  it("are broken when nothing came behind the head", async () => {
    const result = await readEvents(await ask({ body: "" }));
    expect(result.complete).toBe(false);
    expect(result.events).toHaveLength(1);
  });

  it.each<Sent & { readonly title: string }>([
    { title: "a chunked stream", body: WORD, chunked: true },
    { title: "a body that is no stream", body: "{}", fields: { "content-type": "text/plain" } },
    { title: "a compressed stream", body: "squeezed", fields: { "content-encoding": "br" } },
    { title: "an answer that is an error", body: WORD, status: 500 },
  ])("need no closing event: $title", async (sent) => {
    backend.answer((_, response) => answer(response, sent));
    const request = { model: "scripted", stream: true, messages: [] };
    const received = await postJson(gateway.url, CHAT, request);
    expect(received.status).toBe(sent.status ?? 200);
    expect(received.text).toBe(sent.body);
  });

  it("need no closing event where the operation has none", async () => {
    const { name, url } = backend;
    const config = configFor([{ name, url, kind: "llamacpp" }], { engine });
    await using native = await startGateway({ config });
    backend.answer((_, response) => answer(response, { body: WORD }));
    const request = { model: "scripted", stream: true, input: "hi" };
    const received = await postJson(native.url, "/olla/llamacpp/v1/responses", request);
    expect(received.status).toBe(200);
    expect(received.text).toBe(WORD);
  });
});
