import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A bare TCP connection to the gateway, for what no HTTP client would send. */
export interface RawConnection extends Disposable {
  /** Resolves when the bytes are handed to the system, or the other side has closed. */
  write(bytes: string | Uint8Array): Promise<void>;
  /** Closes the sending half alone. */
  end(): void;
  /** Everything received so far, one character per byte. */
  readonly received: string;
  /** Resolves when the received text holds `part`; rejects when the connection ends without it. */
  until(part: string | RegExp): Promise<string>;
  /** Resolves with everything received once the other side has closed, cleanly or not. */
  closed(): Promise<string>;
}

/**
 * Connects to the gateway.
 *
 * @param readsAtOnce false reads nothing before `until` or `closed` is called, as a client
 * does that sends all it has first
 */
export async function connectRaw(url: string, readsAtOnce = true): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  await once(socket, "connect");
  let received = "";
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => (received += text));
  if (!readsAtOnce) socket.pause();
  // The gateway may reset a connection whose request it refused; what was received tells.
  socket.on("error", () => socket.destroy());
  const ended = endOf(socket);
  return {
    write: (bytes) => write(socket, bytes),
    end: () => void socket.end(),
    get received(): string {
      return received;
    },
    async until(part) {
      socket.resume();
      const isThere = (): boolean =>
        typeof part === "string" ? received.includes(part) : part.test(received);
      while (!isThere()) {
        const progress = once(socket, "data");
        const isOver = await Promise.race([progress.then(() => false), ended.then(() => true)]);
        if (isOver) throw new Error(`the connection ended before ${String(part)}: ${received}`);
      }
      return received;
    },
    async closed() {
      socket.resume();
      await ended;
      return received;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** Sends bytes and resolves with all that comes back until the gateway closes. */
export async function sendRaw(url: string, bytes: string | Uint8Array): Promise<string> {
  using connection = await connectRaw(url);
  await connection.write(bytes);
  return await connection.closed();
}

async function endOf(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    socket.once("end", resolve).once("close", () => resolve());
  });
}

async function write(socket: Socket, bytes: string | Uint8Array): Promise<void> {
  if (!socket.writable) return;
  const data = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
  await new Promise<void>((resolve) => {
    socket.write(data, () => resolve());
  });
}
