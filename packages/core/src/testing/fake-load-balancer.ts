import type { Endpoint } from "../domain/endpoint.ts";
import { ProxyError } from "../domain/proxy-error.ts";
import type {
  LoadBalancer,
  Selection,
  SelectionContext,
  SelectionPreview,
} from "../ports/load-balancer.ts";

/** One call of `selectEndpoint`, as the fake saw it. */
export interface RecordedSelection {
  /** Names of the candidates, in the order given. */
  readonly candidates: readonly string[];
  readonly context: SelectionContext;
  /** Name of the endpoint that was selected. */
  readonly selected: string;
}

/**
 * A balancer that selects what a test says, and the first candidate when the
 * script has ended or names none of them.
 */
export class FakeLoadBalancer implements LoadBalancer {
  readonly strategy = "fake";
  readonly selections: RecordedSelection[] = [];
  /** Names of the endpoints registered and not removed. */
  readonly registered: Set<string> = new Set();
  readonly #script: string[];

  /** @param script names of endpoints, one per selection */
  constructor(script: readonly string[] = []) {
    this.#script = [...script];
  }

  selectEndpoint(candidates: readonly Endpoint[], context: SelectionContext): Selection {
    const { endpoint } = this.#next(candidates);
    this.#script.shift();
    this.selections.push({
      candidates: candidates.map(({ name }) => name),
      context,
      selected: endpoint.name,
    });
    return { endpoint };
  }

  previewSelection(
    candidates: readonly Endpoint[],
    _: SelectionContext,
    earlier: readonly Endpoint[],
  ): SelectionPreview {
    const { endpoint } = this.#next(candidates, earlier.length);
    const scores = candidates.map((one) => ({ endpoint: one, score: 0, detail: "scripted" }));
    return { endpoint, scores };
  }

  #next(candidates: readonly Endpoint[], attempt = 0): Selection {
    const wanted = this.#script[attempt];
    const endpoint = candidates.find(({ name }) => name === wanted) ?? candidates[0];
    if (endpoint === undefined) throw new ProxyError("no_endpoint", "No candidates.");
    return { endpoint };
  }

  registerEndpoint(endpoint: Endpoint): void {
    this.registered.add(endpoint.name);
  }

  removeEndpoint(endpoint: Endpoint): void {
    this.registered.delete(endpoint.name);
  }
}
