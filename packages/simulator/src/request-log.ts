import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** One request as it reached the backend, and what became of it. */
export interface RecordedRequest {
  readonly method: string;
  /** Request target, exactly as received. */
  readonly url: string;
  /** Names and values in turn, exactly as received. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingHttpHeaders;
  /** The body so far; stops growing at 8 MiB. */
  readonly body: Buffer;
  /** Length of the body so far, also beyond what `body` keeps. */
  readonly bodyBytes: number;
  /** Whether the request arrived in full. */
  readonly isComplete: boolean;
  /** Whether the client left before the answer was complete. */
  readonly aborted: boolean;
  /** Status of the answer; undefined while no head was sent. */
  readonly status: number | undefined;
  /** Tokens written to a stream. */
  readonly tokensSent: number;
  /** Body bytes handed to the response; stands still while the client does not read. */
  readonly bytesWritten: number;
  /** Resolves when the answer is complete, cut or abandoned. Never rejects. */
  readonly settled: Promise<void>;
}

const BODY_LIMIT_BYTES = 8 * 1024 * 1024;
const KEPT_REQUESTS = 1000;
const KEPT_BYTES = 64 * 1024 * 1024;

/** The record of one request while it is being served. */
export class RequestRecord implements RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly settled: Promise<void>;
  readonly #settle: () => void;
  readonly #onArrival: (record: RequestRecord) => void;
  bodyBytes = 0;
  keptBytes = 0;
  hasArrived = false;
  isComplete = false;
  aborted = false;
  status: number | undefined;
  tokensSent = 0;
  bytesWritten = 0;
  #chunks: Buffer[] = [];

  constructor(request: IncomingMessage, onArrival: (record: RequestRecord) => void) {
    this.#onArrival = onArrival;
    this.method = request.method ?? "GET";
    this.url = request.url ?? "/";
    this.rawHeaders = request.rawHeaders;
    this.headers = request.headers;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.settled = promise;
    this.#settle = resolve;
  }

  get body(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  addBody(chunk: Buffer): void {
    this.bodyBytes += chunk.length;
    if (this.bodyBytes > BODY_LIMIT_BYTES) return;
    this.#chunks.push(chunk);
    this.keptBytes += chunk.length;
  }

  /** Marks the request as read in full, or as far as it will ever be. */
  arrive(isComplete: boolean): void {
    if (this.hasArrived) return;
    this.hasArrived = true;
    this.isComplete = isComplete;
    this.#onArrival(this);
  }

  /** Marks the exchange as over. */
  settle(): void {
    this.arrive(false);
    this.#settle();
  }
}

/** The latest requests of one backend: at most 1,000 of them and 64 MiB of bodies, oldest dropped first. */
export interface RequestLog {
  readonly requests: readonly RecordedRequest[];
  /** All requests so far, the dropped ones included. */
  readonly total: number;
  /** Starts the record of a request whose head has arrived. */
  open(request: IncomingMessage): RequestRecord;
  /** Resolves with the request that was the n-th, counted from 1, to be read in full or given up. */
  received(count: number): Promise<RecordedRequest>;
}

/** Builds an empty log. */
export function createRequestLog(): RequestLog {
  const requests: RequestRecord[] = [];
  const arrivals: RequestRecord[] = [];
  const waiting = new Map<number, PromiseWithResolvers<RecordedRequest>>();
  let total = 0;
  let arrivedTotal = 0;

  let keptBytes = 0;

  const dropOldest = (): void => {
    while (requests.length > 1 && (requests.length > KEPT_REQUESTS || keptBytes > KEPT_BYTES)) {
      const oldest = requests.shift();
      if (oldest?.hasArrived) keptBytes -= oldest.keptBytes;
    }
    if (arrivals.length > KEPT_REQUESTS) arrivals.shift();
  };
  const onArrival = (record: RequestRecord): void => {
    keptBytes += record.keptBytes;
    arrivals.push(record);
    arrivedTotal += 1;
    waiting.get(arrivedTotal)?.resolve(record);
    waiting.delete(arrivedTotal);
    dropOldest();
  };
  return {
    requests,
    get total(): number {
      return total;
    },
    open(request) {
      const record = new RequestRecord(request, onArrival);
      requests.push(record);
      total += 1;
      return record;
    },
    async received(count) {
      const past = arrivals[arrivals.length - 1 - (arrivedTotal - count)];
      if (count <= arrivedTotal) {
        if (!past) throw new RangeError(`Request ${count} is no longer kept.`);
        return past;
      }
      const waiter = waiting.get(count) ?? Promise.withResolvers<RecordedRequest>();
      waiting.set(count, waiter);
      return waiter.promise;
    },
  };
}
