import type { IncomingHttpHeaders } from "node:http";

/** Writes down what clients of the Anthropic API ask and are answered. Never throws, never waits. */
export interface Inspector {
  /**
   * Takes down a request.
   *
   * @param model as the client names it
   */
  begin(headers: IncomingHttpHeaders, model: string | undefined, body: Buffer): Inspection;
}

/** The reply to one inspected request, as the client gets it. */
export interface Inspection {
  /** Its content coding, told before the first part; without a call it has none. */
  codedAs(coding: string | undefined): void;
  /** The next part; its memory is not kept. */
  add(part: Uint8Array | string): void;
  /** Takes down the reply, exactly once. */
  end(isComplete: boolean): void;
}
