import { CounterGrid, type SharedState } from "@olla-ts/core";
import type { RequestOutcome } from "@olla-ts/core/ports";

import { ClientSightings } from "./client-sightings.ts";
import { type ModelAtEndpoint, ModelEndpointRows } from "./model-endpoint-rows.ts";
import type { OutcomeClass } from "./outcome-class.ts";
import type { TableSnapshot } from "./table-snapshot.ts";

/** Who asks for a model, and what routing found for it. */
export interface ModelUsage {
  /** Distinct client addresses. */
  readonly uniqueClients: number;
  readonly routing: {
    /** Sent to an endpoint that lists it. */
    readonly hits: number;
    /** Refused, since no endpoint that lists it could take the request. */
    readonly misses: number;
    /** Sent to an endpoint that does not list it. */
    readonly fallbacks: number;
  };
}

export interface ModelUsageOptions {
  readonly shared: SharedState;
  /** Model slots that have figures of their own. */
  readonly modelCapacity: number;
}

/** Pairs of model and client that are told apart; 32 bytes each. */
const CLIENTS = 16_384;
/** Pairs of model and endpoint that have figures of their own. */
const PAIRS = 8_192;

const COLUMN = { clients: 0, hits: 1, misses: 2, fallbacks: 3 } as const;
const COLUMNS = Object.keys(COLUMN).length;

/** Counts who asks for which model and where it was served, over memory that all threads share. */
export class ModelUsageRows {
  readonly #capacity: number;
  readonly #counters: CounterGrid;
  readonly #clients: ClientSightings;
  readonly #pairs: ModelEndpointRows;

  constructor({ shared, modelCapacity }: ModelUsageOptions) {
    this.#capacity = modelCapacity;
    this.#counters = new CounterGrid(shared, "stats.models.usage", modelCapacity, COLUMNS);
    this.#clients = new ClientSightings({
      shared,
      name: "stats.models.clients",
      capacity: CLIENTS,
    });
    this.#pairs = new ModelEndpointRows({ shared, capacity: PAIRS });
  }

  /** @param wallTime milliseconds since 1970 */
  record(outcome: RequestOutcome, result: OutcomeClass, wallTime: number): void {
    const { model, endpoint, missedModel, client } = outcome;
    if (missedModel !== undefined && missedModel.slot < this.#capacity) {
      this.#counters.add(missedModel.slot, COLUMN.misses);
    }
    if (model === undefined || endpoint === undefined) return;
    this.#pairs.record(model.slot, endpoint.slot, result, outcome.durationMs, wallTime);
    if (model.slot >= this.#capacity) return;
    this.#counters.add(model.slot, outcome.fallback ? COLUMN.fallbacks : COLUMN.hits);
    if (client !== "" && this.#clients.see(`${model.name} ${client}`, wallTime)) {
      this.#counters.add(model.slot, COLUMN.clients);
    }
  }

  read(slot: number): ModelUsage {
    const read = (column: number): number =>
      slot < this.#capacity ? this.#counters.read(slot, column) : 0;
    return {
      uniqueClients: read(COLUMN.clients),
      routing: {
        hits: read(COLUMN.hits),
        misses: read(COLUMN.misses),
        fallbacks: read(COLUMN.fallbacks),
      },
    };
  }

  /** Undefined when the endpoint never served the model. */
  at(modelSlot: number, endpointSlot: number): ModelAtEndpoint | undefined {
    return this.#pairs.read(modelSlot, endpointSlot);
  }

  /** How full the structures of fixed size are. */
  tables(): readonly TableSnapshot[] {
    return [
      { name: "model_clients", entries: this.#clients.size(), capacity: this.#clients.capacity },
      { name: "model_endpoints", entries: this.#pairs.size(), capacity: this.#pairs.capacity },
    ];
  }

  forgetModel(slot: number): void {
    if (slot < this.#capacity) this.#counters.clear(slot);
    this.#pairs.forgetModel(slot);
  }

  forgetEndpoint(slot: number): void {
    this.#pairs.forgetEndpoint(slot);
  }
}
