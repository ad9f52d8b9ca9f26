import { ProxyError } from "@olla-ts/core";

import type { JsonObject, JsonValue } from "../conversation.ts";
import { isArray, isJsonObject, toNumber } from "./json-value.ts";

/** Bounds of a number, both included; what is absent is open. */
export interface NumberLimits {
  readonly min?: number;
  readonly max?: number;
}

/**
 * Reads the fields of one JSON object. What is wrong is refused with the path of
 * the field from the body's root: `messages.0.content.2.text: must be a text`.
 *
 * The `optional…` methods take null for an absent field, as the public APIs do.
 * Every method throws ProxyError `invalid_request`.
 */
export class Fields {
  readonly object: JsonObject;
  /** Where the object is, `messages.0` for example; empty for the body itself. */
  readonly path: string;

  constructor(object: JsonObject, path = "") {
    this.object = object;
    this.path = path;
  }

  /** The fields of a whole body. */
  static ofBody(body: JsonValue): Fields {
    if (isJsonObject(body)) return new Fields(body);
    throw new ProxyError("invalid_request", "The body must be a JSON object.");
  }

  /** The fields of a value inside a body. */
  static of(value: JsonValue, path: string): Fields {
    if (isJsonObject(value)) return new Fields(value, path);
    throw invalidField(path, "must be an object");
  }

  /** Undefined when the field is absent or null. */
  value(key: string): JsonValue | undefined {
    return Object.hasOwn(this.object, key) ? (this.object[key] ?? undefined) : undefined;
  }

  has(key: string): boolean {
    return this.value(key) !== undefined;
  }

  /** A text, possibly empty. */
  optionalText(key: string): string | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === "string") return value;
    return this.refuse(key, "must be a text");
  }

  /** A text, possibly empty, that must be there. */
  requiredText(key: string): string {
    return this.optionalText(key) ?? this.refuse(key, "is required");
  }

  /** A text with at least one character. */
  requiredName(key: string): string {
    const text = this.requiredText(key);
    return text === "" ? this.refuse(key, "must not be empty") : text;
  }

  optionalNumber(key: string, limits: NumberLimits = {}): number | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    const number = toNumber(value);
    if (number === undefined || !isWithin(number, limits)) {
      return this.refuse(key, `must be a number${describeLimits(limits)}`);
    }
    return number;
  }

  optionalInteger(key: string, limits: NumberLimits = {}): number | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    const number = toNumber(value);
    if (number === undefined || !Number.isInteger(number) || !isWithin(number, limits)) {
      return this.refuse(key, `must be an integer${describeLimits(limits)}`);
    }
    return number;
  }

  optionalBoolean(key: string): boolean | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === "boolean") return value;
    return this.refuse(key, "must be true or false");
  }

  /** One of the texts of `allowed`. */
  optionalChoice<T extends string>(key: string, allowed: readonly T[]): T | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    const found = allowed.find((one) => one === value);
    return found ?? this.refuse(key, `must be one of ${allowed.join(", ")}`);
  }

  requiredChoice<T extends string>(key: string, allowed: readonly T[]): T {
    return this.optionalChoice(key, allowed) ?? this.refuse(key, "is required");
  }

  optionalObject(key: string): Fields | undefined {
    const value = this.value(key);
    return value === undefined ? undefined : Fields.of(value, this.pathOf(key));
  }

  requiredObject(key: string): Fields {
    return this.optionalObject(key) ?? this.refuse(key, "is required");
  }

  optionalArray(key: string): readonly JsonValue[] | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    return isArray(value) ? value : this.refuse(key, "must be a list");
  }

  /** A list of texts; empty when absent. */
  texts(key: string): readonly string[] {
    return this.arrayOf(key, (item, path) => {
      if (typeof item === "string") return item;
      throw invalidField(path, "must be a text");
    });
  }

  /** A list of objects; empty when absent. */
  objects(key: string): readonly Fields[] {
    return this.arrayOf(key, (item, path) => Fields.of(item, path));
  }

  /** What `read` makes of each item of a list; empty when absent. */
  arrayOf<T>(key: string, read: (item: JsonValue, path: string) => T): readonly T[] {
    return (this.optionalArray(key) ?? []).map((item, index) =>
      read(item, this.pathOf(`${key}.${index}`)),
    );
  }

  /** Path of a field, from the body's root. */
  pathOf(key: string): string {
    return this.path === "" ? key : `${this.path}.${key}`;
  }

  /** @param must what the field has to be: `must be a list`; without a full stop */
  refuse(key: string, must: string): never {
    throw invalidField(this.pathOf(key), must);
  }
}

/** The error for a field: `max_tokens: must be an integer of at least 1`. */
export function invalidField(path: string, must: string): ProxyError {
  return new ProxyError("invalid_request", `${path}: ${must}`);
}

function isWithin(number: number, { min = -Infinity, max = Infinity }: NumberLimits): boolean {
  return Number.isFinite(number) && number >= min && number <= max;
}

function describeLimits({ min, max }: NumberLimits): string {
  if (min === undefined) return max === undefined ? "" : ` of at most ${max}`;
  return max === undefined ? ` of at least ${min}` : ` from ${min} to ${max}`;
}
