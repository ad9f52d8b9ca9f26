import { createHash, timingSafeEqual } from "node:crypto";

/** Whether an `Authorization` field shows the token; how long that takes tells nothing about it. */
export function showsToken(authorization: string | undefined, token: string): boolean {
  const shown = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
  return shown !== undefined && timingSafeEqual(digest(shown), digest(token));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
