import { isStream, type Endpoint, type HeaderList, type ProxyError } from "@olla-ts/core";
import type {
  AttemptObserver,
  AttemptResult,
  Clock,
  EngineTimeouts,
  ResponseBody,
  UpstreamRequest,
} from "@olla-ts/core/ports";

import { AbortNotice } from "./abort-notice.ts";
import { attemptError, type EngineFailure, failureBeforeHead } from "./classify-error.ts";
import { ConnectError } from "./connector.ts";
import type { EndpointConnections, RequestParts } from "./endpoint-connections.ts";
import type { EngineCounters } from "./engine-counters.ts";
import { type BodyOwner, SherpaBody } from "./response-body.ts";
import { endToEndHeaders, isCloseDelimited } from "./response-headers.ts";

/** What an engine lends to its attempts. */
export interface AttemptContext {
  readonly clock: Clock;
  readonly timeouts: EngineTimeouts;
  readonly observer: AttemptObserver | undefined;
  readonly counters: EngineCounters;
  readonly connections: EndpointConnections;
  /** Attempts not yet ended. */
  readonly running: Set<Attempt>;
}

/** What an endpoint answered, the body still to be read. */
export interface Answer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: ResponseBody;
  /** Whether only the end of the connection ends the body. */
  readonly closeDelimited: boolean;
  /** Milliseconds from the start of the attempt to the response head. */
  readonly headMs: number;
}

/**
 * One send of a request to one endpoint, from before the connection to the end
 * of the body: its limits, the way to give it up, and one account at the end.
 */
export class Attempt implements BodyOwner {
  readonly endpoint: Endpoint;
  readonly #context: AttemptContext;
  readonly #notice = new AbortNotice();
  readonly #startedAt: number;
  #limit: Disposable | undefined;
  #total: Disposable | undefined;
  /** Until the answer has to be whole, or to have begun when it is a stream. */
  #answer: Disposable | undefined;
  #isStream = false;
  #onEnd: UpstreamRequest["onEnd"];
  #status: number | undefined;
  #headMs: number | undefined;
  #bytes = 0;
  #ended = false;
  #abortedBy: ProxyError | undefined;

  constructor(endpoint: Endpoint, context: AttemptContext) {
    this.endpoint = endpoint;
    this.#context = context;
    this.#startedAt = context.clock.now();
  }

  get abortedBy(): ProxyError | undefined {
    return this.#abortedBy;
  }

  /**
   * Sends the request and waits for the response head.
   *
   * @throws ProxyError when there is none; the attempt has then ended
   */
  async send(upstream: UpstreamRequest): Promise<Answer> {
    const { observer, counters, running, timeouts } = this.#context;
    counters.start();
    running.add(this);
    observer?.attemptStarted(this.endpoint);
    this.#onEnd = upstream.onEnd;
    this.#total = this.#schedule("total_timeout", timeouts.totalMs);
    this.#answer = this.#limitAnswer(upstream.answerTimeoutMs ?? 0);
    try {
      return await this.#request(upstream);
    } catch (thrown) {
      const failure = thrown instanceof ConnectError ? thrown.failure : failureBeforeHead(thrown);
      const error = this.#abortedBy ?? attemptError(failure, this.endpoint, thrown);
      this.end(error);
      throw error;
    }
  }

  abort(failure: EngineFailure): void {
    if (this.#ended || this.#abortedBy !== undefined) return;
    this.#abortedBy = attemptError(failure, this.endpoint);
    this.#notice.abort(this.#abortedBy);
  }

  expectFirstBytes(): void {
    this.#limit = this.#schedule("first_token_timeout", this.#context.timeouts.firstTokenMs);
  }

  expectMoreBytes(): void {
    this.#limit = this.#schedule("idle_timeout", this.#context.timeouts.idleMs);
  }

  received(bytes: number): void {
    this.#stopLimit();
    this.#bytes += bytes;
    if (this.#isStream) this.#answer?.[Symbol.dispose]();
    this.#context.counters.bytes += bytes;
  }

  end(error: ProxyError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#limit?.[Symbol.dispose]();
    this.#total?.[Symbol.dispose]();
    this.#answer?.[Symbol.dispose]();
    const { clock, counters, observer, running } = this.#context;
    running.delete(this);
    counters.end(error);
    const result: AttemptResult = {
      status: this.#status,
      error,
      durationMs: clock.now() - this.#startedAt,
      headMs: this.#headMs,
      bytes: this.#bytes,
    };
    observer?.attemptEnded(this.endpoint, result);
    this.#onEnd?.(result);
  }

  async #request({ method, path, headers, body }: UpstreamRequest): Promise<Answer> {
    const { clock, connections } = this.#context;
    const target = connections.to(this.endpoint, this.endpoint.origin);
    const options: RequestParts = {
      method,
      path,
      headers: [...headers],
      body: body ?? null,
      responseHeaders: "raw",
      // undici's limit begins anew with every interim answer; the attempt's own does not.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    const { statusCode: status, ...response } = await target.request(options, this.#notice, () =>
      this.#expectHead(),
    );
    this.#stopLimit();
    const headMs = clock.now() - this.#startedAt;
    const received = endToEndHeaders(response.headers);
    this.#status = status;
    this.#headMs = headMs;
    this.#isStream = isStream(received);
    return {
      status,
      headers: received,
      body: new SherpaBody(response, this),
      closeDelimited: isCloseDelimited(method, status, response.headers),
      headMs,
    };
  }

  #expectHead(): void {
    this.#stopLimit();
    const { responseHeaderMs } = this.#context.timeouts;
    this.#limit = this.#schedule("response_header_timeout", responseHeaderMs);
  }

  #stopLimit(): void {
    this.#limit?.[Symbol.dispose]();
    this.#limit = undefined;
  }

  /** Ends an attempt whose answer takes too long, as what it was waiting for at the end. */
  #limitAnswer(limitMs: number): Disposable | undefined {
    if (limitMs === 0 || this.#ended) return undefined;
    return this.#context.clock.schedule(() => {
      this.abort(this.#status === undefined ? "response_header_timeout" : "total_timeout");
    }, limitMs);
  }

  #schedule(failure: EngineFailure, limitMs: number): Disposable | undefined {
    if (limitMs === 0 || this.#ended) return undefined;
    return this.#context.clock.schedule(() => this.abort(failure), limitMs);
  }
}
