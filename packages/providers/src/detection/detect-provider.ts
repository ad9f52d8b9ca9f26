import { FINGERPRINTS, type Fingerprint, PROBE_PATHS } from "./fingerprints.ts";
import { ProbeReplies, type ProbeReply } from "./probe-replies.ts";

export interface DetectProviderOptions {
  /** URL of the server, with its base path if it has one. */
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
  const replies = await probe(options);
  options.signal?.throwIfAborted();
  return bestOf(new ProbeReplies(replies));
}

async function probe(options: DetectProviderOptions): Promise<ReadonlyMap<string, ProbeReply>> {
  const { baseUrl, get, probeTimeoutMs = 1_000, concurrency = 6, signal } = options;
  const base = baseUrl.replace(/\/+$/, "");
  const replies = new Map<string, ProbeReply>();
  const paths = PROBE_PATHS.values();
  const work = async (): Promise<void> => {
    // The iterator is shared: each worker takes the next path that nobody has taken.
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
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return replies;
}

function bestOf(replies: ProbeReplies): DetectedProvider | undefined {
  let best: DetectedProvider | undefined;
  let most = 0;
  for (const fingerprint of FINGERPRINTS) {
    const clues = fingerprint.clues.filter((clue) => clue.holds(replies));
    const weight = clues.reduce((sum, clue) => sum + clue.weight, 0);
    if (weight <= most) continue;
    most = weight;
    best = toDetected(fingerprint, clues);
  }
  return best;
}

function toDetected({ type }: Fingerprint, clues: Fingerprint["clues"]): DetectedProvider {
  return { type, evidence: clues.map(({ evidence }) => evidence) };
}
