/** What a client of a load got for one request. */
export interface StreamOutcome {
  readonly status: number;
  /** Name of the endpoint that answered, as the gateway says; null when it names none. */
  readonly endpoint: string | null;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** The body as received, cut or whole. */
  readonly body: string;
  /** The body ended without an error of the connection. */
  readonly complete: boolean;
}

/** Clients that send one streaming request after another. */
export interface StreamLoad {
  readonly outcomes: readonly StreamOutcome[];
  /** Streams under way of which the client has a part, by the endpoint that sends them. */
  readonly underWay: (endpoint: string) => number;
  /** Lets every client end its last request. */
  readonly stop: () => Promise<void>;
}

export interface StreamLoadOptions {
  readonly clients: number;
  /** Address of the chat operation. */
  readonly url: string;
  readonly request: object;
}

/** Starts the clients; they go on until stopped. A refused connection of the gateway rejects `stop`. */
export function startStreamLoad({ clients, url, request }: StreamLoadOptions): StreamLoad {
  const outcomes: StreamOutcome[] = [];
  const body = JSON.stringify({ ...request, stream: true });
  const stopping = new AbortController();
  const sending: (string | null)[] = [];
  async function runClient(_: unknown, client: number): Promise<void> {
    while (!stopping.signal.aborted) {
      const outcome = await streamOnce(url, body, (endpoint) => {
        sending[client] = endpoint;
      });
      sending[client] = null;
      outcomes.push(outcome);
    }
  }
  const running = Promise.all(Array.from({ length: clients }, runClient));
  // The rejection is the caller's to see when it stops the load.
  running.catch(() => undefined);
  return {
    outcomes,
    underWay: (endpoint) => sending.filter((one) => one === endpoint).length,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Whether the closing event of the stream arrived. */
export function isDone({ body }: StreamOutcome): boolean {
  return body.endsWith("data: [DONE]\n\n");
}

async function streamOnce(
  url: string,
  body: string,
  onPart: (endpoint: string | null) => void,
): Promise<StreamOutcome> {
  const startedAt = performance.now();
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body });
  const endpoint = response.headers.get("x-olla-endpoint");
  let text = "";
  let complete = true;
  try {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      onPart(endpoint);
    }
  } catch {
    complete = false;
  }
  return { status: response.status, endpoint, startedAt, body: text, complete };
}
