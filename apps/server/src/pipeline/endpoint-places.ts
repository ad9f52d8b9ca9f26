import {
  ProxyError,
  type Cancellation,
  type Endpoint,
  type SharedLeases,
  type SharedSignal,
} from "@olla-ts/core";
import type { Clock } from "@olla-ts/core/ports";

/** Lets so many requests at a time to an endpoint; the others go elsewhere or wait in turn. */
export interface EndpointPlaces {
  /** Those of the endpoints that have room, in the same order. */
  withRoom(endpoints: readonly Endpoint[]): readonly Endpoint[];
  /**
   * Waits until one of the endpoints has room; undefined when one has it now. What it
   * gives keeps the room: dispose it right before the request is sent.
   *
   * The promise rejects with a ProxyError: `overloaded` when too many wait already or
   * for too long, `client_aborted` when the client leaves.
   */
  enter(
    endpoints: readonly Endpoint[],
    cancellation: Cancellation,
  ): Promise<Disposable> | undefined;
  /** To be told when an endpoint may have room again. */
  vacated(): void;
}

export interface EndpointPlacesOptions {
  /** Most requests at a time; 0 is no limit. */
  readonly limitOf: (endpoint: Endpoint) => number;
  /** Requests that the endpoint is serving now. */
  readonly inFlight: (endpoint: Endpoint) => number;
  /** Places that are kept for somebody, in every thread. */
  readonly kept: SharedLeases;
  readonly clock: Clock;
  /** Those who wait in any thread, in row 0. */
  readonly waitingRoom: SharedLeases;
  /** Requests that may wait, over all endpoints and threads. */
  readonly maxWaiting: () => number;
  /** Longest wait, in milliseconds. */
  readonly waitMsOf: (endpoints: readonly Endpoint[]) => number;
  /** Given when an endpoint may have room again because of another thread. Default: there is none. */
  readonly vacancies?: SharedSignal | undefined;
}

interface Waiting {
  readonly endpoints: readonly Endpoint[];
  readonly admit: (place: Disposable) => void;
}

/** Shorter lists are looked through sooner than looked up. */
const WORTH_NOTING = 8;
/** Seconds after which a client that was refused may come back. */
const RETRY_AFTER_SECONDS = 1;

export function createEndpointPlaces({
  limitOf,
  inFlight,
  kept,
  waitingRoom,
  clock,
  maxWaiting,
  waitMsOf,
  vacancies,
}: EndpointPlacesOptions): EndpointPlaces {
  let isWatching = false;
  const waiting = new Set<Waiting>();
  /** Lists of candidates none of which has a limit; a list is made anew when that may change. */
  const unlimited = new WeakSet<readonly Endpoint[]>();

  function hasRoom(endpoint: Endpoint): boolean {
    const limit = limitOf(endpoint);
    return limit === 0 || inFlight(endpoint) + kept.count(endpoint.slot) < limit;
  }

  function keep({ slot }: Endpoint): Disposable {
    kept.take(slot, Infinity);
    let isKept = true;
    return {
      [Symbol.dispose]() {
        if (!isKept) return;
        isKept = false;
        kept.give(slot);
      },
    };
  }

  function wait(endpoints: readonly Endpoint[], cancellation: Cancellation): Promise<Disposable> {
    const { promise, resolve, reject } = Promise.withResolvers<Disposable>();
    const waitMs = waitMsOf(endpoints);
    const one: Waiting = {
      endpoints,
      admit(place) {
        leave();
        resolve(place);
      },
    };
    const timer = clock.schedule(() => {
      leave();
      reject(overloaded(`No backend had room for this request within ${waitMs} ms.`));
    }, waitMs);
    const clientLeft = (): void => {
      leave();
      reject(new ProxyError("client_aborted", "The client left."));
    };
    function leave(): void {
      if (!waiting.delete(one)) return;
      waitingRoom.give(0);
      timer[Symbol.dispose]();
      cancellation.forget(clientLeft);
    }
    waiting.add(one);
    cancellation.listen(clientLeft);
    if (vacancies !== undefined) void watch(vacancies);
    return promise;
  }

  function admitWaiting(): void {
    for (const one of waiting) {
      const free = one.endpoints.find((endpoint) => hasRoom(endpoint));
      if (free !== undefined) one.admit(keep(free));
    }
  }

  /** For as long as somebody waits, looks for room that other threads make. */
  async function watch(signal: SharedSignal): Promise<void> {
    if (isWatching) return;
    isWatching = true;
    while (waiting.size > 0) {
      const moment = signal.moment();
      admitWaiting();
      if (waiting.size > 0) await signal.given(moment);
    }
    isWatching = false;
  }

  return {
    withRoom(endpoints) {
      if (unlimited.has(endpoints)) return endpoints;
      if (endpoints.every((endpoint) => limitOf(endpoint) === 0)) {
        if (endpoints.length >= WORTH_NOTING) unlimited.add(endpoints);
        return endpoints;
      }
      return endpoints.every((endpoint) => hasRoom(endpoint))
        ? endpoints
        : endpoints.filter((endpoint) => hasRoom(endpoint));
    },
    enter(endpoints, cancellation) {
      if (endpoints.some((endpoint) => hasRoom(endpoint))) return undefined;
      if (!waitingRoom.take(0, maxWaiting())) {
        return Promise.reject(overloaded("Too many requests wait for the backends already."));
      }
      return wait(endpoints, cancellation);
    },
    vacated: admitWaiting,
  };
}

/** Refusal of a request that no backend has room for. */
export function overloaded(message: string): ProxyError {
  return new ProxyError("overloaded", `${message} Try again later.`, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}
