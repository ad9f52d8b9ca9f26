import type { ProbeFetch, ProbeInit, ProbeResponse } from "../src/probe-request.ts";

/** How a scripted backend treats one request. */
export type ScriptedAnswer =
  | number
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** A socket error of this code. */
  | { readonly code: string }
  /** Silence until the request is aborted. */
  | "hang"
  /** Silence until the test calls `release`. */
  | "held";

export interface ScriptedFetch {
  readonly fetch: ProbeFetch;
  /** Every request, in order. */
  readonly requests: readonly { readonly url: string; readonly init: ProbeInit }[];
  /** What every request gets from now on, after those already queued with `next`. */
  always(answer: ScriptedAnswer): void;
  /** What the coming requests get, one each. */
  next(...answers: readonly ScriptedAnswer[]): void;
  /** Answers the oldest held request. */
  release(status: number): void;
}

export const refused: ScriptedAnswer = { code: "ECONNREFUSED" };

/** A `fetch` that answers 200 until told otherwise. */
export function createScriptedFetch(): ScriptedFetch {
  const requests: { url: string; init: ProbeInit }[] = [];
  const queue: ScriptedAnswer[] = [];
  const held: ((response: ProbeResponse) => void)[] = [];
  let usual: ScriptedAnswer = 200;

  async function fetch(url: string, init: ProbeInit): Promise<ProbeResponse> {
    requests.push({ url, init });
    const answer = queue.shift() ?? usual;
    if (typeof answer === "number") return new Response("{}", { status: answer });
    if (typeof answer === "string") {
      const { promise, resolve, reject } = Promise.withResolvers<ProbeResponse>();
      if (answer === "held") held.push(resolve);
      init.signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
      return promise;
    }
    if ("code" in answer) {
      const cause = Object.assign(new Error("connect 127.0.0.1:20000"), { code: answer.code });
      throw new TypeError("fetch failed", { cause });
    }
    return new Response(answer.body ?? null, answer);
  }

  return {
    fetch,
    requests,
    always(answer) {
      usual = answer;
    },
    next(...answers) {
      queue.push(...answers);
    },
    release(status) {
      held.shift()?.(new Response(null, { status }));
    },
  };
}
