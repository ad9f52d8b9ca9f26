import { headerValue, type HeaderList } from "@olla-ts/core";

import type { Translation } from "./translation.ts";

/** Fields about the bytes of a body. */
const OF_THE_BODY: ReadonlySet<string> = new Set([
  "content-encoding",
  "content-length",
  "content-type",
  "transfer-encoding",
]);

/** When the client may ask again. */
const RETRY_FIELDS = ["Retry-After", "Retry-After-Ms"];

/** Fields for an answer whose body is written anew. */
export function withoutBodyFields(fields: HeaderList): string[] {
  return fields.flatMap((name, index) =>
    index % 2 === 1 || OF_THE_BODY.has(name.toLowerCase()) ? [] : [name, fields[index + 1] ?? ""],
  );
}

/** What a backend's fields tell of limits and waiting, for an answer in the client's dialect. */
export function limitFields(headers: HeaderList, translation: Translation): string[] {
  const retry = RETRY_FIELDS.flatMap((name) => {
    const value = headerValue(headers, name.toLowerCase());
    return value === undefined ? [] : [name, value];
  });
  return [...retry, ...translation.rateLimits(headers)];
}
