import { FINGERPRINTS, FIRST_PATH, NAMED, PROBE_PATHS } from "./fingerprints.ts";
import { ProbeReplies, type ProbeReply } from "./probe-replies.ts";

export interface DetectProviderOptions {
  /** URL of the server, with its base path if it has one. A `/v1` at its end is not repeated. */
  readonly baseUrl: string;
  /** Sends a `GET`, with credentials where the endpoint has some; rejects when there is no answer. */
  readonly get: (url: string, signal: AbortSignal) => Promise<ProbeReply>;
  /** Longest wait for one answer, in milliseconds. Default 1000. */
  readonly probeTimeoutMs?: number;
  /** Requests under way at a time. Default 6. */
  readonly concurrency?: number;
  /** Ends the detection. */
  readonly signal?: AbortSignal;
}

/** The kind a server turned out to be. */
export interface DetectedProvider {
  /** Canonical type of a built-in profile. */
  readonly type: string;
  /** What speaks for it, for people. */
  readonly evidence: readonly string[];
  /**
   * Whether some paths gave no answer that could have shown another kind: ask again later.
   * False once the server has said its name.
   */
  readonly isTentative: boolean;
}

/**
 * Finds out what kind of backend answers at a URL, from about two dozen cheap
 * requests of which most answer 404.
 *
 * @returns undefined when nothing that is known answers, for example while the server is down
 * @throws the signal's reason when it is aborted; failed probes are no error
 */
export async function detectProvider(
  options: DetectProviderOptions,
): Promise<DetectedProvider | undefined> {
  const { concurrency = 6, signal } = options;
  const replies = new Map<string, ProbeReply>();
  await askEach([FIRST_PATH].values(), replies, options);
  const first = new ProbeReplies(replies).text(FIRST_PATH) === "" ? undefined : bestOf(replies);
  if (first !== undefined) return first;
  const others = PROBE_PATHS.filter((path) => path !== FIRST_PATH).values();
  // The iterator is shared: each worker takes the next path that nobody has taken.
  await Promise.all(Array.from({ length: concurrency }, () => askEach(others, replies, options)));
  signal?.throwIfAborted();
  return bestOf(replies);
}

async function askEach(
  paths: Iterable<string>,
  replies: Map<string, ProbeReply>,
  { baseUrl, get, probeTimeoutMs = 1_000, signal }: DetectProviderOptions,
): Promise<void> {
  const base = baseUrl.replace(/\/+$/, "").replace(/\/v1$/, "");
  for (const path of paths) {
    if (signal?.aborted === true) return;
    const timeout = AbortSignal.timeout(probeTimeoutMs);
    const either = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
    try {
      replies.set(path, await get(base + path, either));
    } catch {
      // No answer on this path; the others tell.
    }
  }
}

function bestOf(answers: ReadonlyMap<string, ProbeReply>): DetectedProvider | undefined {
  const replies = new ProbeReplies(answers);
  let best: DetectedProvider | undefined;
  let most = 0;
  for (const { type, clues } of FINGERPRINTS) {
    const found = clues.filter((clue) => clue.holds(replies));
    const weight = found.reduce((sum, clue) => sum + clue.weight, 0);
    if (weight <= most) continue;
    most = weight;
    const isTentative = weight < NAMED && answers.size < PROBE_PATHS.length;
    best = { type, evidence: found.map(({ evidence }) => evidence), isTentative };
  }
  return best;
}
