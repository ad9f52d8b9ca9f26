/** What a look into a JSON body found, without parsing it. */
export interface BodyFacts {
  /** Value of the top-level `model`, trimmed, in the client's spelling. */
  readonly model: string | undefined;
  /** Where that value stands in the body, quotes included; 0 and 0 when it is not top-level. */
  readonly modelStart: number;
  readonly modelEnd: number;
  /** Value of the top-level `stream`. */
  readonly stream: boolean;
}

/** Further than this nothing is looked at. */
const SCAN_LIMIT = 8 * 1_024 * 1_024;
/** Largest body that is parsed to find a model named inside its first message. */
const PARSE_LIMIT = 1_024 * 1_024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const LOWER_T = 0x74;

const NOTHING: BodyFacts = { model: undefined, modelStart: 0, modelEnd: 0, stream: false };

/**
 * Finds `model` and `stream` among the top-level keys of a JSON object. Works on
 * truncated and faulty text as far as it goes. Keys are compared without case;
 * of several equal keys the last string counts. Strings are skipped with a native
 * search, so a long prompt costs next to nothing.
 */
export function scanBody(body: Buffer): BodyFacts {
  const limit = Math.min(body.length, SCAN_LIMIT);
  let facts = NOTHING;
  let depth = 0;
  let expectsKey = false;
  for (let at = 0; at < limit; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) {
      const end = endOfString(body, at);
      if (end === -1 || end > limit) break;
      if (depth === 1 && expectsKey) {
        expectsKey = false;
        const value = valueStart(body, end, limit);
        facts = readField(body, at, end, value, facts);
      }
      at = end - 1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      // Only an object at the very top has keys of interest.
      if (depth === 1) {
        if (byte === OPEN_BRACKET) return NOTHING;
        expectsKey = true;
      }
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
    else if (byte === COMMA && depth === 1) expectsKey = true;
  }
  if (facts.model !== undefined) return facts;
  return { ...facts, model: modelOfFirstMessage(body) };
}

/** Index behind the closing quote of the string that starts at `start`; -1 when it does not end. */
function endOfString(body: Buffer, start: number): number {
  let end = start;
  for (;;) {
    end = body.indexOf(QUOTE, end + 1);
    if (end === -1) return -1;
    let before = end - 1;
    while (body[before] === BACKSLASH) before -= 1;
    // An even number of backslashes before a quote leaves it a quote.
    if ((end - before) % 2 === 1) return end + 1;
  }
}

/** Index of the first byte of the value behind a key; -1 when no value follows. */
function valueStart(body: Buffer, afterKey: number, limit: number): number {
  let at = skipBlanks(body, afterKey, limit);
  if (body[at] !== COLON) return -1;
  at = skipBlanks(body, at + 1, limit);
  return at < limit ? at : -1;
}

function skipBlanks(body: Buffer, from: number, limit: number): number {
  let at = from;
  while (at < limit) {
    const byte = body[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    at += 1;
  }
  return at;
}

function readField(
  body: Buffer,
  keyStart: number,
  keyEnd: number,
  value: number,
  facts: BodyFacts,
): BodyFacts {
  if (value === -1) return facts;
  const length = keyEnd - keyStart - 2;
  // Short keys and keys that may hold escapes are the only ones worth a text.
  const hasEscapes = body.subarray(keyStart, keyEnd).includes(BACKSLASH);
  if (length !== 5 && length !== 6 && !hasEscapes) return facts;
  const key = decodeString(body, keyStart, keyEnd)?.toLowerCase();
  if (key === "stream") return { ...facts, stream: body[value] === LOWER_T };
  if (key !== "model" || body[value] !== QUOTE) return facts;
  const end = endOfString(body, value);
  if (end === -1) return facts;
  const model = decodeString(body, value, end)?.trim();
  if (model === undefined || model === "") return facts;
  return { ...facts, model, modelStart: value, modelEnd: end };
}

/** Text of a JSON string, quotes excluded; undefined when its escapes are faulty. */
function decodeString(body: Buffer, start: number, end: number): string | undefined {
  const raw = body.toString("utf8", start + 1, end - 1);
  if (!raw.includes("\\")) return raw;
  try {
    const decoded: unknown = JSON.parse(`"${raw}"`);
    return typeof decoded === "string" ? decoded : undefined;
  } catch {
    return undefined;
  }
}

/** Some clients name the model inside the first message only. */
function modelOfFirstMessage(body: Buffer): string | undefined {
  if (body.length > PARSE_LIMIT || body.indexOf('"messages"') === -1) return undefined;
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    const messages = fieldOf(parsed, "messages");
    const model = Array.isArray(messages) ? fieldOf(messages[0], "model") : undefined;
    return typeof model === "string" && model.trim() !== "" ? model.trim() : undefined;
  } catch {
    return undefined;
  }
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

/** The body with another model name in place of the found one; every other byte stays. */
export function withModel(body: Buffer, facts: BodyFacts, name: string): Buffer {
  if (facts.modelEnd === 0) return body;
  return Buffer.concat([
    body.subarray(0, facts.modelStart),
    Buffer.from(JSON.stringify(name)),
    body.subarray(facts.modelEnd),
  ]);
}
