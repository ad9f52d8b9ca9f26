import { isJsonObject } from "../json/json-value.ts";
import { parseObject } from "../json/parse-json.ts";

/** Types of events that say so themselves: of Anthropic and Responses, and of Responses alone. */
const FAILED_EVENTS: ReadonlySet<unknown> = new Set(["error", "response.failed"]);

/** Lines of a stream of events that are no data of the backend's: comments, names of events and such. */
const BESIDE_DATA = /^(?:$|:|(?:event|id|retry):)/;
const DATA_FIELD = /^data: ?/;

/**
 * Whether the last event of a stream, or its last line where each is an object, reports an
 * error: `data: {"error":{…}}`, also before `[DONE]`, `{"error":"…"}` of Ollama, or an event
 * of type `error`. What a model writes does not count, since it is inside other fields.
 *
 * @param tail end of the stream; an event that begins before it is not understood
 */
export function endsInError(tail: string): boolean {
  if (!tail.includes('"error"')) return false;
  for (let end = tail.length; end > 0;) {
    const start = tail.lastIndexOf("\n", end - 1) + 1;
    const line = tail.slice(start, end).trim();
    const data = BESIDE_DATA.test(line) ? "[DONE]" : line.replace(DATA_FIELD, "");
    if (data !== "[DONE]") return reportsError(data);
    end = start - 1;
  }
  return false;
}

function reportsError(data: string): boolean {
  const event = parseObject(data);
  if (event === undefined) return false;
  const { error } = event;
  if (typeof error === "string") return error !== "";
  return isJsonObject(error) || FAILED_EVENTS.has(event["type"]);
}
