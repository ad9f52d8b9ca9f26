import { setTimeout as sleep } from "node:timers/promises";

import { Histogram } from "../measure/histogram.ts";
import { monotonicMicroseconds } from "../measure/monotonic.ts";
import { ClientConnection, type Outcome } from "./client-connection.ts";
import type { LoadPlan, LoadResult } from "./plan.ts";
import { buildRequests } from "./requests.ts";
import { Watched } from "./watched.ts";

const TIMELINE_STEP_MS = 100;
const PAUSE_AFTER_ERROR_MS = 5;
const SILENCE_CHECK_MS = 200;
const FINISH_POLL_MS = 5;
const UNANSWERED_MS = 5_000;
const WARM_POLL_MS = 50;
const LONGEST_WARM_MS = 30_000;

/** All connections of one measurement and what they saw. */
export class LoadLoop {
  readonly #plan: LoadPlan;
  readonly #requests: readonly (string | Buffer)[];
  readonly #connections: ClientConnection[] = [];
  readonly #latency = new Histogram();
  readonly #firstToken = new Histogram();
  readonly #transit = new Histogram();
  readonly #gap = new Histogram();
  readonly #errors: Record<string, number> = {};
  readonly #timeline: { answers: number; errors: number; slowestMs: number }[] = [];
  readonly #startedAt = performance.now();
  #firstError: string | undefined;
  #answers = 0;
  #answered = 0;
  #tokens = 0;
  #streaming = 0;
  #measuring = false;
  #stopped = false;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#requests = buildRequests(plan);
  }

  async run(): Promise<LoadResult> {
    const { mode, connections, spreadMs, warmMs, measureMs, watch, silenceMs, finish } = this.#plan;
    const silence = setInterval(() => this.#failSilent(silenceMs), SILENCE_CHECK_MS);
    for (let at = 0; at < connections; at += 1) {
      const begin = this.#addConnection();
      if (spreadMs === 0) begin();
      else setTimeout(begin, (at / connections) * spreadMs);
    }
    await sleep(warmMs);
    await this.#warm();
    const watched = new Watched(watch);
    this.#measuring = true;
    await sleep(measureMs);
    this.#measuring = false;
    const used = watched.end();
    const unanswered = this.#silent(UNANSWERED_MS).length;
    const held = mode === "hold" ? this.#streaming : 0;
    this.#stopped = true;
    if (finish) await this.#answersToCome();
    clearInterval(silence);
    for (const connection of this.#connections) connection.leave();
    return {
      ...used,
      requests: this.#answers,
      answered: this.#answered,
      answeredTokens: this.#answered * (this.#plan.stream ? this.#plan.tokens : 0),
      errors: this.#errors,
      firstError: this.#firstError,
      tokens: this.#tokens,
      latency: this.#latency.quantiles(),
      firstToken: this.#firstToken.quantiles(),
      transit: this.#transit.quantiles(),
      gap: this.#gap.quantiles(),
      unanswered,
      held,
      timeline: this.#timeline,
    };
  }

  async #warm(): Promise<void> {
    const deadline = performance.now() + LONGEST_WARM_MS;
    while (this.#answered < this.#plan.warmAnswers && performance.now() < deadline) {
      await sleep(WARM_POLL_MS);
    }
  }

  async #answersToCome(): Promise<void> {
    while (this.#connections.some(({ waiting }) => waiting)) await sleep(FINISH_POLL_MS);
  }

  /** @returns what sends its first request */
  #addConnection(): () => void {
    const { url, stream, tokens } = this.#plan;
    const { hostname, port } = new URL(url);
    let startedAt = 0;
    let lastToken = 0;
    const connection = new ClientConnection(
      { host: hostname, port: Number(port), tokens: stream ? tokens : 0 },
      {
        token: (sent) => {
          if (lastToken === 0) this.#streaming += 1;
          const now = monotonicMicroseconds();
          if (this.#measuring) this.#addToken(now, sent, startedAt, lastToken);
          lastToken = now;
        },
        done: (outcome) => {
          if (lastToken !== 0) this.#streaming -= 1;
          this.#addOutcome(outcome, monotonicMicroseconds() - startedAt);
          if (this.#stopped) return;
          if (outcome.error === undefined) begin();
          else setTimeout(begin, PAUSE_AFTER_ERROR_MS);
        },
      },
    );
    this.#connections.push(connection);
    const begin = (): void => {
      if (this.#stopped) return;
      lastToken = 0;
      startedAt = monotonicMicroseconds();
      connection.send(this.#draw());
    };
    return begin;
  }

  #draw(): string | Buffer {
    const { length } = this.#requests;
    return this.#requests[length === 1 ? 0 : Math.floor(Math.random() * length)] ?? "";
  }

  #addToken(now: number, sent: number, startedAt: number, lastToken: number): void {
    this.#tokens += 1;
    this.#transit.add(now - sent);
    if (lastToken === 0) this.#firstToken.add(now - startedAt);
    else this.#gap.add(now - lastToken);
  }

  #addOutcome({ error, detail }: Outcome, microseconds: number): void {
    if (this.#plan.timeline) this.#addToTimeline(error, microseconds);
    // An error counts whenever it happens: a warm-up must not hide one.
    if (error !== undefined) {
      this.#errors[error] = (this.#errors[error] ?? 0) + 1;
      this.#firstError ??= `${error} ${detail}`;
      return;
    }
    this.#answered += 1;
    if (!this.#measuring) return;
    this.#answers += 1;
    this.#latency.add(microseconds);
  }

  #addToTimeline(error: string | undefined, microseconds: number): void {
    const at = Math.floor((performance.now() - this.#startedAt) / TIMELINE_STEP_MS);
    while (this.#timeline.length <= at) {
      this.#timeline.push({ answers: 0, errors: 0, slowestMs: 0 });
    }
    const step = this.#timeline[at];
    if (step === undefined) return;
    if (error === undefined) step.answers += 1;
    else step.errors += 1;
    step.slowestMs = Math.max(step.slowestMs, microseconds / 1e3);
  }

  #failSilent(silenceMs: number): void {
    for (const connection of this.#silent(silenceMs)) connection.fail("silent too long");
  }

  #silent(forMs: number): readonly ClientConnection[] {
    const since = performance.now() - forMs;
    return this.#connections.filter(({ waiting, lastActive }) => waiting && lastActive < since);
  }
}
