import { ProxyError } from "@olla-ts/core";
import type { EndpointSpec } from "@olla-ts/core/ports";

/** What operators changed since the start, beside what the file says. */
export interface EndpointChanges {
  readonly added: readonly EndpointSpec[];
  /** Names of endpoints that the file has. */
  readonly removed: ReadonlySet<string>;
  /** Names of endpoints that get no further requests. */
  readonly draining: ReadonlySet<string>;
}

export const NO_CHANGES: EndpointChanges = {
  added: [],
  removed: new Set(),
  draining: new Set(),
};

/** The endpoints of the file with the changes; the file wins where it has come to name an added one. */
export function withChanges(
  ofFile: readonly EndpointSpec[],
  { added, removed }: EndpointChanges,
): readonly EndpointSpec[] {
  const kept = ofFile.filter(({ name }) => !removed.has(name));
  const further = added.filter((spec) => !kept.some((one) => isSame(one, spec)));
  return [...kept, ...further];
}

/** One step from changes to changes, or the reason why it cannot be made. */
export type Alteration = (
  changes: EndpointChanges,
  ofFile: readonly EndpointSpec[],
) => EndpointChanges;

/** @throws ProxyError (of the step) when another endpoint has the name or the address */
export function addition(spec: EndpointSpec): Alteration {
  return (changes, ofFile) => {
    const taken = withChanges(ofFile, changes).find((one) => isSame(one, spec));
    if (taken !== undefined) {
      const what = taken.name === spec.name ? "this name" : "this address";
      throw new ProxyError(
        "invalid_request",
        `The endpoint "${taken.name}" has ${what} already. Remove it first, or choose another.`,
        { status: 409 },
      );
    }
    return { ...changes, added: [...changes.added, spec] };
  };
}

/** @throws ProxyError (of the step) when there is none of that name */
export function removal(name: string): Alteration {
  return (changes, ofFile) => {
    requireKnown(name, changes, ofFile);
    const { added, removed, draining } = changes;
    const isOfFile = ofFile.some((one) => one.name === name);
    return {
      added: added.filter((one) => one.name !== name),
      removed: isOfFile ? new Set([...removed, name]) : removed,
      draining: without(draining, name),
    };
  };
}

/** @throws ProxyError (of the step) when there is none of that name */
export function drainage(name: string, isDraining: boolean): Alteration {
  return (changes, ofFile) => {
    requireKnown(name, changes, ofFile);
    const others = without(changes.draining, name);
    return { ...changes, draining: isDraining ? new Set([...others, name]) : others };
  };
}

function isSame(one: EndpointSpec, other: EndpointSpec): boolean {
  return one.name === other.name || one.url === other.url;
}

function without(names: ReadonlySet<string>, name: string): ReadonlySet<string> {
  return new Set([...names].filter((one) => one !== name));
}

function requireKnown(
  name: string,
  changes: EndpointChanges,
  ofFile: readonly EndpointSpec[],
): void {
  const known = withChanges(ofFile, changes).map((one) => one.name);
  if (known.includes(name)) return;
  throw new ProxyError(
    "invalid_request",
    `There is no endpoint "${name}". There are: ${known.slice(0, 20).join(", ")}.`,
    { status: 404 },
  );
}
