/** What an expression asks of the metrics it is about. */
export interface PromqlNeeds {
  readonly metrics: ReadonlySet<string>;
  /** Labels that its matchers name, with the metric whose they are. */
  readonly matchers: readonly { readonly metric: string; readonly label: string }[];
  /** Labels that it groups or joins by. */
  readonly grouping: ReadonlySet<string>;
}

const TOKEN =
  /\s+|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\[[^\]]*\]|\d[\w.]*|[a-zA-Z_:][\w:]*|[=!]~|[=!<>]=|[-+*/%^(){},=<>@]/y;
const NAME = /^[a-zA-Z_:]/;
/** Words before a list of labels. */
const LISTED = new Set(["by", "without", "on", "ignoring", "group_left", "group_right"]);
const OPERATORS = new Set(["and", "or", "unless", "bool", "offset", "inf", "nan"]);

/**
 * Takes an expression of PromQL apart, as far as names go.
 *
 * @throws Error when it holds what is no token, or its brackets do not match
 */
export function promqlNeeds(expression: string): PromqlNeeds {
  const tokens = tokensOf(expression);
  const metrics = new Set<string>();
  const matchers: { readonly metric: string; readonly label: string }[] = [];
  const grouping = new Set<string>();
  let metric = "";
  let isListed = false;
  let depth = 0;
  let isSelector = false;
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1];
    if (token === "(") depth += 1;
    else if (token === ")") {
      depth -= 1;
      isListed = false;
    } else if (token === "{" || token === "}") isSelector = token === "{";
    else if (!NAME.test(token)) continue;
    else if (isSelector) matchers.push({ metric, label: token });
    else if (isListed) grouping.add(token);
    else if (LISTED.has(token)) isListed = next === "(";
    else if (!OPERATORS.has(token.toLowerCase()) && next !== "(" && !LISTED.has(next ?? "")) {
      metric = token;
      metrics.add(token);
    }
    if (depth < 0) throw new Error(`too many brackets close: ${expression}`);
  }
  if (depth !== 0 || isSelector) throw new Error(`a bracket stays open: ${expression}`);
  return { metrics, matchers, grouping };
}

function tokensOf(expression: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.length) {
    const at = TOKEN.lastIndex;
    const [token] = TOKEN.exec(expression) ?? [];
    if (token === undefined) throw new Error(`no token at ${at}: ${expression.slice(at)}`);
    if (token.trim() !== "" && !/^[[\d"']/.test(token)) tokens.push(token);
  }
  return tokens;
}
