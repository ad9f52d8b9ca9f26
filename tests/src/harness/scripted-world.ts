import { once } from "node:events";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";

import type { Clock } from "@olla-ts/core/ports";
import { systemClock } from "@olla-ts/server/system-clock";

import { configFor, startGateway, type ConfigOptions, type TestGateway } from "./gateway.ts";
import { startScriptedBackend } from "./scripted-backend.ts";

/** A request as it reached the backend. */
export interface Received {
  readonly method: string | undefined;
  /** Request target. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body, which has to be a JSON object. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Answers one request whose body has arrived. */
export type ScriptedAnswer = (response: ServerResponse, request: Received) => void | Promise<void>;

/** A gateway in front of one scripted backend whose model is `scripted`. */
export interface ScriptedWorld extends AsyncDisposable {
  readonly url: string;
  readonly gateway: TestGateway;
  /** Requests of clients, oldest first; probes and lists are not among them. */
  readonly received: readonly Received[];
  /** The latest of them. */
  last(): Received;
  answer(answer: ScriptedAnswer): void;
  answerJson(value: unknown, status?: number, headers?: Readonly<Record<string, string>>): void;
  /** Answers with a stream of events: objects as JSON, texts as they are; `[DONE]` is not added. */
  answerEvents(...data: readonly (string | object)[]): void;
}

export interface ScriptedWorldOptions extends ConfigOptions {
  /** Type of the endpoint; its models have to be listed at `/v1/models` or `/api/tags`. Default `openai-compatible`. */
  readonly kind?: string;
  /** Default: real time. */
  readonly clock?: Clock;
}

/** Starts the gateway and its backend. */
export async function startScriptedWorld({
  kind = "openai-compatible",
  clock = systemClock,
  ...options
}: ScriptedWorldOptions = {}): Promise<ScriptedWorld> {
  await using started = new AsyncDisposableStack();
  const backend = started.use(await startScriptedBackend());
  const received: Received[] = [];
  let answer = answerEmpty;
  backend.answer(async (request, response) => {
    if (request.headers["user-agent"]?.startsWith("olla-") === true) {
      response.end();
      return;
    }
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const { method, url = "", headers } = request;
    const body = JSON.parse(text) as Received["body"];
    const one = { method, url, headers, text, body };
    received.push(one);
    await answer(response, one);
  });
  const { name, url } = backend;
  const config = configFor([{ name, url, kind }], options);
  const gateway = started.use(await startGateway({ config, clock }));
  const owned = started.move();
  return {
    url: gateway.url,
    gateway,
    received,
    last() {
      const one = received.at(-1);
      if (one === undefined) throw new Error("no request reached the backend");
      return one;
    },
    answer(next) {
      answer = next;
    },
    answerJson(value, status = 200, headers = {}) {
      answer = (response) => sendJson(response, value, status, headers);
    },
    answerEvents(...data) {
      answer = (response) => {
        startEvents(response);
        for (const one of data) response.write(toEvent(one));
        response.end();
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const answerEmpty: ScriptedAnswer = (response) => void response.end();

/** Sends the head of a stream of events. */
export function startEvents(response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.flushHeaders();
}

/** One event: an object as JSON, a text as it is. */
export function toEvent(data: string | object): string {
  return `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}

/** Resolves when the other side has closed the connection of an answer. */
export async function closed(response: ServerResponse): Promise<void> {
  if (!response.closed) await once(response, "close");
}

function sendJson(
  response: ServerResponse,
  value: unknown,
  status: number,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(typeof value === "string" ? value : JSON.stringify(value));
}
