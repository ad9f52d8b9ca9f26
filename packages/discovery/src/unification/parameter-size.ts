/** A model's size in parameters. */
export interface ParameterSize {
  /** Normalised, for example `8b`, `137m`, `8x7b`; empty when unknown. */
  readonly label: string;
  /** 0 when unknown. */
  readonly count: number;
}

const UNITS: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, b: 1e9, t: 1e12 };

/** `8.0B`, `7615.62M`, `8x7B`, `30B-A3B`, `14`. */
const SIZE = /^(?:(\d+)x)?(\d+(?:\.\d+)?)\s*([kmbt])?(-a\d+(?:\.\d+)?b)?$/;

/**
 * Reads a reported size. A number without a unit counts billions. Text that is
 * no size is kept as the label, without a count.
 *
 * @param reported as reported, or undefined
 * @param reportedCount exact number of parameters, when the backend knows it
 */
export function toParameterSize(
  reported: string | undefined,
  reportedCount: number | undefined,
): ParameterSize {
  const text = reported?.trim().toLowerCase() ?? "";
  const match = SIZE.exec(text);
  if (match === null) {
    const count = reportedCount ?? 0;
    return { label: text === "" ? labelOf(count) : text, count };
  }
  const [, experts, digits = "", unit = "b", active = ""] = match;
  const single = Number(digits) * (UNITS[unit] ?? 1);
  const label = experts === undefined ? "" : `${experts}x`;
  return {
    label: label + labelOf(single, unit) + active,
    count: reportedCount ?? Math.round(single * Number(experts ?? 1)),
  };
}

/** In the largest fitting unit, or the one it was given in when that is `b` or more. */
function labelOf(count: number, given = ""): string {
  if (count <= 0) return "";
  if (count >= 1e12) return `${oneDecimal(count / 1e12)}t`;
  if (count >= 1e9 || given === "b") return `${oneDecimal(count / 1e9)}b`;
  if (count >= 1e6) return `${Math.round(count / 1e6)}m`;
  return `${Math.round(count / 1e3)}k`;
}

function oneDecimal(value: number): string {
  // Small sizes keep a second digit: 0.05 would be 0.1.
  return value < 0.1 ? String(Number(value.toPrecision(1))) : String(Math.round(value * 10) / 10);
}
