import { connectionNominated, type HeaderList, isHopByHop } from "@olla-ts/core";

/**
 * Response fields without those that end at this connection (RFC 9110 §7.6.1).
 *
 * @param raw what undici gives for `responseHeaders: "raw"`: name, value, name, value, …
 */
export function endToEndHeaders(raw: unknown): HeaderList {
  const received = Array.isArray(raw) ? raw.map(String) : [];
  const nominated = connectionNominated(received);
  const kept: string[] = [];
  for (let index = 0; index + 1 < received.length; index += 2) {
    const name = received[index] ?? "";
    const lower = name.toLowerCase();
    if (isHopByHop(lower) || nominated?.has(lower) === true) continue;
    kept.push(name, received[index + 1] ?? "");
  }
  return kept;
}

/** Trailer fields as a list. undici has their names in lower case. */
export function trailerList(
  trailers: Readonly<Record<string, string | readonly string[]>>,
): HeaderList {
  return Object.entries(trailers).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => [name, value]),
  );
}
