import { mix32, type Endpoint } from "@olla-ts/core";

import { noCandidates } from "./no-candidates.ts";

/** Cells of a rotation, two per candidate set: room for 512 sets. */
export const ROTATION_CELLS = 1024;

/** Places looked at for a candidate set before it shares the counter of another. */
const PROBES = 16;

/** Takes the members of a candidate set in turn. */
export interface Rotation {
  /** @throws ProxyError `no_endpoint` when `candidates` is empty */
  next(candidates: readonly Endpoint[]): Endpoint;
  /**
   * What `next` would return, without taking the turn.
   *
   * @throws ProxyError `no_endpoint` when `candidates` is empty
   */
  peek(candidates: readonly Endpoint[]): Endpoint;
}

/**
 * Strict rotation with one counter per candidate set, so that requests for one
 * model do not disturb the turn of another. A set is known by the slots of its
 * members in their order.
 *
 * The counters are an open-addressed table of pairs, tag and count. Once its
 * neighbourhood is full, a new set shares a counter: it still rotates, but in
 * step with the other set. Counts wrap after 2^32 turns, where one turn may be out of order.
 *
 * @param cells pairs of tag and count, zero at first; on shared memory every thread takes its
 * turn from the same counters
 * @throws RangeError when there is no room for one pair
 */
export function createRotation(cells: Int32Array = new Int32Array(ROTATION_CELLS)): Rotation {
  const pairs = cells.length >> 1;
  if (pairs === 0) throw new RangeError("a rotation needs at least two cells");

  function counterOf(tag: number): number {
    const home = (tag >>> 0) % pairs;
    for (let probe = 0; probe < PROBES; probe += 1) {
      const at = ((home + probe) % pairs) * 2;
      const held = Atomics.load(cells, at) || Atomics.compareExchange(cells, at, 0, tag);
      if (held === 0 || held === tag) return at + 1;
    }
    return home * 2 + 1;
  }

  /** The same place, without claiming a free pair: its count is 0. */
  function countOf(tag: number): number {
    const home = (tag >>> 0) % pairs;
    for (let probe = 0; probe < PROBES; probe += 1) {
      const at = ((home + probe) % pairs) * 2;
      const held = Atomics.load(cells, at);
      if (held === 0 || held === tag) return Atomics.load(cells, at + 1);
    }
    return Atomics.load(cells, home * 2 + 1);
  }

  return {
    next(candidates: readonly Endpoint[]): Endpoint {
      const turn = candidates.length < 2 ? 0 : Atomics.add(cells, counterOf(tagOf(candidates)), 1);
      return memberAt(candidates, turn);
    },
    peek(candidates: readonly Endpoint[]): Endpoint {
      return memberAt(candidates, candidates.length < 2 ? 0 : countOf(tagOf(candidates)));
    },
  };
}

function memberAt(candidates: readonly Endpoint[], turn: number): Endpoint {
  const endpoint = candidates[(turn >>> 0) % candidates.length];
  if (endpoint === undefined) throw noCandidates();
  return endpoint;
}

/** Never 0, which marks a free pair. */
function tagOf(candidates: readonly Endpoint[]): number {
  let hash = candidates.length;
  for (const { slot } of candidates) hash = mix32(Math.imul(hash, 31) + slot + 1);
  return hash || 1;
}
