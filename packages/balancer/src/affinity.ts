import { createHash } from "node:crypto";

import type { Affinity } from "@olla-ts/core";

import { conversationStart } from "./conversation-start.ts";

/** Longest body, in UTF-16 units, that is parsed for its conversation: parsing 1 MiB takes milliseconds. */
const MAX_PARSED_LENGTH = 1_048_576;
const DEFAULT_PREFIX_BYTES = 512;
/** 128 bits are far beyond chance collisions; a credential cannot be had back from them. */
const HASH_DIGITS = 32;

export interface AffinityOptions {
  /** In order of preference; the first that yields a key is used. */
  readonly sources: readonly Affinity["source"][];
  /** Bytes of the system prompt, and of the first user message, that are compared; 0 or less: 512. */
  readonly prefixBytes: number;
}

/** What a request shows of the conversation it belongs to. */
export interface AffinityFacts {
  /** Value of `X-Olla-Session-ID`. */
  readonly sessionId: string | undefined;
  /** Value of `Authorization`. */
  readonly authorization: string | undefined;
  readonly clientAddress: string;
  /** The body as text; called at most once, and only when the body decides. */
  readonly bodyText: () => string | undefined;
}

/**
 * The key under which this conversation is remembered, or undefined when no
 * source yields one. Credentials and prompts are hashed, never kept.
 */
export function readAffinity(
  { sources, prefixBytes }: AffinityOptions,
  facts: AffinityFacts,
): Affinity | undefined {
  const bytes = prefixBytes > 0 ? prefixBytes : DEFAULT_PREFIX_BYTES;
  for (const source of sources) {
    const key = readers[source](facts, bytes);
    if (key !== undefined && key !== "") return { source, key };
  }
  return undefined;
}

type KeyReader = (facts: AffinityFacts, prefixBytes: number) => string | undefined;

const readers: Readonly<Record<Affinity["source"], KeyReader>> = {
  session_header: ({ sessionId }) => sessionId?.trim(),
  prefix_hash: ({ bodyText }, prefixBytes) => prefixKey(bodyText(), prefixBytes),
  auth_header: ({ authorization }) => (authorization ? hashOf([authorization]) : undefined),
  ip: ({ clientAddress }) => clientAddress,
};

function prefixKey(text: string | undefined, prefixBytes: number): string | undefined {
  if (text === undefined || text === "") return undefined;
  if (text.length > MAX_PARSED_LENGTH) return hashOf([firstBytes(rawStart(text), prefixBytes)]);
  const start = conversationStart(text);
  if (start === undefined) return undefined;
  return hashOf([firstBytes(start.system, prefixBytes), firstBytes(start.opening, prefixBytes)]);
}

/** From the first `"messages"` on, else the whole text. */
function rawStart(text: string): string {
  return text.slice(Math.max(0, text.indexOf('"messages"')));
}

/** A UTF-16 unit takes at least one byte, so only the first `bytes` units are encoded. */
function firstBytes(text: string, bytes: number): Uint8Array {
  return Buffer.from(text.slice(0, bytes)).subarray(0, bytes);
}

function hashOf(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0"); // ends a part: ab+c differs from a+bc
  return hash.digest("hex").slice(0, HASH_DIGITS);
}
