import { createHash } from "node:crypto";

/** Fields that tell of the moment of the answer, not of a change. */
const MOMENTARY: ReadonlySet<string> = new Set([
  "timestamp",
  "uptime",
  "last_check",
  "next_check",
  "health_check",
  "health_check_at",
  "next_check_at",
  "response_time",
  "last_updated",
  "last_model_sync",
  "last_model_sync_at",
  "last_seen",
  "last_seen_at",
]);

/** Longest `If-None-Match` that is looked at, in characters. */
const MAX_CONDITION = 1_024;

/** Weak validator of a document: equal as long as nothing changed but the time. */
export function documentTag(document: object): string {
  const lasting = JSON.stringify(document, (key, value: unknown) =>
    // They are all texts; a family of models may be called the same.
    MOMENTARY.has(key) && typeof value === "string" ? undefined : value,
  );
  const digest = createHash("sha256").update(lasting).digest();
  return `W/"${digest.readBigUInt64BE(0).toString(36)}"`;
}

/**
 * Whether the client has this version already. Compares weakly, as RFC 9110 asks of `If-None-Match`.
 *
 * @param condition the header's value
 */
export function matchesTag(condition: string | undefined, tag: string): boolean {
  if (condition === undefined || condition.length > MAX_CONDITION) return false;
  if (condition.trim() === "*") return true;
  const opaque = withoutWeakness(tag);
  return condition.split(",").some((one) => withoutWeakness(one.trim()) === opaque);
}

function withoutWeakness(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}
