import { isDeepStrictEqual } from "node:util";

import type { Endpoint } from "@olla-ts/core";
import type { AttemptObserver, Logger, ProxyEngine } from "@olla-ts/core/ports";

import {
  type ControlLink,
  createDataPlane,
  type DataPlane,
  type DataPlaneOptions,
  type LocalParts,
  type LocalRoutes,
  type PlaneSetup,
} from "./compose-data-plane.ts";
import { createEngine } from "./compose-engine.ts";
import type { Foundation } from "./compose-foundation.ts";
import { composePlaces } from "./compose-places.ts";
import type { ConfigFile } from "./config/schema.ts";

export interface ServingParts<Setup extends PlaneSetup, Local extends LocalRoutes> extends Pick<
  DataPlaneOptions<Local>,
  "watch" | "tracing"
> {
  readonly foundation: Foundation;
  readonly control: ControlLink;
  readonly log: Logger;
  /** Answers what is not forwarded, under one configuration. */
  readonly createLocal: (setup: Setup, parts: LocalParts) => Local;
}

/** A configuration that is ready to take the place of the one in force. Do one of both. */
export interface Replacement {
  /**
   * Puts it in force.
   *
   * @param left endpoints that the former one had and this one has not
   * @returns resolves when the last request under a former configuration has ended
   */
  readonly commit: (left: readonly Endpoint[]) => Promise<void>;
  readonly discard: () => void;
}

/** Everything that one thread serves requests with, whatever the configuration becomes. */
export interface Serving<
  Setup extends PlaneSetup,
  Local extends LocalRoutes = LocalRoutes,
> extends AsyncDisposable {
  readonly plane: () => DataPlane<Local>;
  readonly engine: () => ProxyEngine;
  readonly prepare: (setup: Setup) => Replacement;
}

/** Configuration in force, and what serves under it. */
interface Running<Local extends LocalRoutes> {
  readonly config: ConfigFile;
  readonly engine: ProxyEngine;
  readonly plane: DataPlane<Local>;
}

export function createServing<Setup extends PlaneSetup, Local extends LocalRoutes>(
  setup: Setup,
  { foundation, control, log, createLocal, watch, tracing }: ServingParts<Setup, Local>,
): Serving<Setup, Local> {
  const { states, clock, answeredAt, keptPlaces, waitingRoom, vacancies } = foundation;
  const places = composePlaces({
    proxy: () => current.config.proxy,
    clock,
    inFlight: ({ slot }) => states.inFlight(slot),
    profileOf: ({ type }) => control.table().profiles.get(type),
    keptPlaces,
    waitingRoom,
    vacancies,
  });
  const observer: AttemptObserver = {
    attemptStarted: ({ slot }) => states.acquire(slot),
    attemptEnded: (endpoint, { error, status }) => {
      const { slot } = endpoint;
      states.release(slot);
      places.vacated();
      vacancies?.give();
      if (error?.failure.takesOut === true) control.reportFailure(endpoint, error.code);
      else if (status !== undefined) answeredAt[slot] = clock.wallTime();
    },
  };

  function run(next: Setup, former?: Running<Local>): Running<Local> {
    const { config } = next;
    const engine =
      former !== undefined && isDeepStrictEqual(config.proxy, former.config.proxy)
        ? former.engine
        : createEngine(config.proxy, {
            ...foundation,
            observer,
            headersFor: control.headersFor,
          });
    const plane = createDataPlane(next, {
      foundation,
      control,
      engine,
      places,
      log,
      watch,
      tracing,
      createLocal: (parts) => createLocal(next, parts),
    });
    return { config, engine, plane };
  }

  let current = run(setup);
  /** Settles once every configuration that was replaced has ended its last request. */
  let retired = Promise.resolve();

  return {
    plane: () => current.plane,
    engine: () => current.engine,
    prepare(next) {
      const former = current;
      const replacement = run(next, former);
      const isNewEngine = replacement.engine !== former.engine;
      return {
        commit(left) {
          current = replacement;
          for (const endpoint of left) current.engine.removeEndpoint(endpoint);
          retired = retire(former, isNewEngine ? former.engine : undefined, retired);
          return retired;
        },
        discard() {
          void replacement.plane[Symbol.asyncDispose]();
          if (isNewEngine) void replacement.engine[Symbol.asyncDispose]();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await current.plane[Symbol.asyncDispose]();
      await current.engine[Symbol.asyncDispose]();
      await retired;
    },
  };
}

/** Ends what served under a configuration, once nothing does any more. */
async function retire(
  { plane }: Pick<Running<LocalRoutes>, "plane">,
  engine: ProxyEngine | undefined,
  earlier: Promise<void>,
): Promise<void> {
  await Promise.all([earlier, plane.running.idle()]);
  await plane[Symbol.asyncDispose]();
  await engine?.[Symbol.asyncDispose]();
}
