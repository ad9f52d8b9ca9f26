const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Follows, character by character, how many brackets of a JSON text are open. */
export class JsonDepth {
  #open = 0;
  #isInText = false;
  #isEscaped = false;

  /** Brackets that are open; negative where more were closed than opened. */
  get open(): number {
    return this.#open;
  }

  /** @param code UTF-16 code of the next character */
  read(code: number): void {
    if (this.#isInText) this.#readInText(code);
    else if (code === QUOTE) this.#isInText = true;
    else if (isOpening(code)) this.#open += 1;
    else if (isClosing(code)) this.#open -= 1;
  }

  #readInText(code: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (code === BACKSLASH) this.#isEscaped = true;
    else if (code === QUOTE) this.#isInText = false;
  }
}

/** Whether a JSON text has more than `levels` brackets open at a time. */
export function isNestedDeeper(text: string, levels: number): boolean {
  if (!hasMoreOpenings(text, levels)) return false;
  const depth = new JsonDepth();
  for (let at = 0; at < text.length; at += 1) {
    depth.read(text.charCodeAt(at));
    if (depth.open > levels) return true;
  }
  return false;
}

/** Looks for brackets alone, which costs next to nothing for the many texts with few of them. */
function hasMoreOpenings(text: string, count: number): boolean {
  if (text.length <= count) return false;
  let left = count;
  for (const bracket of ["{", "["]) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      left -= 1;
      if (left < 0) return true;
    }
  }
  return false;
}

/** `{` or `[`. */
function isOpening(code: number): boolean {
  return code === 0x7b || code === 0x5b;
}

/** `}` or `]`. */
function isClosing(code: number): boolean {
  return code === 0x7d || code === 0x5d;
}
