import { until } from "./gateway.ts";
import { open, postJson, send, type SentRequest } from "./http-client.ts";

/** Models that the traffic asks for; `failing` and `breaking` are to do what they are called. */
export const MIXED_MODELS = {
  fast: { id: "fast", reply: "one two three four five" },
  paced: { id: "paced", reply: "one two three four five six", tokenIntervalMs: 6 },
  slow: { id: "slow", reply: "one two three", tokens: 2_000, tokenIntervalMs: 5 },
  failing: { id: "failing", reply: "never" },
  breaking: { id: "breaking", reply: "one two three four five six" },
  embedding: { id: "embedding", embeddingDimensions: 8 },
} as const;

/** Another name for `fast`, to be configured. */
export const MIXED_ALIAS = "house";

const OPENAI = "/olla/openai/v1/chat/completions";
const MESSAGES = [{ role: "user", content: "a b c" }];
const WITH_USAGE = { stream: true, stream_options: { include_usage: true } };

type Ask = (
  url: string,
  headers: NonNullable<SentRequest["headers"]>,
  hasArrived: HasArrived,
) => Promise<unknown>;

/** Whether a backend has the request with this id. */
type HasArrived = (requestId: string) => boolean;

function asking(path: string, body: Readonly<Record<string, unknown>>): Ask {
  return (url, headers) => postJson(url, path, body, headers);
}

/** One request of each kind. */
const KINDS: readonly Ask[] = [
  asking(OPENAI, { model: "fast", messages: MESSAGES }),
  asking(OPENAI, { model: "paced", messages: MESSAGES, ...WITH_USAGE }),
  asking("/olla/ollama/api/chat", { model: "paced", messages: MESSAGES }),
  asking("/olla/anthropic/v1/messages", { model: "fast", max_tokens: 9, messages: MESSAGES }),
  asking("/olla/anthropic/v1/messages", {
    model: "paced",
    max_tokens: 9,
    stream: true,
    messages: MESSAGES,
  }),
  asking("/olla/anthropic/v1/messages/count_tokens", { model: "fast", messages: MESSAGES }),
  asking("/olla/openai/v1/completions", { model: "fast", prompt: "a b" }),
  asking("/olla/openai/v1/embeddings", { model: "embedding", input: "a b c d" }),
  asking(OPENAI, { model: "nobody-has-it", messages: MESSAGES }),
  asking(OPENAI, { model: MIXED_ALIAS, messages: MESSAGES, ...WITH_USAGE }),
  asking(OPENAI, { model: "failing", messages: MESSAGES }),
  cut(asking(OPENAI, { model: "breaking", messages: MESSAGES, ...WITH_USAGE })),
  asking(OPENAI, { model: "fast", messages: [{ role: "user", content: "x".repeat(40_000) }] }),
  asking("/olla/openai/slots", { id: 1 }),
  (url, headers) => send(url, { path: "/olla/proxy/echo/x", headers }),
  (url) => postJson(url, OPENAI, { model: "fast", messages: MESSAGES }, from("198.51.100.7")),
  leaving({ model: "slow", messages: MESSAGES, ...WITH_USAGE }),
  leaving({ model: "slow", messages: MESSAGES }),
];

function from(client: string): NonNullable<SentRequest["headers"]> {
  return { "x-forwarded-for": client };
}

/** An answer that may break off. */
function cut(ask: Ask): Ask {
  return (...asked) => ask(...asked).catch(() => undefined);
}

/** A client that leaves when it has a part of a stream, or when a backend works on what is none. */
function leaving(body: Readonly<Record<string, unknown>>): Ask {
  return async (url, headers, hasArrived) => {
    const gone = new AbortController();
    const requestId = `leaving-${String(headers["x-forwarded-for"])}`;
    const asked = open(url, {
      method: "POST",
      path: OPENAI,
      headers: { ...headers, "content-type": "application/json", "x-request-id": requestId },
      body: JSON.stringify(body),
      signal: gone.signal,
    });
    if (body["stream"] !== true) {
      void until(() => hasArrived(requestId)).finally(() => gone.abort());
    }
    try {
      const response = await asked;
      response.on("error", () => {});
      response.once("data", () => gone.abort());
      await new Promise((resolve) => {
        response.on("close", resolve);
      });
    } catch {
      // It left before there was an answer.
    }
  };
}

/**
 * Sends so many requests of every kind in turn, several at a time; each client but one has an
 * address of its own, as a trusted proxy tells it.
 */
export async function sendMixed(url: string, count: number, hasArrived: HasArrived): Promise<void> {
  const atOnce = 12;
  let next = 0;
  const clients = Array.from({ length: atOnce }, async () => {
    for (;;) {
      const turn = next++;
      if (turn >= count) return;
      const ask = KINDS[turn % KINDS.length];
      await ask?.(url, from(`10.1.${Math.floor(turn / 250)}.${turn % 250}`), hasArrived);
    }
  });
  await Promise.all(clients);
}
