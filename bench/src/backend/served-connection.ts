import type { Socket } from "node:net";

import { MessageReader, type MessageHandler } from "../http/message-reader.ts";
import { stamp } from "../http/token-stamps.ts";
import { monotonicMicroseconds } from "../measure/monotonic.ts";
import { documentAt, forcedError, plainAnswer, streamParts, wholeAnswer } from "./answers.ts";
import type { StreamParts } from "./answers.ts";
import type { BackendEndpoint } from "./endpoint.ts";
import { pacer } from "./pacer.ts";
import { scriptOf, type Script } from "./script.ts";

/** A body this long is looked at as it arrives; the rest only if the model was not there. */
const LOOK_BYTES = 4_096;

const wholeAnswers = new Map<string, string>();
const allStreamParts = new Map<string, StreamParts>();

/** One connection of a gateway: reads requests, writes answers. */
export class ServedConnection implements MessageHandler {
  readonly #socket: Socket;
  readonly #endpoint: BackendEndpoint;
  readonly #reader = new MessageReader(this, { withoutLength: "no-body" });
  #head = "";
  #parts: Buffer[] = [];
  #busy = false;

  constructor(socket: Socket, endpoint: BackendEndpoint) {
    this.#socket = socket;
    this.#endpoint = endpoint;
  }

  start(): void {
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => this.#finish());
    this.#socket.on("data", (data: Buffer) => this.#reader.push(data));
  }

  head(text: string): void {
    this.#head = text;
    this.#parts = [];
  }

  body(data: Buffer, start: number, end: number): void {
    this.#parts.push(data.subarray(start, end));
  }

  end(): void {
    const { mode } = this.#endpoint;
    if (mode === "hang") return;
    if (mode === "reset" || mode === "refuse") {
      this.#socket.resetAndDestroy();
      return;
    }
    const isChat = this.#head.startsWith("POST");
    if (isChat) this.#endpoint.requests += 1;
    if (mode !== "ok") {
      this.#write(forcedError(mode));
      return;
    }
    if (isChat) this.#answerChat();
    else this.#answerProbe();
  }

  #answerProbe(): void {
    const [, target = ""] = this.#head.split(" ", 2);
    const [path = ""] = target.split("?");
    const document = documentAt(path, this.#endpoint.models);
    this.#write(document ?? plainAnswer(404, "application/json", `{"error":"no such path"}`));
  }

  #answerChat(): void {
    const { model, stream } = this.#asked();
    const script = scriptOf(model);
    this.#busy = true;
    this.#endpoint.active += 1;
    const answer = (): void => {
      if (stream) this.#beginStream(model, script);
      else {
        this.#write(memo(wholeAnswers, model, () => wholeAnswer(model, script.bytes)));
        this.#finish();
      }
    };
    if (script.after === 0) answer();
    else pacer.after(script.after, () => this.#busy && answer());
  }

  #asked(): { readonly model: string; readonly stream: boolean } {
    const [first] = this.#parts;
    const begin = first?.toString("latin1", 0, LOOK_BYTES) ?? "";
    const text = begin.includes(`"model":`) ? begin : Buffer.concat(this.#parts).toString("latin1");
    return {
      model: /"model"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? "",
      stream: /"stream"\s*:\s*true/.test(text),
    };
  }

  #beginStream(model: string, script: Script): void {
    const parts = memo(allStreamParts, model, () => streamParts(model, script.tokens));
    this.#write(parts.begin);
    if (script.every === 0) this.#writeTokens(parts, script.tokens);
    else {
      let left = script.tokens;
      pacer.every(script.every, () => {
        if (!this.#busy) return false;
        this.#writeToken(parts);
        left -= 1;
        if (left > 0) return true;
        this.#endStream(parts);
        return false;
      });
    }
  }

  /** As fast as the connection takes them, each with a write of its own. */
  #writeTokens(parts: StreamParts, tokens: number): void {
    for (let left = tokens; left > 0; left -= 1) {
      if (!this.#busy) return;
      if (!this.#writeToken(parts)) {
        this.#socket.once("drain", () => this.#writeTokens(parts, left - 1));
        return;
      }
    }
    this.#endStream(parts);
  }

  #writeToken({ beforeStamp, afterStamp }: StreamParts): boolean {
    this.#endpoint.tokens += 1;
    return this.#write(beforeStamp + stamp(monotonicMicroseconds()) + afterStamp);
  }

  #endStream({ end }: StreamParts): void {
    this.#write(end);
    this.#finish();
  }

  #write(text: string): boolean {
    return this.#socket.write(text, "latin1");
  }

  #finish(): void {
    if (!this.#busy) return;
    this.#busy = false;
    this.#endpoint.active -= 1;
  }
}

function memo<Value>(known: Map<string, Value>, model: string, make: () => Value): Value {
  let value = known.get(model);
  if (value === undefined) {
    value = make();
    known.set(model, value);
  }
  return value;
}
