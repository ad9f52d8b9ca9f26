import { setTimeout } from "node:timers/promises";

export interface TrafficOptions {
  /** Asked for in turn. */
  readonly models: readonly string[];
  /** Clients at a time. */
  readonly workers: number;
  /** How long a client waits before it asks again. Default: not at all. */
  readonly pauseMs?: () => number;
}

/** Clients that keep asking until stopped. */
export interface Traffic {
  readonly stop: () => Promise<void>;
}

/** What is refused at once would be asked for again without end. */
const REFUSED_PAUSE_MS = 400;

const WORDS = ["Why is the sky blue?", "Summarise this.", "Write a haiku about rain.", "hello"];

/** Starts clients that send chats, half of them as streams, one after the other. */
export function startTraffic(
  url: string,
  { models, workers, pauseMs = () => 0 }: TrafficOptions,
): Traffic {
  const stopped = new AbortController();
  const running = Array.from({ length: workers }, async (_, worker) => {
    for (let turn = 0; !stopped.signal.aborted; turn += 1) {
      const place = turn * workers + worker;
      try {
        const response = await fetch(`${url}/olla/openai/v1/chat/completions`, {
          method: "POST",
          headers: {
            "Content-Type": "application/json",
            "X-Olla-Session-ID": `session-${place % 40}`,
            "User-Agent": AGENTS[worker % AGENTS.length] ?? "",
          },
          body: JSON.stringify({
            model: models[(place * 7 + worker) % models.length],
            messages: [{ role: "user", content: WORDS[place % WORDS.length] }],
            ...(place % 2 === 0 && { stream: true, stream_options: { include_usage: true } }),
          }),
          signal: stopped.signal,
        });
        await response.arrayBuffer();
        const pause = response.ok ? pauseMs() : Math.max(REFUSED_PAUSE_MS, pauseMs());
        await setTimeout(pause, undefined, { signal: stopped.signal });
      } catch {
        // Failures of the fleet are what is looked at; the client just asks again.
      }
    }
  });
  return {
    async stop() {
      stopped.abort();
      await Promise.all(running);
    },
  };
}

const AGENTS = ["OpenAI/Python 2.8.1", "open-webui/0.6", "curl/8.14.1"];
