/** One piece of an expression, and where it stands. */
export interface Token {
  readonly kind: "number" | "text" | "name" | "sign" | "end";
  readonly text: string;
  readonly at: number;
}

/** Signs of two characters come first, so that none is read as two of one. */
const PIECE =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|"([^"\\]*)"|'([^'\\]*)'|([A-Za-z_]\w*)|(&&|\|\||==|!=|<=|>=|\?\?|[-+*/%()<>!?:,]))/y;

/**
 * Takes an expression apart.
 *
 * @throws SyntaxError at a character that belongs to none
 */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const end = text.trimEnd().length;
  while (at < end) {
    PIECE.lastIndex = at;
    const found = PIECE.exec(text);
    if (found === null) throw new SyntaxError(`unexpected "${text.slice(at).trim().slice(0, 10)}"`);
    tokens.push(toToken(found, at));
    at = PIECE.lastIndex;
  }
  return [...tokens, { kind: "end", text: "the end", at: end }];
}

function toToken([, number, double, single, name, sign]: RegExpExecArray, at: number): Token {
  if (number !== undefined) return { kind: "number", text: number, at };
  if (name !== undefined) return { kind: "name", text: name, at };
  if (sign !== undefined) return { kind: "sign", text: sign, at };
  return { kind: "text", text: double ?? single ?? "", at };
}
