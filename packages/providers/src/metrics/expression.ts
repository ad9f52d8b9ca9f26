import { type Token, tokenize } from "./tokens.ts";

/** What expressions reckon with; null stands for a field that an answer does not have. */
export type Scalar = number | string | boolean | null;

/** Fields of one answer by name. */
export type Fields = ReadonlyMap<string, Scalar>;

/** Works a compiled expression out; null when a field it needs is missing or of another kind. */
export type Expression = (fields: Fields) => Scalar;

/** Longest expression in characters, and deepest in parts inside each other. */
const MAX_LENGTH = 1_000;
const MAX_DEPTH = 32;

/**
 * Compiles an expression of a profile: numbers, texts, fields, arithmetic, comparison,
 * `&&`, `||`, `!`, `??`, `a ? b : c` and a few functions. It has no loops, reaches
 * nothing but the fields, and ends after as many steps as it has parts.
 *
 * @param names fields that there are
 * @throws SyntaxError saying what is wrong with it
 */
export function compileExpression(text: string, names: ReadonlySet<string>): Expression {
  if (text.length > MAX_LENGTH) throw new SyntaxError(`longer than ${MAX_LENGTH} characters`);
  const parser = new Parser(tokenize(text), names);
  return parser.whole();
}

type Operator = (left: Scalar, right: Scalar) => Scalar;

const arithmetic =
  (reckon: (left: number, right: number) => number): Operator =>
  (left, right) => {
    if (typeof left !== "number" || typeof right !== "number") return null;
    const result = reckon(left, right);
    return Number.isFinite(result) ? result : null;
  };

const comparison =
  (holds: (left: number, right: number) => boolean): Operator =>
  (left, right) =>
    typeof left === "number" && typeof right === "number" ? holds(left, right) : null;

/** Operators by how closely they bind, loosest first. */
const LEVELS: readonly Readonly<Record<string, Operator>>[] = [
  { "??": (left, right) => left ?? right },
  { "||": (left, right) => isTrue(left) || isTrue(right) },
  { "&&": (left, right) => isTrue(left) && isTrue(right) },
  { "==": (left, right) => left === right, "!=": (left, right) => left !== right },
  {
    "<": comparison((left, right) => left < right),
    "<=": comparison((left, right) => left <= right),
    ">": comparison((left, right) => left > right),
    ">=": comparison((left, right) => left >= right),
  },
  {
    "+": arithmetic((left, right) => left + right),
    "-": arithmetic((left, right) => left - right),
  },
  {
    "*": arithmetic((left, right) => left * right),
    "/": arithmetic((left, right) => left / right),
    "%": arithmetic((left, right) => left % right),
  },
];

const numeric =
  (reckon: (value: number) => number): ((value: Scalar) => Scalar) =>
  (value) =>
    typeof value === "number" ? reckon(value) : null;

/** Functions of one argument. */
const FUNCTIONS: Readonly<Record<string, (value: Scalar) => Scalar>> = {
  len: (value) => (value === null || typeof value === "string" ? (value ?? "").length : null),
  abs: numeric(Math.abs),
  round: numeric(Math.round),
  floor: numeric(Math.floor),
  ceil: numeric(Math.ceil),
  int: numeric(Math.trunc),
  float: numeric((value) => value),
};

const CONSTANTS: Readonly<Record<string, Scalar>> = {
  true: true,
  false: false,
  null: null,
  nil: null,
};

const WORDS: Readonly<Record<string, string>> = { and: "&&", or: "||", not: "!" };

function isTrue(value: Scalar): boolean {
  return value === true;
}

/** Recursive descent, as deep as the levels of operators and the parentheses allow. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #names: ReadonlySet<string>;
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], names: ReadonlySet<string>) {
    this.#tokens = tokens;
    this.#names = names;
  }

  whole(): Expression {
    const expression = this.#choice();
    if (this.#peek().kind !== "end") throw this.#unexpected();
    return expression;
  }

  /** `a ? b : c`, or what binds closer. */
  #choice(): Expression {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new SyntaxError("has too many parts inside each other");
    const condition = this.#operation(0);
    let expression = condition;
    if (this.#takes("?")) {
      const then = this.#choice();
      this.#expect(":");
      const otherwise = this.#choice();
      expression = (fields) => (isTrue(condition(fields)) ? then(fields) : otherwise(fields));
    }
    this.#depth -= 1;
    return expression;
  }

  #operation(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let expression = this.#operation(level + 1);
    for (;;) {
      const operator = this.#takesOneOf(operators);
      if (operator === undefined) return expression;
      const left = expression;
      const right = this.#operation(level + 1);
      expression = (fields) => operator(left(fields), right(fields));
    }
  }

  #unary(): Expression {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new SyntaxError("has too many parts inside each other");
    let expression: Expression;
    if (this.#takes("-")) {
      const inner = this.#unary();
      const negate = numeric((value) => -value);
      expression = (fields) => negate(inner(fields));
    } else if (this.#takes("!")) {
      const inner = this.#unary();
      expression = (fields) => !isTrue(inner(fields));
    } else expression = this.#atom();
    this.#depth -= 1;
    return expression;
  }

  #atom(): Expression {
    if (this.#takes("(")) {
      const inner = this.#choice();
      this.#expect(")");
      return inner;
    }
    const { kind, text } = this.#peek();
    if (kind === "sign" || kind === "end") throw this.#unexpected();
    this.#next += 1;
    if (kind === "number") return constant(Number(text));
    if (kind === "text") return constant(text);
    if (this.#takes("(")) return this.#call(text);
    if (Object.hasOwn(CONSTANTS, text)) return constant(CONSTANTS[text] ?? null);
    if (!this.#names.has(text)) throw new SyntaxError(`"${text}" is no field of "paths"`);
    return (fields) => fields.get(text) ?? null;
  }

  #call(name: string): Expression {
    const apply = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (apply === undefined) {
      const known = Object.keys(FUNCTIONS).join(", ");
      throw new SyntaxError(`"${name}" is no function; there are ${known}`);
    }
    const argument = this.#choice();
    this.#expect(")");
    return (fields) => apply(argument(fields));
  }

  #peek(): Token {
    const token = this.#tokens[this.#next];
    if (token === undefined) throw new SyntaxError("is not complete");
    return token;
  }

  /** The sign that a token stands for; words do for some. */
  #sign(): string | undefined {
    const { kind, text } = this.#peek();
    if (kind === "sign") return text;
    return kind === "name" && Object.hasOwn(WORDS, text) ? WORDS[text] : undefined;
  }

  #takes(sign: string): boolean {
    if (this.#sign() !== sign) return false;
    this.#next += 1;
    return true;
  }

  #takesOneOf(operators: Readonly<Record<string, Operator>>): Operator | undefined {
    const sign = this.#sign();
    if (sign === undefined || !Object.hasOwn(operators, sign)) return undefined;
    this.#next += 1;
    return operators[sign];
  }

  #expect(sign: string): void {
    if (!this.#takes(sign)) throw this.#unexpected(`, "${sign}" is missing`);
  }

  #unexpected(hint = ""): SyntaxError {
    const { text, at } = this.#peek();
    return new SyntaxError(`unexpected ${text} at character ${at + 1}${hint}`);
  }
}

function constant(value: Scalar): Expression {
  return () => value;
}
