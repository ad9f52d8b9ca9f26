import { KeyedTable, type SharedState } from "@olla-ts/core";
import type { Clock, RateDecision, RateLimiter } from "@olla-ts/core/ports";

import { maskIp } from "./cidr.ts";
import { spend, type Allowance, type Spending } from "./gcra.ts";
import { formatIp, parseIp } from "./ip-address.ts";

const MINUTE_MS = 60_000;
/** Seconds to wait after a global refusal: others may take whatever is freed earlier. */
const GLOBAL_RETRY_SECONDS = 60;
const GLOBAL_KEY = "";

export interface RateLimiterOptions {
  /** Holds the arrival times; every thread that shares it counts together. */
  readonly shared: SharedState;
  /** Sets the memory of this limiter apart from that of others. Default `rate`. */
  readonly name?: string;
  /** `now` has to count from the same zero in every thread that shares the state. */
  readonly clock: Clock;
  /** Requests per minute of one client address; 0 or less: no limit per client. */
  readonly perClientPerMinute: number;
  /** Requests per minute in all; 0 or less: no limit in all. */
  readonly globalPerMinute: number;
  /** Requests that may come at once, for either limit; 0 or less refuses every request of a limit that is on. */
  readonly burst: number;
  /** Clients kept track of at a time, 32 bytes each. Default 65,536. */
  readonly maxClients?: number;
  /** Milliseconds without a request after which `sweep` forgets a client. Default 600,000. */
  readonly idleMs?: number;
  /**
   * Leading bits of an IPv6 address that make a client: a site has a whole /64 to
   * send from (RFC 6177, RFC 7421). Default 64; 128 takes each address for itself.
   */
  readonly ipv6PrefixBits?: number;
}

/** A limiter whose memory can be tidied. */
export interface SharedRateLimiter extends RateLimiter {
  /**
   * Forgets clients that are idle and whose allowance is whole again, so that it
   * gives nothing away. Visits the whole table: call it from a timer.
   *
   * @returns how many were forgotten
   */
  sweep(): number;
}

const UNLIMITED: RateDecision = {
  allowed: true,
  limit: 0,
  remaining: 0,
  resetSeconds: 0,
  retryAfterSeconds: 0,
  refusedBy: undefined,
};

/**
 * Limits the requests of each client and of all together, by the generic cell
 * rate algorithm: one arrival time per client, in shared memory of fixed size.
 *
 * A request costs both limits or none: a client that is refused takes nothing
 * from the others, and a global refusal takes nothing from the client. When more
 * clients come than there is room for, the least recent of 16 neighbours is forgotten.
 */
export function createRateLimiter({
  shared,
  name = "rate",
  clock,
  perClientPerMinute,
  globalPerMinute,
  burst,
  maxClients = 65_536,
  idleMs = 600_000,
  ipv6PrefixBits = 64,
}: RateLimiterOptions): SharedRateLimiter {
  const perClient = allowanceOf(perClientPerMinute, burst);
  const overall = allowanceOf(globalPerMinute, burst);
  const clients = new KeyedTable(shared, `${name}.clients`, maxClients);
  const total = new KeyedTable(shared, `${name}.global`, 1);
  const limit = Math.max(0, perClientPerMinute);

  // The time is read while the entry is held: a thread that was held up between the two would
  // charge a request as if it had come before those that another thread has charged meanwhile.
  function spendOverall(): Spending | undefined {
    if (overall === undefined) return undefined;
    let spending: Spending | undefined;
    total.update(GLOBAL_KEY, clock.now(), (entry) => {
      const now = clock.now();
      spending = spend(overall, entry.found ? entry.quantity : now, now);
      entry.quantity = spending.arrivalMs;
      return "keep";
    });
    return spending;
  }

  function checkClient(allowance: Allowance, address: string): RateDecision {
    let decision = UNLIMITED;
    clients.update(clientKey(address, ipv6PrefixBits), clock.now(), (entry) => {
      const now = clock.now();
      const own = spend(allowance, entry.found ? entry.quantity : now, now);
      // Asked while this client is held, so that both limits are charged or neither.
      const all = own.allowed ? spendOverall() : undefined;
      decision = decide(limit, own, all);
      if (decision.allowed) entry.quantity = own.arrivalMs;
      return decision.allowed || entry.found ? "keep" : "remove";
    });
    return decision;
  }

  return {
    check(clientAddress: string): RateDecision {
      if (perClient !== undefined) return checkClient(perClient, clientAddress);
      return decide(limit, undefined, spendOverall());
    },

    sweep(): number {
      const now = clock.now();
      return clients.sweep(
        (_unused, arrivalMs, touchedAt) => now - touchedAt >= idleMs && arrivalMs <= now,
      );
    },
  };
}

function allowanceOf(perMinute: number, burst: number): Allowance | undefined {
  if (perMinute <= 0) return undefined;
  return { intervalMs: MINUTE_MS / perMinute, burst: Math.max(0, burst) };
}

/** One verdict of both limits; undefined stands for a limit that is off, or was not asked. */
function decide(limit: number, own: Spending | undefined, all: Spending | undefined): RateDecision {
  const asked = [own, all].filter((spending) => spending !== undefined);
  if (asked.length === 0) return UNLIMITED;
  const verdict = {
    limit,
    remaining: Math.min(...asked.map(({ remaining }) => remaining)),
    resetSeconds: Math.max(...asked.map(({ resetSeconds }) => resetSeconds)),
  };
  if (own?.allowed === false) {
    const { retryAfterSeconds } = own;
    return { ...verdict, allowed: false, retryAfterSeconds, refusedBy: "client" };
  }
  if (all?.allowed === false) {
    const retryAfterSeconds = GLOBAL_RETRY_SECONDS;
    return { ...verdict, allowed: false, retryAfterSeconds, refusedBy: "global" };
  }
  return { ...verdict, allowed: true, retryAfterSeconds: 0, refusedBy: undefined };
}

/** IPv4 addresses one by one, IPv6 addresses by prefix. */
function clientKey(address: string, ipv6PrefixBits: number): string {
  if (!address.includes(":")) return address;
  const bytes = parseIp(address);
  if (bytes === undefined) return address;
  return formatIp(bytes.length === 16 ? maskIp(bytes, ipv6PrefixBits) : bytes);
}
