import { ProxyError } from "@olla-ts/core";

import type { Fields } from "../json/fields.ts";

/**
 * A well-formed request that backends of this dialect may serve as it is, and
 * that cannot be said in any other: a file by its id, a tool that runs at Anthropic.
 */
export class UntranslatableError extends ProxyError {
  /** Path of what cannot be said, from the body's root. */
  readonly field: string;

  constructor(field: string, must: string) {
    super("invalid_request", `${field}: ${must}`);
    this.field = field;
  }
}

/** @throws UntranslatableError always */
export function refuseToTranslate(fields: Fields, key: string, must: string): never {
  throw new UntranslatableError(fields.pathOf(key), must);
}
