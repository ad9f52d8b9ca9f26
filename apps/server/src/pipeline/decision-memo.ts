import {
  type EndpointConditions,
  type Intent,
  type RoutedDecision,
  type RoutingDecision,
  type RoutingTable,
} from "@olla-ts/core";

/** Conditions of endpoints, and a number that grows whenever one of them changes. */
export interface ChangingConditions extends EndpointConditions {
  epoch(): number;
}

type Decide = (
  intent: Intent,
  table: RoutingTable,
  conditions: EndpointConditions,
) => RoutingDecision;

/** With fewer endpoints a decision costs no more than looking one up. */
const FROM_ENDPOINTS = 8;
/** Paths and models are the client's: further ones are decided each time. */
const MAX_KEPT = 1_024;

/**
 * Decisions as long as nothing changes that they depend on, so that routing among a
 * thousand endpoints costs what it costs among ten. Rejections are made anew each time.
 */
export class DecisionMemo {
  readonly #decide: Decide;
  readonly #conditions: ChangingConditions;
  #table: RoutingTable | undefined;
  #epoch = -1;
  readonly #kept = new Map<string, RoutedDecision>();

  constructor(decide: Decide, conditions: ChangingConditions) {
    this.#decide = decide;
    this.#conditions = conditions;
  }

  decide(intent: Intent, table: RoutingTable): RoutingDecision {
    if (table.endpoints.length < FROM_ENDPOINTS) {
      return this.#decide(intent, table, this.#conditions);
    }
    // Read before the decision: what changes meanwhile makes it stale at once.
    const epoch = this.#conditions.epoch();
    if (table !== this.#table || epoch !== this.#epoch) {
      this.#kept.clear();
      this.#table = table;
      this.#epoch = epoch;
    }
    const key = `${intent.path}\n${intent.scope?.type ?? ""}\n${intent.model ?? ""}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const decision = this.#decide(intent, table, this.#conditions);
    if (decision.action !== "rejected" && this.#kept.size < MAX_KEPT) this.#kept.set(key, decision);
    return decision;
  }
}
