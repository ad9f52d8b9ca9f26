import { bench, do_not_optimize, run, summary } from "mitata";

import type { ChatDialect } from "../dialect.ts";
import type { ReplyEvent } from "../reply.ts";
import { everyDialect } from "../testing/every-dialect.ts";
import { makeContext } from "../testing/streams.ts";
import { UsageTail } from "../usage/usage-tail.ts";

// What 1,000 streamed tokens cost, each in a chunk of its own, in processor time without any
// socket: `pnpm bench:micro packages/dialects/src/stream/translate.bench.ts`. Passthrough is what the
// gateway does with an answer it need not translate: it notes the last bytes, for their usage.

const TOKENS = 1_000;

const answer: readonly ReplyEvent[] = [
  { type: "start", id: "c9", model: "pine-7b" },
  ...Array.from({ length: TOKENS }, (_, at): ReplyEvent => ({ type: "text", text: ` token${at}` })),
  { type: "finish", reason: "stop", stopSequence: undefined },
  {
    type: "usage",
    usage: { inputTokens: 40, outputTokens: TOKENS, cachedTokens: 0, reasoningTokens: 0 },
  },
  { type: "end" },
];

/** The answer as a backend sends it, a chunk per token. */
function chunksOf(backend: ChatDialect): readonly Uint8Array[] {
  const writer = backend.createStreamWriter(makeContext());
  return answer
    .map((event) => Buffer.from(writer.write(event)))
    .filter((chunk) => chunk.length > 0);
}

function passThrough(chunks: readonly Uint8Array[]): unknown {
  const usage = new UsageTail();
  for (const chunk of chunks) usage.push(chunk);
  return usage.usage();
}

function translate(
  chunks: readonly Uint8Array[],
  backend: ChatDialect,
  client: ChatDialect,
): number {
  const reader = backend.createStreamReader();
  const writer = client.createStreamWriter(makeContext());
  let characters = 0;
  for (const chunk of chunks) {
    let text = "";
    for (const event of reader.push(chunk)) text += writer.write(event);
    characters += text.length;
  }
  for (const event of reader.end()) characters += writer.write(event).length;
  return characters;
}

for (const backend of everyDialect) {
  const chunks = chunksOf(backend);
  summary(() => {
    bench(`${backend.name}, passed through`, () => do_not_optimize(passThrough(chunks))).baseline(
      true,
    );
    for (const client of everyDialect) {
      bench(`${backend.name} to ${client.name}`, () =>
        do_not_optimize(translate(chunks, backend, client)));
    }
  });
}

await run();
