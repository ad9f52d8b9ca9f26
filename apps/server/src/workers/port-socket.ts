import { Duplex } from "node:stream";
import type { MessagePort } from "node:worker_threads";

/** Bytes; `read` tells that the last bytes were taken; `end` that none follow. */
type Packet = Uint8Array | "read" | "end";

/**
 * One end of a connection between two threads, over a message channel: a stream
 * of bytes both ways, with back-pressure, that `node:http` takes for a socket.
 * When one end is destroyed, so is the other.
 */
export class PortSocket extends Duplex {
  /** Address of the client, as a socket tells it. */
  readonly remoteAddress: string;
  readonly #port: MessagePort;
  /** The bytes under way were taken. */
  #taken: (() => void) | undefined;
  /** Whether the other end waits for bytes of its own to be taken. */
  #owesRead = false;

  constructor(port: MessagePort, remoteAddress = "") {
    super({ allowHalfOpen: true });
    this.remoteAddress = remoteAddress;
    this.#port = port;
    port.on("message", (packet: Packet) => this.#receive(packet));
    port.on("close", () => this.#lost());
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, taken: () => void): void {
    this.#taken = taken;
    // A copy of its own: what is sent may be part of memory that many buffers share.
    const bytes = new Uint8Array(chunk);
    this.#port.postMessage(bytes, [bytes.buffer]);
  }

  override _final(done: () => void): void {
    this.#port.postMessage("end" satisfies Packet);
    done();
  }

  override _read(): void {
    if (!this.#owesRead) return;
    this.#owesRead = false;
    this.#port.postMessage("read" satisfies Packet);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#port.close();
    done(error);
  }

  #receive(packet: Packet): void {
    if (packet === "end") this.push(null);
    else if (packet === "read") this.#confirm();
    else {
      this.#owesRead = true;
      if (this.push(Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength))) this._read();
    }
  }

  #confirm(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }

  /** The other end is gone, perhaps with its whole thread. */
  #lost(): void {
    if (this.readableEnded && this.writableFinished) this.destroy();
    else if (!this.destroyed) this.destroy(connectionLost());
  }
}

function connectionLost(): Error {
  return Object.assign(new Error("the other thread closed the connection"), { code: "ECONNRESET" });
}
