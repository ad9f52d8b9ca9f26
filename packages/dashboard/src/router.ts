import { useEffect, useState } from "preact/hooks";

export const VIEW_NAMES = [
  "overview",
  "endpoints",
  "models",
  "requests",
  "limits",
  "configuration",
] as const;

export type ViewName = (typeof VIEW_NAMES)[number];

/** A page of the dashboard, and what is selected on it. */
export interface Place {
  readonly view: ViewName;
  /** Name of an endpoint, model or request; empty for none. */
  readonly selected: string;
}

const BASE = import.meta.env.BASE_URL;

/** The place that an address of this page stands for; the overview for unknown ones. */
export function placeOf({ pathname, hash }: { pathname: string; hash: string }): Place {
  const name = pathname.slice(BASE.length).replace(/\/$/, "");
  const view = VIEW_NAMES.find((known) => known === name) ?? "overview";
  return { view, selected: decode(hash.slice(1)) };
}

export function addressOf({ view, selected }: Place): string {
  const path = BASE + (view === "overview" ? "" : view);
  return selected === "" ? path : `${path}#${encodeURIComponent(selected)}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/** The place in the address bar, and a way to go elsewhere. */
export function usePlace(): readonly [Place, (place: Place) => void] {
  const [place, setPlace] = useState(() => placeOf(window.location));
  useEffect(() => {
    const read = (): void => setPlace(placeOf(window.location));
    window.addEventListener("popstate", read);
    return () => window.removeEventListener("popstate", read);
  }, []);
  const go = (next: Place): void => {
    window.history.pushState(undefined, "", addressOf(next));
    setPlace(next);
  };
  return [place, go];
}
