import type { ServerResponse } from "node:http";

import type { Clock } from "@olla-ts/core/ports";

import type { LiveTopic, TopicReading } from "./live-topics.ts";

export interface EventStreamsOptions {
  readonly clock: Clock;
  /** Streams open at a time. */
  readonly capacity: number;
}

/** One page that is kept up to date. */
export interface StreamRequest {
  readonly response: ServerResponse;
  readonly topics: readonly LiveTopic[];
  /** How many times longer than usual the page is content to wait. */
  readonly slowness: number;
}

/** Open event streams (HTML standard, server-sent events). */
export interface EventStreams extends Disposable {
  readonly isFull: () => boolean;
  /** Takes over a response whose head is sent. */
  readonly open: (request: StreamRequest) => void;
  /** Ends all of them; no further one is opened. */
  readonly close: () => void;
}

const TICK_MS = 1_000;

/** A page that reads nothing for this many ticks is given up. */
const STALLED_TICKS = 60;

interface Progress {
  due: number;
  /** Where to go on; undefined before the first event. */
  from: number | undefined;
  sent: string;
}

interface Stream extends StreamRequest {
  readonly progress: Map<LiveTopic, Progress>;
  stalled: number;
}

/** One timer for all streams; a document is made once per tick, however many pages show it. */
export function createEventStreams({ clock, capacity }: EventStreamsOptions): EventStreams {
  const streams = new Set<Stream>();
  let timer: Disposable | undefined;
  let isClosed = false;

  function tick(): void {
    timer = streams.size > 0 ? clock.schedule(tick, TICK_MS) : undefined;
    const made = new Map<string, TopicReading>();
    for (const stream of streams) feed(stream, made);
  }

  function feed(stream: Stream, made: Map<string, TopicReading>): void {
    const { response } = stream;
    if (response.writableNeedDrain) {
      stream.stalled += 1;
      if (stream.stalled > STALLED_TICKS) response.destroy();
      return;
    }
    stream.stalled = 0;
    const events = eventsFor(stream, made);
    if (events !== "") response.write(events);
  }

  function eventsFor({ progress, slowness }: Stream, made: Map<string, TopicReading>): string {
    const now = clock.now();
    let events = "";
    for (const [topic, state] of progress) {
      // Half a tick early rather than a whole one late.
      if (now < state.due - TICK_MS / 2) continue;
      state.due = now + topic.everyMs * slowness;
      const { text, next } = reading(topic, state.from ?? 0, made);
      const isKnown = next === undefined ? text === state.sent : next === state.from;
      if (isKnown) continue;
      if (next === undefined) state.sent = text;
      else state.from = next;
      events += `event: ${topic.name}\ndata: ${text}\n\n`;
    }
    // Tells the page that silence means that nothing changed.
    return events === "" ? "" : `${events}event: tick\ndata: ${Math.round(clock.wallTime())}\n\n`;
  }

  function close(): void {
    isClosed = true;
    timer?.[Symbol.dispose]();
    timer = undefined;
    for (const { response } of streams) response.end();
    streams.clear();
  }

  return {
    isFull: () => isClosed || streams.size >= capacity,
    open(request) {
      const { response, topics } = request;
      if (isClosed) {
        response.end();
        return;
      }
      const progress = new Map(
        topics.map((topic): [LiveTopic, Progress] => [
          topic,
          { due: Number.NEGATIVE_INFINITY, from: undefined, sent: "" },
        ]),
      );
      const stream: Stream = { ...request, progress, stalled: 0 };
      streams.add(stream);
      response.on("close", () => streams.delete(stream));
      feed(stream, new Map());
      timer ??= clock.schedule(tick, TICK_MS);
    },
    close,
    [Symbol.dispose]: close,
  };
}

function reading(topic: LiveTopic, from: number, made: Map<string, TopicReading>): TopicReading {
  const key = `${topic.name} ${from}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const fresh = topic.read(from);
  made.set(key, fresh);
  return fresh;
}
