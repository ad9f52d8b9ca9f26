import { isStream, ProxyError, type HeaderList } from "@olla-ts/core";
import type { AttemptResult, ResponseBody } from "@olla-ts/core/ports";

import type { Connection, ResponseHandler } from "./connection.ts";
import type { Timed } from "./deadlines.ts";
import type { Lessee } from "./endpoint-pool.ts";
import type { ExchangeContext, ExchangeRequest } from "./exchange-context.ts";
import type { ResponseHead } from "./response-head.ts";
import { toHeaderList } from "./response-headers.ts";
import { ResponseStream, type BodySource } from "./response-stream.ts";
import { answerExpired, expired, type Phase } from "./time-limits.ts";
import { isLostConnection, isRefusedRequest, toUpstreamError } from "./upstream-failure.ts";

/**
 * One attempt from the connection to the last byte: what the connection tells, the
 * response and its time limits in one object, so that neither an attempt nor a
 * chunk costs closures, timers or signals.
 */
export class Exchange implements ResponseHandler, BodySource, Lessee, Timed {
  dueAt: number = Infinity;
  place = -1;
  /** Of the response head; 0 before it. */
  status = 0;
  headers: HeaderList = [];
  /** Whether only the end of the connection ends the body. */
  closeDelimited = false;
  /** From the start to the response head, in milliseconds. */
  headMs = 0;
  readonly #context: ExchangeContext;
  readonly #request: ExchangeRequest;
  readonly #body: ResponseStream = new ResponseStream(this);
  readonly #startedAt: number;
  readonly #clientLeft = (): void => this.cancelBody();
  #totalDueAt = Infinity;
  /** When the answer has to be whole, or to have begun when it is a stream. */
  #answerDueAt = Infinity;
  #phase: Phase | "ended" = "connecting";
  #connection: Connection | undefined;
  /** Whether the request went out over the present connection. */
  #isSent = false;
  /** Whether bytes of a response arrived. */
  #hasBegun = false;
  /** Whether the body is a stream of events or lines. */
  #isStream = false;
  /** Whether it went again on a new connection, which happens once. */
  #isResent = false;
  #bytes = 0;
  #settleHead: ((error: ProxyError | undefined) => void) | undefined;

  constructor(context: ExchangeContext, request: ExchangeRequest) {
    this.#context = context;
    this.#request = request;
    this.#startedAt = context.clock.now();
  }

  get body(): ResponseBody {
    return this.#body;
  }

  /** Whether its connection is closed, or through with this request. */
  get isOver(): boolean {
    return this.#phase === "ended";
  }

