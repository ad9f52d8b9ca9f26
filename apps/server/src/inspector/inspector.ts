import type { Clock, Logger } from "@olla-ts/core/ports";

import type { Inspector } from "../pipeline/inspection.ts";
import { createEntryFiles } from "./entry-files.ts";
import { toEntryLine, toJsonLine } from "./entry.ts";
import { ReplyRecording } from "./reply-recording.ts";
import { sessionIdOf } from "./session-id.ts";

export interface InspectorOptions {
  readonly directory: string;
  /** Field whose value names the file; empty when only `X-Request-ID` does. */
  readonly sessionHeader: string;
  /** Size that a file does not grow beyond, in bytes. */
  readonly maxFileBytes: number;
  /** Length after which a reply is cut, in bytes. Default 16 MiB. */
  readonly maxReplyBytes?: number;
  readonly clock: Clock;
  readonly log: Logger;
}

const DEFAULT_MAX_REPLY_BYTES = 16 * 1_024 * 1_024;

/**
 * Writes requests and replies to `<directory>/<day>/<session>.jsonl`, with their
 * contents unredacted and without any header field. A reply stands in the file
 * of its request, also past midnight (UTC). Disposing writes what waits.
 */
export function createInspector({
  directory,
  sessionHeader,
  maxFileBytes,
  maxReplyBytes = DEFAULT_MAX_REPLY_BYTES,
  clock,
  log,
}: InspectorOptions): Inspector & AsyncDisposable {
  const files = createEntryFiles({ directory, maxFileBytes, log });
  const header = sessionHeader.trim().toLowerCase();
  const now = (): string => new Date(clock.wallTime()).toISOString();
  return {
    begin(headers, model, body) {
      const ts = now();
      const file = { day: ts.slice(0, "YYYY-MM-DD".length), id: sessionIdOf(headers, header) };
      files.append(file, body.length, () => {
        const text = body.toString();
        return toEntryLine(
          { type: "request", ts, model },
          toJsonLine(text) ?? JSON.stringify(text),
        );
      });
      return new ReplyRecording(maxReplyBytes, ({ bytes, read }) => {
        const answeredAt = now();
        files.append(file, bytes, async () => {
          const { json, isWhole } = await read();
          const cut = isWhole ? {} : { truncated: true as const };
          return toEntryLine({ type: "response", ts: answeredAt, model, ...cut }, json);
        });
      });
    },
    [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
  };
}
