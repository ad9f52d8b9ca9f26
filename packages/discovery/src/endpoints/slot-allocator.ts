/** What makes an endpoint the same one before and after a reload. */
export interface EndpointIdentity {
  readonly name: string;
  readonly url: string;
}

/** Hands out rows of shared memory to endpoints. */
export interface SlotAllocator {
  /**
   * The row of an endpoint: the same one for the same name and url until it is
   * released.
   *
   * @throws RangeError when every row is taken
   */
  slotFor(identity: EndpointIdentity): number;
  /**
   * Frees a row. Call it once nothing counts there any more: the endpoint left
   * the configuration and its last request ended. Unknown rows are ignored.
   */
  release(slot: number): void;
}

/**
 * Gives every endpoint the lowest free row.
 *
 * @param capacity rows available, numbered from 0
 */
export function createSlotAllocator(capacity: number): SlotAllocator {
  const slots = new Map<string, number>();
  const owners: (string | undefined)[] = Array.from({ length: capacity });

  return {
    slotFor({ name, url }: EndpointIdentity): number {
      // A line break occurs in no URL, so no two identities share a key.
      const key = `${url}\n${name}`;
      const known = slots.get(key);
      if (known !== undefined) return known;
      const slot = owners.indexOf(undefined);
      if (slot === -1) {
        throw new RangeError(
          `endpoint "${name}" is one more than the ${capacity} there is room for`,
        );
      }
      owners[slot] = key;
      slots.set(key, slot);
      return slot;
    },

    release(slot: number): void {
      const key = owners[slot];
      if (key === undefined) return;
      owners[slot] = undefined;
      slots.delete(key);
    },
  };
}