  /** Sends. @returns the failure, or undefined once the response head is there; never rejects */
  send(): Promise<ProxyError | undefined> {
    const { deadlines, counters, observer, active } = this.#context;
    counters.attempts += 1;
    active.add(this);
    observer?.attemptStarted(this.#request.endpoint);
    deadlines.add(this);
    this.#totalDueAt = deadlines.after(this.#context.timeouts.totalMs);
    this.#answerDueAt = deadlines.after(this.#request.upstream.answerTimeoutMs ?? 0);
    return new Promise((resolve) => {
      this.#settleHead = resolve;
      this.#request.cancellation.listen(this.#clientLeft);
      if (this.#phase === "ended") return;
      const { pool, isProbe } = this.#request;
      const connection = isProbe ? pool.leaseUncapped() : pool.lease(this);
      if (connection === undefined) this.#enter("queued");
      else this.takeConnection(connection);
    });
  }

  /** Ends the exchange with an error of the gateway's own. */
  stop(error: ProxyError): void {
    this.#fail(error);
    this.#stopUpstream(error);
  }

  takeConnection(connection: Connection): void {
    const { repeatable, pool, upstream } = this.#request;
    // A kept connection may die under a request that was carried out all the same.
    const taken = connection.isUsed && !repeatable ? pool.renew(connection) : connection;
    this.#connection = taken;
    this.#enter("connecting");
    taken.send(upstream, this);
  }

  resumeBody(): void {
    this.#enter("body");
    this.#connection?.resume();
  }

  /** The client left. */
  cancelBody(): void {
    if (this.#phase === "ended") return;
    const error = new ProxyError("client_aborted", "The client closed the connection.");
    this.#end(error);
    this.#body.abandon(error);
    this.#tellHead(error);
    this.#stopUpstream(error);
  }

  expire(now: number): void {
    if (this.#phase === "ended") return;
    const { endpoint, upstream } = this.#request;
    if (now >= this.#answerDueAt) {
      this.stop(answerExpired(upstream.answerTimeoutMs ?? 0, this.status !== 0, endpoint.name));
      return;
    }
    const phase = now >= this.#totalDueAt ? "total" : this.#phase;
    this.stop(expired(phase, this.#context, endpoint.name));
  }

  // From here on, what the connection tells, in order.

  sent(): void {
    this.#isSent = true;
    this.#enter("response-header");
  }

  begun(): void {
    this.#hasBegun = true;
  }

  head({ status, headers, framing }: ResponseHead): void {
    this.status = status;
    this.headers = toHeaderList(headers);
    this.#isStream = isStream(this.headers);
    this.closeDelimited = framing === "close";
    this.headMs = this.#context.clock.now() - this.#startedAt;
    this.#enter("first-token");
    this.#request.admission?.answered();
    this.#tellHead(undefined);
  }

  data(chunk: Buffer): void {
    this.#bytes += chunk.byteLength;
    this.#context.counters.bytes += chunk.byteLength;
    const wantsMore = this.#body.push(chunk);
    if (this.#phase === "ended") return;
    this.#phase = "body";
    if (this.#isStream) this.#answerDueAt = Infinity;
    if (wantsMore) {
      this.#limit(this.#context.timeouts.idleMs);
      return;
    }
    // Silence that the client asked for is not the backend's.
    this.dueAt = Math.min(this.#totalDueAt, this.#answerDueAt);
    this.#connection?.pause();
  }

  end(trailers: HeaderList, isReusable: boolean): void {
    this.#release(isReusable);
    if (this.#phase === "ended") return;
    this.#end(undefined);
    this.#body.end(toHeaderList(trailers));
  }

  failed(error: Error): void {
    if (this.#isStale(error)) {
      this.#resend();
      return;
    }
    this.#release(isRefusedRequest(error));
    this.#fail(toUpstreamError(error, this.status !== 0, this.#request.endpoint.name));
  }

  /** A kept connection that died before or under the request says nothing about the endpoint. */
  #isStale(error: Error): boolean {
    if (this.#phase === "ended" || this.#isResent || this.#hasBegun) return false;
    // Not even sent: whatever came over the idle connection was not about this request.
    if (!this.#isSent) {
      return !(error instanceof ProxyError) && !isRefusedRequest(error);
    }
    return this.#connection?.isFresh === false && isLostConnection(error);
  }

  #resend(): void {
    this.#context.counters.staleConnections += 1;
    this.#isSent = false;
    this.#isResent = true;
    this.takeConnection(this.#request.pool.replace());
  }

  /** Begins a phase and its time limit. */
  #enter(phase: Phase): void {
    if (this.#phase === "ended") return;
    const { timeouts, maxQueuedMs } = this.#context;
    this.#phase = phase;
    let limitMs = 0; // connecting has its own limits, in the connector
    if (phase === "body") limitMs = timeouts.idleMs;
    else if (phase === "first-token") limitMs = timeouts.firstTokenMs;
    else if (phase === "response-header") limitMs = timeouts.responseHeaderMs;
    else if (phase === "queued") limitMs = maxQueuedMs;
    this.#limit(limitMs);
  }

  #limit(limitMs: number): void {
    const { deadlines } = this.#context;
    this.dueAt = Math.min(deadlines.after(limitMs), this.#totalDueAt, this.#answerDueAt);
  }

  #fail(error: ProxyError): void {
    if (this.#phase === "ended") return;
    this.#end(error);
    this.#body.fail(error);
    this.#tellHead(error);
  }

  #tellHead(error: ProxyError | undefined): void {
    this.#settleHead?.(error);
    this.#settleHead = undefined;
  }

  /** Accounts for the attempt, once. */
  #end(error: ProxyError | undefined): void {
    const { deadlines, counters, observer, active, clock } = this.#context;
    const { cancellation, admission, endpoint, upstream } = this.#request;
    const hadHead = this.status !== 0;
    this.#phase = "ended";
    deadlines.remove(this);
    active.delete(this);
    // A later exchange of the same request may be listening by now.
    cancellation.forget(this.#clientLeft);
    counters.ended += 1;
    if (error !== undefined && error.code !== "client_aborted") counters.failures += 1;
    admission?.ended(error);
    const result: AttemptResult = {
      status: hadHead ? this.status : undefined,
      error,
      durationMs: clock.now() - this.#startedAt,
      headMs: hadHead ? this.headMs : undefined,
      bytes: this.#bytes,
    };
    observer?.attemptEnded(endpoint, result);
    upstream.onEnd?.(result);
  }

  /** Ends what the connection still does for this exchange; it answers through `failed`. */
  #stopUpstream(reason: ProxyError): void {
    if (this.#connection !== undefined) this.#connection.destroy(reason);
    else this.#request.pool.leave(this);
  }

  #release(isReusable: boolean): void {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) this.#request.pool.release(connection, isReusable);
  }
}
