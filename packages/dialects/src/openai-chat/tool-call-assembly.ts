import type { JsonObject, JsonValue } from "../conversation.ts";
import { isJsonObject, toNumber } from "../json/json-value.ts";
import type { ReplyEvent } from "../reply.ts";
import { callWithoutName, makeCallId, tooManyCalls } from "./tool-calls.ts";

/** Most characters of arguments held for calls that cannot begin yet. */
const MAX_HELD = 1_048_576;

/** Most characters of ids and names of one answer's calls. */
const MAX_NAMED = 1_048_576;

/** What a call without either counts for, in characters. */
const CALL_COST = 16;

interface Call {
  /** As the backend states it; empty until it does. */
  id: string;
  name: string;
  /** Arguments that came before the call could begin. */
  held: string;
  /** Its index among the events; undefined until it began. */
  index: number | undefined;
}

interface CallDelta {
  readonly index: number | undefined;
  readonly id: string;
  readonly name: string;
  readonly json: string;
}

/**
 * Puts the tool calls of a stream together from deltas that may lack an index,
 * bring id and name apart, or hold a call whole.
 */
export class ToolCallAssembly {
  readonly #byIndex: Map<number, Call> = new Map();
  /** Calls that did not begin, in order of coming. */
  readonly #waiting: Set<Call> = new Set();
  #last: Call | undefined;
  #begun = 0;
  #heldLength = 0;
  #namedLength = 0;

  /** Whether any call came. */
  get hasCalls(): boolean {
    return this.#last !== undefined;
  }

  /**
   * Adds the events that a delta makes.
   *
   * @param stated one of a delta's `tool_calls`
   * @param replyId goes into the ids of calls that the backend gives none
   * @throws ProxyError `upstream_protocol` when too much had to be held for calls without a name, or
   *   when there are too many calls
   */
  push(stated: JsonObject, replyId: string | undefined, events: ReplyEvent[]): void {
    const delta = readDelta(stated);
    const call = this.#callOf(delta);
    if (call !== this.#last) this.#begin(this.#last, replyId, events);
    this.#last = call;
    this.#name(call, delta);
    if (call.index !== undefined) {
      pushArguments(call.index, delta.json, events);
      return;
    }
    call.held += delta.json;
    this.#heldLength += delta.json.length;
    // An id may still come after the name, but not after the first arguments.
    if (call.id !== "" || call.held !== "") this.#begin(call, replyId, events);
    if (this.#heldLength > MAX_HELD) throw callWithoutName();
  }

  /**
   * Begins the calls that still wait.
   *
   * @throws ProxyError `upstream_protocol` when one of them has no name
   */
  finish(replyId: string | undefined, events: ReplyEvent[]): void {
    for (const call of this.#waiting) this.#begin(call, replyId, events);
    if (this.#waiting.size > 0) throw callWithoutName();
  }

  /** Deltas may repeat id and name; only what is kept of them counts. */
  #name(call: Call, { id, name }: CallDelta): void {
    if (call.id === "") {
      call.id = id;
      this.#namedLength += id.length;
    }
    if (call.name === "") {
      call.name = name;
      this.#namedLength += name.length;
    }
    if (this.#namedLength > MAX_NAMED) throw tooManyCalls();
  }

  #callOf(delta: CallDelta): Call {
    const known = delta.index === undefined ? this.#last : this.#byIndex.get(delta.index);
    if (known !== undefined && !startsAnother(known, delta)) return known;
    const call: Call = { id: "", name: "", held: "", index: undefined };
    this.#namedLength += CALL_COST;
    this.#waiting.add(call);
    if (delta.index !== undefined) this.#byIndex.set(delta.index, call);
    return call;
  }

  #begin(call: Call | undefined, replyId: string | undefined, events: ReplyEvent[]): void {
    if (call === undefined || call.index !== undefined || call.name === "") return;
    const index = this.#begun;
    call.index = index;
    this.#begun += 1;
    this.#waiting.delete(call);
    const id = call.id === "" ? makeCallId(replyId, index) : call.id;
    events.push({ type: "tool-call", index, id, name: call.name });
    pushArguments(index, call.held, events);
    this.#heldLength -= call.held.length;
    call.held = "";
  }
}

/**
 * Whether a delta belongs to a further call although its index, or the lack of
 * one, says the same: some servers give every whole call the index 0 or none.
 */
function startsAnother(call: Call, { index, id, name }: CallDelta): boolean {
  const hasOtherId = id !== "" && call.id !== "" && id !== call.id;
  if (index !== undefined) return hasOtherId && name !== "";
  const repeatsId = id !== "" && id === call.id;
  return hasOtherId || (name !== "" && call.name !== "" && !repeatsId);
}

function pushArguments(index: number, json: string, events: ReplyEvent[]): void {
  if (json !== "") events.push({ type: "tool-arguments", index, json });
}

function readDelta(stated: JsonObject): CallDelta {
  const { id, function: called } = stated;
  const { name, arguments: input } = isJsonObject(called) ? called : {};
  return {
    index: toNumber(stated["index"]),
    id: typeof id === "string" ? id : "",
    name: typeof name === "string" ? name : "",
    json: argumentsIn(input),
  };
}

/** Whole calls may come with an object where the API has its text. */
function argumentsIn(stated: JsonValue | undefined): string {
  if (typeof stated === "string") return stated;
  return stated === undefined || stated === null ? "" : JSON.stringify(stated);
}
