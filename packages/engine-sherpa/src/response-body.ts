import type { ProxyError } from "@olla-ts/core";
import type { BodySink, ResponseBody } from "@olla-ts/core/ports";
import type { Dispatcher } from "undici";

import type { Attempt } from "./attempt.ts";
import { attemptError, failureInBody } from "./classify-error.ts";
import { trailerList } from "./response-headers.ts";

/** The body of one answer: undici's stream, with the attempt's limits around it. */
export class SherpaBody implements ResponseBody {
  readonly #stream: Dispatcher.ResponseData["body"];
  readonly #trailers: Dispatcher.ResponseData["trailers"];
  readonly #attempt: Attempt;
  #sink: BodySink | undefined;
  #brokenBy: ProxyError | undefined;

  constructor(
    { body, trailers }: Pick<Dispatcher.ResponseData, "body" | "trailers">,
    attempt: Attempt,
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
