import { chat, readEvents } from "../harness/chat.ts";
import { until } from "../harness/gateway.ts";
import { startWorld, traffic, type World } from "../harness/world.ts";

/** The backends that the pages speak of, with the addresses they have there. */
const ADDRESSES = {
  "rack-1": ["10.0.0.11:8000", "localhost:8000"],
  "rack-2": ["10.0.0.12:8000"],
  desk: ["10.0.0.21:11434", "localhost:11434"],
  studio: ["10.0.0.31:1234", "localhost:1234"],
  llama: ["10.0.0.41:8080", "localhost:8080"],
  sglang: ["10.0.0.51:30000", "localhost:30000"],
  lemonade: ["10.0.0.61:13305", "localhost:13305"],
  litellm: ["10.0.0.71:4000", "localhost:4000"],
  other: ["10.0.0.81:9000", "localhost:9000"],
} as const;

type Name = keyof typeof ADDRESSES;

/** What operators show in the examples. */
export const ADMIN_TOKEN = "an-operator-has-this-token";

/** What the examples of the pages run against. */
export interface DocsFleet extends AsyncDisposable {
  readonly world: World<Name>;
  /** The text with every address of the pages replaced by the one that answers in this test. */
  readonly toLocal: (text: string) => string;
  /** Requests of clients that reached a backend so far. */
  readonly served: () => number;
}

const reply = "Hello from the fleet.";
const LLAMA = { id: "llama3.1:8b", reply };
const ENDLESS = { id: "endless", reply: "on", tokens: 10_000, tokenIntervalMs: 50 };

/** Starts the backends and a gateway; rack-2 is down, and rack-1 has less to do than desk. */
export async function startDocsFleet(): Promise<DocsFleet> {
  await using started = new AsyncDisposableStack();
  const world = started.use(
    await startWorld<Name>(
      {
        "rack-1": { kind: "vllm", models: [LLAMA, "meta-llama/Llama-3.1-8B-Instruct"] },
        desk: {
          kind: "ollama",
          models: [
            LLAMA,
            { id: "qwen3:8b", reply },
            { id: "nomic-embed-text", embeddingDimensions: 8 },
            ENDLESS,
          ],
        },
        "rack-2": { kind: "vllm", models: [LLAMA] },
        studio: { kind: "lm-studio", models: ["qwen2.5-7b-instruct"] },
        llama: { kind: "llamacpp", models: ["llama-3.1-8b-q4_k_m.gguf"] },
        sglang: { kind: "sglang", models: ["Qwen/Qwen3-8B"] },
        lemonade: { kind: "lemonade", models: ["Qwen3-8B-GGUF"] },
        litellm: { kind: "litellm", models: ["hosted-small"] },
        other: { kind: "openai-compatible", models: ["other-7b"] },
      },
      { more: `admin: { enabled: true, token: ${ADMIN_TOKEN} }` },
    ),
  );
  const { gateway, backends } = world;
  await backends["rack-2"].kill();
  await until(async () => (await gateway.endpoint("rack-2"))["status"] === "offline");

  started.use(await keepBusy(world.url));

  const places = Object.entries(ADDRESSES).flatMap(([name, addresses]) =>
    addresses.map((address) => ({ address, url: backends[name as Name].url })),
  );
  const replacements = [{ address: "localhost:40114", url: world.url }, ...places];
  const owned = started.move();
  return {
    world,
    toLocal: (text) =>
      replacements.reduce(
        (result, { address, url }) => result.replaceAll(address, new URL(url).host),
        text,
      ),
    served: () => Object.values(backends).flatMap(traffic).length,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Holds a stream of the endless model until disposed. */
async function keepBusy(url: string): Promise<AsyncDisposable> {
  const leaving = new AbortController();
  const { signal } = leaving;
  const response = await chat(url, { model: ENDLESS.id, stream: true, signal });
  if (!response.ok)
    throw new Error(`the stream that keeps desk busy has status ${response.status}`);
  // Read for as long as it lasts: an answer that nobody holds is given up with the next collection.
  const read = readEvents(response);
  return {
    async [Symbol.asyncDispose]() {
      leaving.abort();
      await read;
    },
  };
}
