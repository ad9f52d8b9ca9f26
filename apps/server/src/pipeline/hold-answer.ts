import { headerValue, ProxyError, type HeaderList } from "@olla-ts/core";
import type { BodySink, ProxyResponse, ResponseBody } from "@olla-ts/core/ports";

import type { Exchange } from "./exchange.ts";

/** An answer whose body is only piped. */
export type PipedResponse = Omit<ProxyResponse, "body"> & {
  readonly body: Pick<ResponseBody, "pipeTo" | "resume" | "cancel">;
};

/**
 * Holds an answer back until it is complete: the client gets all of it at once,
 * with its length, or an error. What is longer than `maxBytes` is passed on as it
 * arrives from there on.
 *
 * @throws ProxyError what broke the body, or that the client left
 */
export async function holdAnswer(
  { request, response, cancellation }: Exchange,
  upstream: ProxyResponse,
  maxBytes: number,
): Promise<PipedResponse> {
  const body = new HeldBody(upstream.body, maxBytes);
  const leave = (): void => body.fail(new ProxyError("client_aborted", "The client left."));
  response.once("close", leave);
  try {
    upstream.body.pipeTo(body);
    if (cancellation.aborted) leave();
    const bytes = await body.held;
    const hasBody = request.method !== "HEAD" && upstream.status !== 204 && upstream.status !== 304;
    if (bytes === undefined || !hasBody) return { ...upstream, body };
    return { ...upstream, body, headers: withLength(upstream.headers, bytes) };
  } finally {
    response.off("close", leave);
  }
}

function withLength(headers: HeaderList, bytes: number): HeaderList {
  if (headerValue(headers, "content-length") !== undefined) return headers;
  return [...headers, "Content-Length", String(bytes)];
}

class HeldBody implements BodySink, Pick<ResponseBody, "pipeTo" | "resume" | "cancel"> {
  readonly #inner: ResponseBody;
  readonly #maxBytes: number;
  readonly #done: PromiseWithResolvers<number | undefined> = Promise.withResolvers();
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #end: { readonly trailers: HeaderList } | { readonly error: ProxyError } | undefined;
  #sink: BodySink | undefined;

  constructor(inner: ResponseBody, maxBytes: number) {
    this.#inner = inner;
    this.#maxBytes = maxBytes;
  }

  /** Length of the whole body; undefined when it is too long to be held. */
  get held(): Promise<number | undefined> {
    return this.#done.promise;
  }

  write(chunk: Uint8Array): boolean {
    if (this.#sink !== undefined) return this.#sink.write(chunk);
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#maxBytes) return true;
    this.#done.resolve(undefined);
    return false;
  }

  end(trailers: HeaderList): void {
    if (this.#sink !== undefined) {
      this.#sink.end(trailers);
      return;
    }
    this.#end = { trailers };
    this.#done.resolve(this.#bytes);
  }

  fail(error: ProxyError): void {
    if (this.#sink !== undefined) {
      this.#sink.fail(error);
      return;
    }
    this.#end ??= { error };
    this.#done.reject(error);
  }

  pipeTo(sink: BodySink): void {
    this.#sink = sink;
    let takesMore = true;
    for (const chunk of this.#takeChunks()) takesMore = sink.write(chunk);
    if (this.#end === undefined) {
      if (takesMore) this.#inner.resume();
    } else if ("error" in this.#end) sink.fail(this.#end.error);
    else sink.end(this.#end.trailers);
  }

  resume(): void {
    this.#inner.resume();
  }

  cancel(): void {
    this.#inner.cancel();
  }

  /** A complete body is one piece, to leave in one write. */
  #takeChunks(): readonly Uint8Array[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    if (this.#end === undefined || chunks.length < 2) return chunks;
    return [Buffer.concat(chunks, this.#bytes)];
  }
}
