/** Characters of a method and of a field name (RFC 9110 section 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Names that were found good: the same few come again and again. */
const knownNames = new Set<string>();
const MAX_KNOWN_NAMES = 500;

/** Whether a text may be a method. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether a text may be the name of a field. */
export function isFieldName(name: string): boolean {
  if (knownNames.has(name)) return true;
  if (!TOKEN.test(name)) return false;
  if (knownNames.size < MAX_KNOWN_NAMES) knownNames.add(name);
  return true;
}
