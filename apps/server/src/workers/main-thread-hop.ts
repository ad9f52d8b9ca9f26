import {
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { Duplex } from "node:stream";

import { type HeaderList, isHopByHop, ProxyError } from "@olla-ts/core";

import { closeAfterAnswer } from "../pipeline/close-after-answer.ts";
import { writeRefusal } from "../pipeline/refuse.ts";

export interface MainThreadHopOptions {
  /** Opens a connection to the main thread for a request from a client at `peer`. */
  readonly connect: (peer: string) => Duplex;
  readonly requestId: (request: IncomingMessage) => string;
}

/** Has the main thread answer a request, and passes the answer on as it comes. */
export function createMainThreadHop({
  connect,
  requestId,
}: MainThreadHopOptions): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const upstream = send(request, connect(request.socket.remoteAddress ?? ""));
    let received: IncomingMessage | undefined;
    upstream.on("response", (answer: IncomingMessage) => {
      received = answer;
      const { statusCode = 500, statusMessage = "" } = answer;
      response.writeHead(statusCode, statusMessage, endToEnd(answer.rawHeaders));
      response.flushHeaders();
      answer.on("error", () => response.destroy());
      answer.pipe(response);
      // After the pipe's own listener, which ends the response.
      answer.on("end", () => {
        if (request.complete) return;
        // Nobody reads the rest of it.
        request.unpipe(upstream);
        upstream.destroy();
        closeAfterAnswer(request);
      });
    });
    upstream.on("error", () => {
      // The rest of the request could not be sent, which does no harm to a whole answer.
      if (received?.complete === true) return;
      if (response.headersSent) response.destroy();
      else {
        const error = new ProxyError("internal", "Internal error.");
        writeRefusal(request, response, { error, requestId: requestId(request), fields: [] });
      }
    });
    response.on("close", () => {
      if (!response.writableFinished) upstream.destroy();
    });
  };
}

function send(request: IncomingMessage, connection: Duplex): ClientRequest {
  const { method, url, rawHeaders } = request;
  const upstream = httpRequest({
    method,
    path: url,
    headers: withFraming(endToEnd(rawHeaders), rawHeaders),
    setHost: false,
    createConnection: () => connection,
  });
  request.pipe(upstream);
  return upstream;
}

/** The fields without those that are about one connection alone. */
function endToEnd(fields: HeaderList): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index] ?? "";
    if (!isHopByHop(name.toLowerCase())) kept.push(name, fields[index + 1] ?? "");
  }
  return kept;
}

/** A body without a stated length has to stay recognisable as one. */
function withFraming(kept: string[], fields: HeaderList): string[] {
  for (let index = 0; index + 1 < fields.length; index += 2) {
    if (fields[index]?.toLowerCase() === "transfer-encoding") {
      kept.push("Transfer-Encoding", "chunked");
      break;
    }
  }
  return kept;
}
