import { headerValue, type HeaderList } from "../../domain/header-list.ts";

/** One request as it arrived, nothing decoded. */
export interface ReceivedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

/** Cuts the bytes of one connection into requests. Bodies are read by `Content-Length` alone. */
export class RequestReader {
  readonly #deliver: (request: ReceivedRequest) => void;
  #parts: Buffer[] = [];
  #bytes = 0;
  /** Bytes after which looking again makes sense; spares joining a large body over and over. */
  #needed = 1;

  constructor(deliver: (request: ReceivedRequest) => void) {
    this.#deliver = deliver;
  }

  push(data: Buffer): void {
    this.#parts.push(data);
    this.#bytes += data.byteLength;
    while (this.#bytes >= this.#needed && this.#take());
  }

  /** @returns whether a request was complete */
  #take(): boolean {
    const all = Buffer.concat(this.#parts);
    const headEnd = all.indexOf("\r\n\r\n");
    if (headEnd < 0) {
      this.#keep(all, all.byteLength + 1);
      return false;
    }
    const [requestLine = "", ...lines] = all.toString("latin1", 0, headEnd).split("\r\n");
    const [method = "", target = ""] = requestLine.split(" ");
    const headers = lines.flatMap(parseField);
    const bodyStart = headEnd + 4;
    const bodyEnd = bodyStart + Number(headerValue(headers, "content-length") ?? 0);
    if (all.byteLength < bodyEnd) {
      this.#keep(all, bodyEnd);
      return false;
    }
    this.#keep(all.subarray(bodyEnd), 1);
    this.#deliver({ method, target, headers, body: all.subarray(bodyStart, bodyEnd) });
    return true;
  }

  #keep(rest: Buffer, needed: number): void {
    this.#parts = [rest];
    this.#bytes = rest.byteLength;
    this.#needed = needed;
  }
}

function parseField(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}
