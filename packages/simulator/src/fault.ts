/** Which requests a fault meets. Without a scope: every inference request. */
export interface FaultScope {
  /** Number of matching requests that meet the fault; then it is gone. Default: no limit. */
  readonly times?: number;
  /** Only requests whose path, without query, matches. */
  readonly path?: RegExp;
  /**
   * `inference` leaves health, lists and test paths alone. Default: `inference`,
   * or `everything` when `path` is given.
   */
  readonly on?: "inference" | "everything";
  /** Share of matching requests that meet the fault, 0 to 1. Default 1. */
  readonly probability?: number;
}

/** Answers with a status instead of the real answer. */
export interface StatusFault {
  readonly type: "status";
  /** 200 to 599. */
  readonly status: number;
  /** Default: an error in the shape of the path. */
  readonly body?: string;
  /** Added to the answer; `Content-Type` defaults to `application/json`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What goes wrong. Requests are read in full first, except under `refuse`. */
export type FaultKind =
  /** The listener is closed and idle connections are cut; needs no request, so the scope is ignored. */
  | { readonly type: "refuse" }
  /** The connection is reset (RST) before any byte of an answer. */
  | { readonly type: "reset-before-headers" }
  /** The connection ends cleanly (FIN) before any byte of an answer. */
  | { readonly type: "close-before-headers" }
  /** Nothing is ever answered. */
  | { readonly type: "hang" }
  /** The response head is sent, then nothing more. */
  | { readonly type: "hang-after-headers" }
  | StatusFault
  /** Resets the connection after so many tokens; an unstreamed answer is cut in half. */
  | { readonly type: "reset-after-tokens"; readonly tokens: number }
  /** Ends the connection after so many tokens without the final chunk; an unstreamed answer is cut in half. */
  | { readonly type: "close-after-tokens"; readonly tokens: number }
  /** Falls silent after so many tokens; an unstreamed answer stops at half. */
  | { readonly type: "stall-after-tokens"; readonly tokens: number }
  /** Waits before the response head, in milliseconds. */
  | { readonly type: "slow-headers"; readonly delayMs: number }
  /** Destroys the connection after every finished stream although keep-alive was announced. */
  | { readonly type: "close-idle-connection" }
  /** Cuts every JSON text in half: bodies, event data, lines. */
  | { readonly type: "bad-json" }
  /** Sends trailers after the body. Default `X-Simulated-Trailer: sent`. */
  | { readonly type: "trailers"; readonly trailers?: Readonly<Record<string, string>> };

/** One fault and the requests it meets. */
export type Fault = FaultKind & FaultScope;

/** Faults in order of precedence: a request meets the first that matches and is not used up. */
export type FaultScript = readonly Fault[];

/** What fault selection looks at. */
export interface FaultSubject {
  /** Path without query. */
  readonly path: string;
  readonly isInference: boolean;
}

/** The faults of one backend and how often each has struck. */
export interface FaultSwitch {
  /** Replaces all faults; counts start anew. */
  set(faults: FaultScript): void;
  /** The fault this request meets; counts it as used. */
  select(subject: FaultSubject): Fault | undefined;
}

/** Builds a switch with no fault set. */
export function createFaultSwitch(random: () => number): FaultSwitch {
  let remaining: { readonly fault: Fault; times: number }[] = [];
  return {
    set(faults) {
      remaining = faults.map((fault) => ({ fault, times: fault.times ?? Infinity }));
    },
    select(subject) {
      const entry = remaining.find(
        ({ fault, times }) =>
          times > 0 && matches(fault, subject) && isStruck(fault.probability ?? 1, random),
      );
      if (!entry) return undefined;
      entry.times -= 1;
      return entry.fault;
    },
  };
}

function matches({ type, path, on }: Fault, subject: FaultSubject): boolean {
  if (type === "refuse") return false; // acts on the listener, not on a request
  if (path && subject.path.search(path) < 0) return false;
  return subject.isInference || (on ?? (path ? "everything" : "inference")) === "everything";
}

function isStruck(probability: number, random: () => number): boolean {
  return probability >= 1 || random() < probability;
}
