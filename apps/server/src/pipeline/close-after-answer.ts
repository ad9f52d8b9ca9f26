import type { IncomingMessage } from "node:http";

/** How long a refused client may go on sending, in milliseconds. */
const LINGER_MS = 5_000;

/**
 * Closes a connection whose request was answered before all of it had arrived.
 *
 * Closing both directions at once would reset the connection while the client
 * still sends, and a reset discards the answer that it has not read yet. So the
 * sending half ends first, and what arrives is thrown away until the client is
 * done or `LINGER_MS` have passed (RFC 9112 section 9.6).
 */
export function closeAfterAnswer(request: IncomingMessage): void {
  const { socket } = request;
  const deadline = setTimeout(() => socket.destroy(), LINGER_MS);
  deadline.unref();
  socket.once("close", () => clearTimeout(deadline));
  request.once("end", () => socket.destroySoon());
  request.resume();
  socket.end();
}
