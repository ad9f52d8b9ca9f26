import {
  isRoutableStatus,
  upstreamModelName,
  type Endpoint,
  type Intent,
  type RoutingDecision,
} from "@olla-ts/core";
import type { LoadBalancer, SelectionPreview } from "@olla-ts/core/ports";

import { countingCandidates } from "./count-tokens.ts";
import { eligibleEndpoints, planFor, type EligibleOptions } from "./eligible.ts";
import type { EndpointOutcome, Removal, RouteExplanation, RouteFilter } from "./explanation.ts";
import { localAnswer } from "./local-answer.ts";
import type { Question } from "./question.ts";
import { responsibleKey, type EndpointSettings } from "./responsible-key.ts";
import type { RouteOptions } from "./route.ts";
import { selectionContext } from "./select.ts";
import type { Translation } from "./translation.ts";
import { understand } from "./understand.ts";

export interface AccountOptions
  extends EligibleOptions, EndpointSettings, Pick<RouteOptions, "conditions"> {
  readonly balancer: LoadBalancer;
  /** Why an endpoint is not healthy, for people, if known. */
  readonly problemOf: (endpoint: Endpoint) => string | undefined;
}

/** A question on its way through the steps of the pipeline. */
interface Understood extends Question {
  readonly intent: Intent;
  translation: Translation | undefined;
}

/** Of one request: who is left after each step, and what became of the others. */
export class Account {
  readonly #exchange: Understood;
  readonly #decision: RoutingDecision;
  readonly #options: AccountOptions;
  readonly #removed = new Map<Endpoint, Removal>();

  constructor(exchange: Understood, decision: RoutingDecision, options: AccountOptions) {
    this.#exchange = exchange;
    this.#decision = decision;
    this.#options = options;
    for (const { endpoint, rule, detail } of decision.excluded) {
      this.#remove(endpoint, rule, detail);
    }
  }

  /** What holds whatever comes after routing. */
  routing(): Pick<RouteExplanation, "action" | "strategy" | "reason" | "alias" | "endpoints"> {
    const { action, strategy, reason } = this.#decision;
    const alias = this.#decision.action === "rejected" ? undefined : this.#decision.alias?.name;
    return { action, strategy, reason, alias, endpoints: this.#outcomes(undefined, undefined) };
  }

  /**
   * Who would be asked.
   *
   * @throws ProxyError what the client would be told instead
   */
  selection(): Partial<RouteExplanation> {
    const decision = this.#decision;
    if (decision.action === "rejected") throw decision.error;
    understand(this.#exchange, decision, this.#options);
    const counting = countingCandidates(this.#exchange, decision);
    if (localAnswer(this.#exchange, counting) !== undefined) {
      return {
        action: "answered",
        reason: "no candidate serves it: the gateway answers it itself",
      };
    }
    for (const endpoint of decision.candidates) {
      if (counting.candidates.includes(endpoint)) continue;
      this.#remove(endpoint, "cannot_count_tokens", `type ${endpoint.type} cannot count tokens`);
    }
    const first = this.#preview(counting.candidates, []);
    const rest = counting.candidates.filter((endpoint) => endpoint !== first.endpoint);
    const second = rest.length === 0 ? undefined : this.#preview(rest, [first.endpoint]).endpoint;
    return {
      balancer: { strategy: this.#options.balancer.strategy, sticky: first.sticky },
      winner: first.endpoint.name,
      runnerUp: second?.name,
      endpoints: this.#outcomes(first, second),
    };
  }

  /** A selection as the forwarding step makes it. */
  #preview(remaining: readonly Endpoint[], earlier: readonly Endpoint[]): SelectionPreview {
    const eligible = eligibleEndpoints(this.#exchange, remaining, this.#options);
    const context = selectionContext(this.#exchange.intent);
    return this.#options.balancer.previewSelection(eligible, context, earlier);
  }

  #outcomes(
    first: SelectionPreview | undefined,
    second: Endpoint | undefined,
  ): readonly EndpointOutcome[] {
    const scores = new Map(first?.scores.map((one) => [one.endpoint, one]));
    return this.#exchange.table.endpoints.map((endpoint) => {
      const { name, type, priority, slot } = endpoint;
      const score = scores.get(endpoint);
      if (first !== undefined && score === undefined && !this.#removed.has(endpoint)) {
        const detail = "another candidate needs no translation and is as good otherwise";
        this.#remove(endpoint, "needs_translation", detail);
      }
      // It may well be the runner-up: the rule that kept it back was about the winner.
      const removedBy = endpoint === second ? undefined : this.#removed.get(endpoint);
      return {
        name,
        type,
        priority,
        status: this.#options.conditions.status(slot),
        inFlight: this.#options.inFlight(endpoint),
        outcome: outcomeOf(endpoint, removedBy, first?.endpoint, second),
        removedBy,
        model: this.#modelFor(endpoint, removedBy),
        plan:
          removedBy === undefined ? planFor(this.#exchange, endpoint, this.#options) : undefined,
        score: score?.score,
        scoreDetail: score?.detail,
      };
    });
  }

  #modelFor(endpoint: Endpoint, removedBy: Removal | undefined): string | undefined {
    if (this.#decision.action === "rejected" || removedBy !== undefined) return undefined;
    return upstreamModelName(this.#decision, endpoint) ?? this.#exchange.intent.model;
  }

  #remove(endpoint: Endpoint, filter: RouteFilter, detail: string): void {
    const { conditions, keyOf, isFiltered, problemOf } = this.#options;
    const { intent, table } = this.#exchange;
    const model = intent.model ?? "";
    const alias = table.aliases.get(model.toLowerCase())?.name;
    const filtered =
      filter === "model_not_listed" && alias === undefined && isFiltered(endpoint, model);
    const status = conditions.status(endpoint.slot);
    // Who cannot be asked lists nothing, or what it once did: that is the reason to look at.
    const isDown = filter === "not_routable" || !isRoutableStatus(status);
    const problem = isDown ? problemOf(endpoint) : undefined;
    const word = filtered ? "its model filter leaves the model out" : detail;
    const told = isDown && filter !== "not_routable" ? `${word}; status is ${status}` : word;
    this.#removed.set(endpoint, {
      filter,
      detail: problem === undefined ? told : `${told}: ${problem}`,
      configKey: responsibleKey({
        filter,
        status,
        endpointKey: keyOf(endpoint),
        alias,
        isFiltered: filtered,
      }),
    });
  }
}

function outcomeOf(
  endpoint: Endpoint,
  removedBy: Removal | undefined,
  winner: Endpoint | undefined,
  runnerUp: Endpoint | undefined,
): EndpointOutcome["outcome"] {
  if (endpoint === winner) return "winner";
  if (endpoint === runnerUp) return "runner_up";
  return removedBy === undefined ? "candidate" : "removed";
}
