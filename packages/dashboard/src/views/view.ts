import type { Known } from "../live/merge.ts";
import type { Place } from "../router.ts";

/** What every view gets. */
export interface ViewProps {
  readonly known: Known;
  readonly place: Place;
  readonly go: (place: Place) => void;
}
