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

/** The client's own id when it is printable and at most 128 characters, else `word-word-hhhh`. */
export function requestIdOf(sent: string | undefined, random: RandomSource): string {
  if (sent !== undefined && ACCEPTED.test(sent)) return sent;
  const draw = Math.trunc(random() * 0x1_0000_0000) >>> 0;
  const first = FIRST[draw % FIRST.length] ?? "";
  const second = SECOND[Math.trunc(draw / FIRST.length) % SECOND.length] ?? "";
  const number = (draw >>> 16).toString(16).padStart(4, "0");
  return `${first}-${second}-${number}`;
}
