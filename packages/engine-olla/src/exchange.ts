import { isStream, ProxyError, type HeaderList } from "@olla-ts/core";
import type { ResponseBody } from "@olla-ts/core/ports";
import { type Dispatcher, errors } from "undici";

import type { Connection } from "./connection.ts";
import type { Timed } from "./deadlines.ts";
import type { Lessee } from "./endpoint-pool.ts";
import type { ExchangeContext, ExchangeRequest } from "./exchange-context.ts";
import { isCloseDelimited, toHeaderList } from "./response-headers.ts";
import { ResponseStream, type BodySource } from "./response-stream.ts";
import { answerExpired, expired, type Phase } from "./time-limits.ts";
import { isLostConnection, isRefusedRequest, toUpstreamError } from "./upstream-failure.ts";

/**
 * One attempt from the connection to the last byte: undici's handler, the
 * response and its time limits in one object, so that neither an attempt nor a
 * chunk costs closures, timers or signals.
 */
export class Exchange implements Dispatcher.DispatchHandler, BodySource, Lessee, Timed {
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
  #controller: Dispatcher.DispatchController | undefined;
  /** Whether bytes of a response arrived. */
  #hasBegun = false;
  #isFirstOnSocket = true;
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
    const { method, path, headers, body } = this.#request.upstream;
    this.#connection = connection;
    this.#enter("connecting");
    connection.dispatch({ method, path, headers: headers.slice(), body: body ?? null }, this);
  }

  resumeBody(): void {
    this.#enter("body");
    this.#controller?.resume();
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

  // From here on, what undici calls, in order.

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#isFirstOnSocket = this.#connection?.countSend() ?? true;
    this.#enter("response-header");
  }

  onResponseStarted(): void {
    this.#hasBegun = true;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 100) {
      const cause = new errors.SocketError("bad status");
      this.stop(toUpstreamError(cause, false, this.#request.endpoint.name));
      return;
    }
    if (status < 200) return; // informational: the head is still to come
    this.status = status;
    this.headers = toHeaderList(controller.rawHeaders);
    this.#isStream = isStream(this.headers);
    const { method } = this.#request.upstream;
    this.closeDelimited = isCloseDelimited(method, status, controller.rawHeaders);
    this.headMs = this.#context.clock.now() - this.#startedAt;
    this.#enter("first-token");
    this.#request.admission?.answered(status);
    this.#tellHead(undefined);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
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
    controller.pause();
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    const reset = this.#connection?.socketError;
    this.#release(reset === undefined);
    if (this.#phase === "ended") return;
    // undici takes a reset for the end of a body that only the end of the connection delimits.
    if (reset !== undefined && this.closeDelimited) {
      this.#fail(toUpstreamError(reset, true, this.#request.endpoint.name));
      return;
    }
    this.#end(undefined);
    this.#body.end(toHeaderList(controller.rawTrailers));
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
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
    if (this.#controller === undefined) {
      return !(error instanceof ProxyError) && !isRefusedRequest(error);
    }
    return !this.#isFirstOnSocket && isLostConnection(error);
  }

  #resend(): void {
    this.#context.counters.staleConnections += 1;
    this.#controller = undefined;
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
    const { cancellation, admission, endpoint } = this.#request;
    const hadHead = this.status !== 0;
    this.#phase = "ended";
    deadlines.remove(this);
    active.delete(this);
    // A later exchange of the same request may be listening by now.
    cancellation.forget(this.#clientLeft);
    counters.ended += 1;
    if (error !== undefined && error.code !== "client_aborted") counters.failures += 1;
    admission?.ended(error);
    observer?.attemptEnded(endpoint, {
      status: hadHead ? this.status : undefined,
      error,
      durationMs: clock.now() - this.#startedAt,
      headMs: hadHead ? this.headMs : undefined,
      bytes: this.#bytes,
    });
  }

  /** Ends what undici still does for this exchange; it answers through `onResponseError`. */
  #stopUpstream(reason: ProxyError): void {
    const controller = this.#controller;
    if (controller !== undefined) controller.abort(reason);
    else if (this.#connection !== undefined) void this.#connection.destroy(reason);
    else this.#request.pool.leave(this);
  }

  #release(isReusable: boolean): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#controller = undefined;
    if (connection !== undefined) this.#request.pool.release(connection, isReusable);
  }
}
