const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Tells from its fragments when the text of one JSON object is complete. */
export class JsonProgress {
  #depth = 0;
  #isInText = false;
  #isEscaped = false;
  #isComplete = false;

  /** Whether as many brackets were closed as opened, and at least one. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  read(fragment: string): void {
    for (let index = 0; index < fragment.length; index += 1) {
      const code = fragment.charCodeAt(index);
      if (this.#isEscaped) this.#isEscaped = false;
      else if (this.#isInText) this.#readInText(code);
      else if (code === QUOTE) this.#isInText = true;
      else this.#readBracket(code);
    }
  }

  #readInText(code: number): void {
    if (code === BACKSLASH) this.#isEscaped = true;
    else if (code === QUOTE) this.#isInText = false;
  }

  #readBracket(code: number): void {
    // `{` and `[`, `}` and `]`.
    if (code === 0x7b || code === 0x5b) this.#depth += 1;
    else if (code === 0x7d || code === 0x5d) {
      this.#depth -= 1;
      this.#isComplete = this.#depth <= 0;
    }
  }
}
