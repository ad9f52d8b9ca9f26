import { builtInProfiles } from "./built-in-profiles.ts";

/** A port where a server of some kind listens unless told otherwise. */
export interface WellKnownPort {
  readonly port: number;
  /** Canonical type; several types may share a port. */
  readonly type: string;
}

/** Default ports of the built-in profiles, for finding backends on one host; by port, then type. */
export function wellKnownPorts(): readonly WellKnownPort[] {
  return [...builtInProfiles().values()]
    .flatMap(({ type, defaultPorts }) => defaultPorts.map((port) => ({ port, type })))
    .toSorted((a, b) => a.port - b.port || (a.type < b.type ? -1 : 1));
}
