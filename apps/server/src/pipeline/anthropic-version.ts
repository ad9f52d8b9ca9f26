import type { HeaderList } from "@olla-ts/core";

const NAME = "anthropic-version";

/** The version of the API that the gateway itself speaks. */
const VERSION = "2023-06-01";

/** The fields with the version that the Anthropic API demands of every request, unless they name one. */
export function withAnthropicVersion(fields: HeaderList): HeaderList {
  const isNamed = fields.some((name, index) => index % 2 === 0 && name.toLowerCase() === NAME);
  return isNamed ? fields : [...fields, NAME, VERSION];
}
