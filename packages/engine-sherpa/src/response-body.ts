import type { Endpoint, ProxyError } from "@olla-ts/core";
import type { BodySink, ResponseBody } from "@olla-ts/core/ports";
import type { Dispatcher } from "undici";

import { attemptError, type EngineFailure, failureInBody } from "./classify-error.ts";
import { trailerList } from "./response-headers.ts";

/** What a body needs of the attempt it belongs to. */
export interface BodyOwner {
  readonly endpoint: Endpoint;
  /** Why the attempt was given up, by the client, by a limit or by the engine's end. */
  readonly abortedBy: ProxyError | undefined;
  /** The body is waited for from now on. */
  expectFirstBytes(): void;
  /** More of the body is waited for from now on. */
  expectMoreBytes(): void;
  /** Bytes of the body came; until more are expected, no limit of the body runs. */
  received(bytes: number): void;
  /** Gives the attempt up at once. Harmless after its end. */
  abort(failure: EngineFailure): void;
  /** Closes the account; only the first call counts. */
  end(error: ProxyError | undefined): void;
}

/** The body of one answer: undici's stream, with the attempt's limits around it. */
export class SherpaBody implements ResponseBody {
  readonly #stream: Dispatcher.ResponseData["body"];
  readonly #trailers: Dispatcher.ResponseData["trailers"];
  readonly #attempt: BodyOwner;
  #sink: BodySink | undefined;
  #brokenBy: ProxyError | undefined;

  constructor(
    { body, trailers }: Pick<Dispatcher.ResponseData, "body" | "trailers">,
    attempt: BodyOwner,
  ) {
    this.#stream = body;
    this.#trailers = trailers;
    this.#attempt = attempt;
    body.on("error", (error) => this.#break(error));
  }

  pipeTo(sink: BodySink): void {
    this.#sink = sink;
    if (this.#brokenBy !== undefined) {
      this.#fail(this.#brokenBy);
      return;
    }
    this.#attempt.expectFirstBytes();
    this.#stream.on("data", (chunk: Uint8Array) => {
      this.#attempt.received(chunk.byteLength);
      // While the sink pauses, silence is its own and no limit of the upstream runs.
      if (sink.write(chunk)) this.#attempt.expectMoreBytes();
      else this.#stream.pause();
    });
    this.#stream.on("end", () => {
      this.#attempt.end(undefined);
      sink.end(trailerList(this.#trailers));
    });
  }

  resume(): void {
    if (!this.#stream.isPaused()) return;
    this.#attempt.expectMoreBytes();
    this.#stream.resume();
  }

  cancel(): void {
    this.#attempt.abort("client_aborted");
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    this.#attempt.expectFirstBytes();
    try {
      for await (const chunk of this.#stream.iterator({ destroyOnReturn: false })) {
        this.#attempt.received(chunk.byteLength);
        yield chunk;
        this.#attempt.expectMoreBytes();
      }
      this.#attempt.end(undefined);
    } catch (thrown) {
      throw this.#break(thrown);
    } finally {
      this.cancel();
    }
  }

  #break(thrown: unknown): ProxyError {
    if (this.#brokenBy !== undefined) return this.#brokenBy;
    const { abortedBy, endpoint } = this.#attempt;
    const error = abortedBy ?? attemptError(failureInBody(thrown), endpoint, thrown);
    this.#brokenBy = error;
    this.#attempt.end(error);
    this.#fail(error);
    return error;
  }

  #fail(error: ProxyError): void {
    // After a cancel nobody wants to hear of the body any more.
    if (error.code !== "client_aborted") this.#sink?.fail(error);
  }
}
