import type { Affinity, Endpoint } from "@olla-ts/core";
import type {
  LoadBalancer,
  Selection,
  SelectionContext,
  SelectionPreview,
  StickyStore,
} from "@olla-ts/core/ports";

export interface StickyOptions {
  /** Strategy for requests without a pin. */
  readonly inner: LoadBalancer;
  readonly store: StickyStore;
  /**
   * Asked once more of a pinned candidate, whose status may have changed since
   * routing. Default: every candidate is.
   */
  readonly isRoutable?: (endpoint: Endpoint) => boolean;
}

/**
 * Sends requests of one conversation and model to one endpoint, so that what the
 * backend has cached of it is used again.
 *
 * `hit`: the pinned endpoint was a candidate. `miss`: nothing was pinned, now it
 * is. `repin`: the pinned endpoint is no candidate any more, the pin has moved;
 * also what the second selection of one request reports after the first endpoint
 * failed. `disabled`: the request belongs to no conversation, nothing is remembered.
 */
export function createSticky({
  inner,
  store,
  isRoutable = () => true,
}: StickyOptions): LoadBalancer {
  return {
    strategy: inner.strategy,

    selectEndpoint(candidates: readonly Endpoint[], context: SelectionContext): Selection {
      const { affinity, model } = context;
      if (affinity === undefined) {
        return { ...inner.selectEndpoint(candidates, context), sticky: "disabled" };
      }
      const key = storeKey(affinity, model);
      const slot = store.find(key);
      const pinned = candidates.find((candidate) => candidate.slot === slot);
      if (pinned !== undefined && isRoutable(pinned)) return { endpoint: pinned, sticky: "hit" };

      const { endpoint } = inner.selectEndpoint(candidates, context);
      store.pin(key, endpoint.slot);
      return { endpoint, sticky: slot === undefined ? "miss" : "repin" };
    },

    previewSelection(
      candidates: readonly Endpoint[],
      context: SelectionContext,
      earlier: readonly Endpoint[],
    ): SelectionPreview {
      const { affinity, model } = context;
      const held = affinity === undefined ? undefined : store.peek(storeKey(affinity, model));
      // A hit, which only the first attempt can be, does not ask the strategy.
      const asked = earlier[0]?.slot === held ? earlier.slice(1) : earlier;
      const slot = earlier.at(-1)?.slot ?? held;
      const preview = inner.previewSelection(candidates, context, asked);
      if (affinity === undefined) return { ...preview, sticky: "disabled" };
      const pinned = candidates.find((candidate) => candidate.slot === slot);
      if (pinned !== undefined && isRoutable(pinned)) {
        return { endpoint: pinned, scores: preview.scores, sticky: "hit" };
      }
      return { ...preview, sticky: slot === undefined ? "miss" : "repin" };
    },

    registerEndpoint(endpoint: Endpoint): void {
      inner.registerEndpoint(endpoint);
    },

    removeEndpoint(endpoint: Endpoint): void {
      store.purge(endpoint.slot); // the next endpoint in this slot must not inherit its conversations
      inner.removeEndpoint(endpoint);
    },
  };
}

/** The source is part of the key, so that an address never matches a session of the same text. */
function storeKey({ source, key }: Affinity, model: string): string {
  return `${source}:${model}:${key}`;
}
