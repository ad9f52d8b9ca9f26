/** What stands for all values beyond the cap. */
const OTHER = "other";

/**
 * Bounds the number of values of a label: the first `limit` distinct values pass,
 * every later one becomes `other`. Make one per scrape to begin anew; a series
 * then keeps its label as long as the values come in the same order.
 *
 * @param limit distinct values that pass, `other` not counted
 */
export function capLabels(limit: number): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    if (seen.has(value)) return value;
    if (seen.size >= limit) return OTHER;
    seen.add(value);
    return value;
  };
}
