import type { LiveReport } from "@olla-ts/core/ports";

import { type Known, merge } from "./merge.ts";

/**
 * `live`: events arrive. `polling`: no event stream was to be had. `stale`: nothing
 * arrived for a while. `unreachable`: the gateway did not answer.
 */
export type ConnectionState = "loading" | "live" | "polling" | "stale" | "unreachable";

export interface LiveState {
  readonly known: Known;
  readonly connection: ConnectionState;
  /** When something last arrived, in milliseconds since 1970. */
  readonly heardAt: number | undefined;
  /** What the gateway said, or the browser, when it could not be asked. */
  readonly problem: string | undefined;
}

const TOPICS: readonly (keyof LiveReport)[] = [
  "overview",
  "history",
  "endpoints",
  "models",
  "requests",
  "limits",
  "configuration",
];

const API = `${import.meta.env.BASE_URL}api/`;
const WATCH_MS = 1_000;
const POLL_MS = 5_000;
/** Ticks come every two seconds, or every twenty when nobody looks. */
const STALE_MS = 7_000;
const HIDDEN_FACTOR = 10;
/** After this many answers to polls an event stream is tried again. */
const POLLS_BEFORE_STREAM = 3;

/** Keeps a report up to date: by events, by asking where there are none, seldom while hidden. */
export class LiveConnection {
  #state: LiveState = {
    known: {},
    connection: "loading",
    heardAt: undefined,
    problem: undefined,
  };
  #view = "overview";
  #isHidden = false;
  #source: EventSource | undefined;
  #poll: number | undefined;
  #polls = 0;
  #pending: Known = {};
  /** Tells answers of an earlier view from those of this one. */
  #generation = 0;
  readonly #onChange: (state: LiveState) => void;

  constructor(onChange: (state: LiveState) => void) {
    this.#onChange = onChange;
    window.setInterval(() => this.#watch(), WATCH_MS);
  }

  show(view: string): void {
    this.#view = view;
    this.#open();
  }

  setHidden(isHidden: boolean): void {
    this.#isHidden = isHidden;
    this.#open();
  }

  /** Asks at once, whatever is planned. */
  retry(): void {
    this.#open();
  }

  #open(): void {
    this.#generation += 1;
    this.#source?.close();
    window.clearTimeout(this.#poll);
    this.#poll = undefined;
    this.#polls = 0;
    this.#pending = this.#state.known;
    const pace = this.#isHidden ? "&pace=slow" : "";
    const source = new EventSource(`${API}events?view=${this.#view}${pace}`);
    this.#source = source;
    for (const topic of TOPICS) {
      source.addEventListener(topic, ({ data }: MessageEvent<string>) => {
        this.#take(topic, JSON.parse(data));
      });
    }
    source.addEventListener("tick", () => this.#heard("live"));
    source.addEventListener("error", () => {
      source.close();
      if (this.#source === source) void this.#ask();
    });
  }

  #take(topic: keyof LiveReport, document: unknown): void {
    if (isDocument(topic, document)) this.#pending = merge(this.#pending, topic, document);
  }

  #heard(connection: "live" | "polling"): void {
    this.#publish({ known: this.#pending, connection, heardAt: Date.now(), problem: undefined });
  }

  async #ask(): Promise<void> {
    const generation = this.#generation;
    const answer = await ask(`${API}report?view=${this.#view}`);
    if (generation !== this.#generation) return;
    if ("problem" in answer) {
      this.#polls = 0;
      this.#publish({ ...this.#state, connection: "unreachable", problem: answer.problem });
    } else {
      for (const topic of TOPICS) {
        const document = answer.report[topic];
        if (document !== undefined) this.#take(topic, document);
      }
      this.#polls += 1;
      this.#heard("polling");
    }
    const again = this.#polls >= POLLS_BEFORE_STREAM ? () => this.#open() : () => void this.#ask();
    this.#poll = window.setTimeout(again, POLL_MS * (this.#isHidden ? HIDDEN_FACTOR : 1));
  }

  /** Events may stop without an error, for example behind a proxy that keeps them. */
  #watch(): void {
    const { connection, heardAt } = this.#state;
    if (connection !== "live" || heardAt === undefined || this.#isHidden) return;
    if (Date.now() - heardAt < STALE_MS) return;
    this.#publish({ ...this.#state, connection: "stale" });
    this.#source?.close();
    void this.#ask();
  }

  #publish(state: LiveState): void {
    this.#state = state;
    this.#onChange(state);
  }
}

async function ask(
  url: string,
): Promise<{ readonly report: Known } | { readonly problem: string }> {
  try {
    const response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(POLL_MS) });
    if (!response.ok) return { problem: (await response.text()).slice(0, 300) };
    const report: unknown = await response.json();
    return isReport(report) ? { report } : { problem: "The gateway's answer is no report." };
  } catch {
    return { problem: "The gateway does not answer." };
  }
}

/** Whoever sends a document also served this page: beyond that it is one, its shape is certain. */
function isDocument<Topic extends keyof LiveReport>(
  topic: Topic,
  value: unknown,
): value is LiveReport[Topic] {
  return typeof value === "object" && value !== null && TOPICS.includes(topic);
}

function isReport(value: unknown): value is Known {
  return typeof value === "object" && value !== null;
}
