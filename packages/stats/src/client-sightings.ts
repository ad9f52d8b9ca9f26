import { type KeyedEntry, KeyedTable, type SharedState } from "@olla-ts/core";

export interface ClientSightingsOptions {
  /** Memory of the sightings; the same in every thread that counts. */
  readonly shared: SharedState;
  /** Region of that memory. */
  readonly name: string;
  /** Most clients kept; beyond, the one seen longest ago is forgotten and counts as new when it returns. */
  readonly capacity: number;
}

/** Which clients were seen, by a hash of their address; exact across threads up to its capacity. */
export class ClientSightings {
  readonly #table: KeyedTable;
  #isNew = false;

  constructor({ shared, name, capacity }: ClientSightingsOptions) {
    this.#table = new KeyedTable(shared, name, capacity);
  }

  /** Clients held at most. */
  get capacity(): number {
    return this.#table.capacity;
  }

  /** Clients held now. */
  size(): number {
    return this.#table.size();
  }

  /**
   * Notes that the client was here, and tells whether for the first time.
   *
   * @param now in the clock of `forgetBefore`
   */
  see(client: string, now: number): boolean {
    this.#table.update(client, now, this.#note);
    return this.#isNew;
  }

  /** Forgets those not seen since `time`. Visits the whole table: not for the request path. */
  forgetBefore(time: number): void {
    this.#table.sweep((_number, _quantity, touchedAt) => touchedAt < time);
  }

  readonly #note = ({ found }: KeyedEntry): "keep" => {
    this.#isNew = !found;
    return "keep";
  };
}
