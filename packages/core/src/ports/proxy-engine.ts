import type { Cancellation } from "../domain/cancellation.ts";
import type { Endpoint } from "../domain/endpoint.ts";
import type { HeaderList } from "../domain/header-list.ts";
import type { ProxyError } from "../domain/proxy-error.ts";
import type { RetryRules } from "../domain/retry-rules.ts";

/** What one attempt sends to one endpoint. */
export interface UpstreamRequest {
  readonly method: string;
  /** Path and query exactly as sent, starting with `/`. */
  readonly path: string;
  /**
   * Final fields, without `Host`, `Content-Length` and hop-by-hop fields: the
   * engine adds the first two itself.
   */
  readonly headers: HeaderList;
  /** The whole body; undefined when the request has none, empty for an empty one. */
  readonly body: Uint8Array | undefined;
  /**
   * Longest time from the start of the attempt to the last byte of its answer, or to
   * the first byte of one that is a stream, in milliseconds; 0 or absent for no limit.
   */
  readonly answerTimeoutMs?: number;
  /** Told once when the attempt has ended, as an `AttemptObserver` is. Must not throw. */
  readonly onEnd?: (result: AttemptResult) => void;
}

/** A request, the endpoints it may go to, and how to address each. */
export interface ProxyRequest {
  /** Never empty. */
  readonly candidates: readonly Endpoint[];
  /** Chooses among the candidates not yet tried; `remaining` is never empty. */
  select(remaining: readonly Endpoint[]): Endpoint;
  /** Called once per attempt. */
  toUpstream(endpoint: Endpoint): UpstreamRequest;
  /** Whether sending it twice does no harm: true for inference and for safe methods. */
  readonly repeatable: boolean;
  /** Bounds what the failure table allows. */
  readonly retry: RetryRules;
  /** Triggered when the client leaves; reaches the backend at once. */
  readonly cancellation: Cancellation;
}

/** Where the bytes of a response body go. */
export interface BodySink {
  /** Takes one chunk. False asks for a pause until `ResponseBody.resume`. Must not throw. */
  write(chunk: Uint8Array): boolean;
  /** The body is complete. */
  end(trailers: HeaderList): void;
  /** The body broke off: it must not look complete. Nothing follows. */
  fail(error: ProxyError): void;
}

/**
 * A response body that has not been read yet. Read it once: either `pipeTo` or
 * iterate, or `cancel` it. Iterating throws the `ProxyError` that broke it.
 */
export interface ResponseBody extends AsyncIterable<Uint8Array> {
  /** Hands every chunk to the sink as it arrives, until `end` or `fail`; neither follows a cancel. */
  pipeTo(sink: BodySink): void;
  /** Ends the pause that a `write` asked for. */
  resume(): void;
  /** Nobody wants the rest: the upstream request is aborted at once. Harmless after the end. */
  cancel(): void;
}

/** One send of a request, for headers, log and statistics. */
export interface Attempt {
  readonly endpoint: Endpoint;
  /** Why it failed; undefined for the one that answered. */
  readonly error: ProxyError | undefined;
}

/** The response of the endpoint that answered, whatever its status. */
export interface ProxyResponse {
  readonly endpoint: Endpoint;
  readonly status: number;
  /** As received, without hop-by-hop fields. */
  readonly headers: HeaderList;
  readonly body: ResponseBody;
  /** Whether the end of the connection ends the body, so that a cut cannot be told from an end. */
  readonly closeDelimited: boolean;
  /** In order; the last one answered. */
  readonly attempts: readonly Attempt[];
  /** Milliseconds from the start of the last attempt to its response head. */
  readonly headMs: number;
  /**
   * Whether no byte of the request's body will be read any more, so that its memory may be
   * used for something else. Absent from an engine that cannot tell.
   */
  readonly requestBodyReleased?: () => boolean;
}

/** Limits of one attempt, in milliseconds; 0 switches a limit off. None is hidden in another. */
export interface EngineTimeouts {
  /** TCP connection, name look-up included. */
  readonly connectMs: number;
  /** TLS handshake. */
  readonly tlsMs: number;
  /** From the request sent to the response head. */
  readonly responseHeaderMs: number;
  /** From the response head to the first byte of the body. */
  readonly firstTokenMs: number;
  /** Silence between two chunks of the body. */
  readonly idleMs: number;
  /** From the start of the attempt to the last byte. */
  readonly totalMs: number;
}

/** How one attempt ended. */
export interface AttemptResult {
  /** Status of the answer; undefined when there was none. */
  readonly status: number | undefined;
  /** Set when it failed, also after the head; `client_aborted` when the client left. */
  readonly error: ProxyError | undefined;
  /** From the start of the attempt, in milliseconds. */
  readonly durationMs: number;
  /** To the response head; undefined when there was none. */
  readonly headMs: number | undefined;
  /** Bytes of the response body. */
  readonly bytes: number;
}

/** Told of every attempt by an engine; keeps load, breaker and passive health exact. Must not throw. */
export interface AttemptObserver {
  /** Before anything is sent. */
  attemptStarted(endpoint: Endpoint): void;
  /** Once for every start: when the response was delivered, failed, or was cancelled. */
  attemptEnded(endpoint: Endpoint, result: AttemptResult): void;
}

/** Totals since the start. */
export interface EngineStats {
  readonly attempts: number;
  readonly retries: number;
  readonly failures: number;
  /** Times a pooled connection turned out dead and the request went again on a new one. */
  readonly staleConnections: number;
  /** Bytes of response bodies received. */
  readonly bytes: number;
  readonly inFlight: number;
}

/**
 * Sends a request to one of its candidates and hands back the answer.
 *
 * An engine retries over the remaining candidates, each at most once, as the
 * failure table and the request's rules allow, and only while no response head was received. A response
 * of any status is an answer. A pooled connection that dies before the first
 * response byte is not a failure of the endpoint: the request goes again on a
 * new connection.
 */
export interface ProxyEngine extends AsyncDisposable {
  /** Configuration key, for example `olla`. */
  readonly name: string;

  /**
   * @throws ProxyError (rejection) when no candidate answered; its message says
   * how many were tried, and `cause` holds the last failure
   */
  processRequest(request: ProxyRequest): Promise<ProxyResponse>;

  /**
   * Whether a connection to the endpoint can be made and answers `GET` on its
   * health URL with 2xx, over the engine's own connections. Never rejects.
   */
  healthCheck(endpoint: Endpoint): Promise<boolean>;

  getStats(): EngineStats;

  /** Closes what is held for an endpoint that left, once its requests have ended. */
  removeEndpoint(endpoint: Endpoint): void;
}
