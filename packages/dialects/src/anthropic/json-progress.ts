import { JsonDepth } from "../json/json-depth.ts";

/** Tells from its fragments when the text of one JSON object is complete. */
export class JsonProgress {
  readonly #depth = new JsonDepth();
  #hasBegun = false;

  /** Whether as many brackets were closed as opened, and at least one. */
  get isComplete(): boolean {
    return this.#hasBegun && this.#depth.open <= 0;
  }

  read(fragment: string): void {
    for (let at = 0; at < fragment.length; at += 1) {
      this.#depth.read(fragment.charCodeAt(at));
      this.#hasBegun ||= this.#depth.open > 0;
    }
  }
}
