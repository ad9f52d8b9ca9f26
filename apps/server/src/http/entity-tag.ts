/**
 * Whether an `If-None-Match` names this tag. Compares weakly, as RFC 9110 asks of it.
 *
 * @param condition the header's value
 */
export function matchesTag(condition: string, tag: string): boolean {
  if (condition.trim() === "*") return true;
  const opaque = withoutWeakness(tag);
  return condition.split(",").some((one) => withoutWeakness(one.trim()) === opaque);
}

function withoutWeakness(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}
