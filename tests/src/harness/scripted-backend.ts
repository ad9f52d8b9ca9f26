import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** Answers one request; the body is not read yet. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A backend that a test writes itself, where every byte and its time matter. */
export interface ScriptedBackend extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly kind: "openai-compatible";
  /** Requests that were no health probe and no model list. */
  readonly requestCount: number;
  /** Replaces what answers these requests. */
  answer(handler: Handler): void;
}

/** Model lists by path: that of the OpenAI API and that of Ollama. */
const LISTS: Readonly<Record<string, object>> = {
  "/v1/models": { object: "list", data: [{ id: "scripted", object: "model" }] },
  "/api/tags": { models: [{ name: "scripted", model: "scripted" }] },
};

/** Starts a backend that lists one model, `scripted`, and answers 200 without a body until told otherwise. */
export async function startScriptedBackend(name = "scripted"): Promise<ScriptedBackend> {
  let handler: Handler = answerEmpty;
  let requestCount = 0;
  const server = createServer((request, response) => {
    const list = LISTS[request.url?.split("?", 1)[0] ?? ""];
    if (list !== undefined) {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify(list));
      return;
    }
    requestCount += 1;
    // A test that ends with an answer still open cuts it; nobody waits for that handler.
    void Promise.resolve(handler(request, response)).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    kind: "openai-compatible",
    get requestCount(): number {
      return requestCount;
    },
    answer(next) {
      handler = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function answerEmpty(_: IncomingMessage, response: ServerResponse): void {
  response.end();
}
