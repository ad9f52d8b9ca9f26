import type { RandomSource } from "@olla-ts/core/ports";

const FIRST = [
  "amber",
  "brisk",
  "calm",
  "clear",
  "dawn",
  "early",
  "fleet",
  "gentle",
  "keen",
  "lucid",
  "mellow",
  "nimble",
  "quiet",
  "swift",
  "vivid",
];
const SECOND = [
  "badger",
  "beacon",
  "cedar",
  "comet",
  "falcon",
  "harbor",
  "heron",
  "lynx",
  "maple",
  "otter",
  "pine",
  "raven",
  "river",
  "summit",
  "willow",
];

const ACCEPTED = /^[\x21-\x7e]{1,128}$/;

/** The client's own id when it is printable and at most 128 characters, else `word-word-hhhhhhhh`. */
export function requestIdOf(sent: string | undefined, random: RandomSource): string {
  if (sent !== undefined && ACCEPTED.test(sent)) return sent;
  const pair = Math.trunc(random() * FIRST.length * SECOND.length);
  const first = FIRST[pair % FIRST.length] ?? "";
  const second = SECOND[Math.trunc(pair / FIRST.length)] ?? "";
  const number = Math.trunc(random() * 0x1_0000_0000);
  return `${first}-${second}-${number.toString(16).padStart(8, "0")}`;
}
