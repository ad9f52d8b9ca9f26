/** Buffers of every region, to be handed to a worker thread. */
export type SharedRegions = Readonly<Record<string, SharedArrayBuffer>>;

/**
 * Named regions of memory that several threads share.
 *
 * Whoever needs shared cells asks for a region by name and length. The first
 * call makes it, zeroed; every later call, also in another thread that was given
 * the `regions()`, gets a view of the same memory. Lengths are fixed from then on.
 */
export interface SharedState {
  /** @throws RangeError when the region exists with another length */
  int32(name: string, length: number): Int32Array<SharedArrayBuffer>;
  /** @throws RangeError when the region exists with another length */
  bigint64(name: string, length: number): BigInt64Array<SharedArrayBuffer>;
  /** @throws RangeError when the region exists with another length */
  float64(name: string, length: number): Float64Array<SharedArrayBuffer>;
  /** Everything made so far. */
  regions(): SharedRegions;
  /** Takes up what was made since in the thread that gave the regions. */
  adopt(regions: SharedRegions): void;
  /** Memory held, in bytes. */
  bytes(): number;
}

/**
 * @param regions what another thread's state holds; omitted for a new, empty one. Asking for any
 * other region is a RangeError then: this thread alone would have it.
 */
export function createSharedState(regions?: SharedRegions): SharedState {
  const buffers = new Map<string, SharedArrayBuffer>(Object.entries(regions ?? {}));

  function region(name: string, bytes: number): SharedArrayBuffer {
    const existing = buffers.get(name);
    if (existing === undefined) {
      if (regions !== undefined) throw new RangeError(`region "${name}" is not shared`);
      const made = new SharedArrayBuffer(bytes);
      buffers.set(name, made);
      return made;
    }
    if (existing.byteLength !== bytes) {
      throw new RangeError(`region "${name}" has ${existing.byteLength} bytes, not ${bytes}`);
    }
    return existing;
  }

  return {
    int32: (name, length) => new Int32Array(region(name, length * 4)),
    bigint64: (name, length) => new BigInt64Array(region(name, length * 8)),
    float64: (name, length) => new Float64Array(region(name, length * 8)),
    regions: () => Object.fromEntries(buffers),
    adopt(later) {
      for (const [name, buffer] of Object.entries(later)) {
        if (!buffers.has(name)) buffers.set(name, buffer);
      }
    },
    bytes: () => [...buffers.values()].reduce((sum, buffer) => sum + buffer.byteLength, 0),
  };
}
