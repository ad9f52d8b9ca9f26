/** How an answer is given; the model's name says it, since names pass every gateway. */
export interface Script {
  /** Tokens of a stream. */
  readonly tokens: number;
  /** Milliseconds between two tokens; 0 writes them without pause. */
  readonly every: number;
  /** Milliseconds before the answer begins. */
  readonly after: number;
  /** Bytes of an answer that is no stream. */
  readonly bytes: number;
}

const DEFAULTS: Script = { tokens: 20, every: 0, after: 0, bytes: 1_024 };
const LARGEST_NAME_COUNT = 10_000;

const scripts = new Map<string, Script>();

/** @param model for example `sim-tokens200-every50-after20` or `sim-bytes1024` */
export function scriptOf(model: string): Script {
  let script = scripts.get(model);
  if (script === undefined) {
    if (scripts.size > LARGEST_NAME_COUNT) scripts.clear();
    const told: Record<string, number> = {};
    for (const [, key = "", value] of model.matchAll(/-(tokens|every|after|bytes)(\d+)/g)) {
      told[key] = Number(value);
    }
    script = { ...DEFAULTS, ...told };
    scripts.set(model, script);
  }
  return script;
}
