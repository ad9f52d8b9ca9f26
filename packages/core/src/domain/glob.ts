/**
 * Whether a text is one that a pattern stands for: `*` is any text, `?` one character.
 * Both have to be of the same case already.
 *
 * Matches with one point of return, the last `*`, so that no pattern and no name,
 * however long, costs more than their lengths multiplied. A regular expression
 * would try every way to share the text out among the stars.
 */
export function matchesGlob(glob: string, text: string): boolean {
  let atGlob = 0;
  let atText = 0;
  let lastStar = -1;
  let resumeAt = 0;
  while (atText < text.length) {
    const expected = glob[atGlob];
    if (expected === "*") {
      lastStar = atGlob;
      atGlob += 1;
      resumeAt = atText;
    } else if (expected === "?" || (expected !== undefined && expected === text[atText])) {
      atGlob += 1;
      atText += 1;
    } else if (lastStar !== -1) {
      resumeAt += 1;
      atText = resumeAt;
      atGlob = lastStar + 1;
    } else {
      return false;
    }
  }
  while (glob[atGlob] === "*") atGlob += 1;
  return atGlob === glob.length;
}
