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
   * Takes the rows of several endpoints, or none.
   *
   * @returns those that were free before
   * @throws RangeError when there are not enough; nothing is taken then
   */
  reserve(identities: readonly EndpointIdentity[]): readonly number[];
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

  function slotFor(identity: EndpointIdentity): number {
    const key = keyOf(identity);
    const known = slots.get(key);
    if (known !== undefined) return known;
    const slot = owners.indexOf(undefined);
    if (slot === -1) {
      throw new RangeError(
        `endpoint "${identity.name}" is one more than the ${capacity} there is room for`,
      );
    }
    owners[slot] = key;
    slots.set(key, slot);
    return slot;
  }

  function release(slot: number): void {
    const key = owners[slot];
    if (key === undefined) return;
    owners[slot] = undefined;
    slots.delete(key);
  }

  return {
    slotFor,
    release,
    reserve(identities) {
      const unknown = identities.filter((identity) => !slots.has(keyOf(identity)));
      const taken: number[] = [];
      try {
        for (const identity of unknown) taken.push(slotFor(identity));
        return taken;
      } catch (error) {
        for (const slot of taken) release(slot);
        throw error;
      }
    },
  };
}

/** A line break occurs in no URL, so no two identities share a key. */
function keyOf({ name, url }: EndpointIdentity): string {
  return `${url}\n${name}`;
}
