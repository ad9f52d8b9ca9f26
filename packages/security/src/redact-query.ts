/** Names of parameters whose values are credentials. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  "api_key",
  "token",
  "access_token",
  "key",
  "password",
  "secret",
  "auth",
]);

/**
 * A query for the log: values of `api_key`, `token`, `access_token`, `key`,
 * `password`, `secret` and `auth` become `[REDACTED]`, in any case and however
 * the name is percent-encoded. All else stays as sent.
 *
 * @param query with or without its `?`
 */
export function redactQuery(query: string): string {
  if (!query.includes("=")) return query;
  // `;` separates too: some servers read it so, and then it would hide a credential.
  return query
    .split(/([&;])/)
    .map(redactPair)
    .join("");
}

function redactPair(pair: string): string {
  const end = pair.indexOf("=");
  if (end === -1 || !SECRET_NAMES.has(plainName(pair.slice(0, end)))) return pair;
  return `${pair.slice(0, end)}=[REDACTED]`;
}

/** Decoded byte by byte, so that a malformed escape elsewhere does not hide the name. */
function plainName(name: string): string {
  return name
    .replace(/^\?/, "")
    .replaceAll(/%([\da-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    .replaceAll("+", " ")
    .trim()
    .toLowerCase();
}
