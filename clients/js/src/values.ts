/** What JSON can carry exactly. */

import { InvalidEventError } from "./errors.js";

/** Levels of arrays and objects in an event. The event is the first. */
export const MAX_DEPTH = 32;
const SMALLEST_INTEGER = -(2 ** 63);
const LARGEST_INTEGER = 2 ** 64;
/** From here on, JSON.stringify writes an exponent, and the number is a double to every reader. */
const EXPONENT = 1e21;

/** Throws if the body of a request has a value that JSON would change or drop. */
export function checkBody(body: object): void {
  checkValue("", body, MAX_DEPTH + 1); // an array of events is one level more
}

/** Throws unless JSON has the value exactly. `depth` is the number of levels that it may have. */
export function checkValue(path: string, value: unknown, depth: number): void {
  // JSON.stringify calls toJSON once, also if that returns an object that has one again. An invalid
  // Date would become null.
  const plain = hasToJSON(value) && !(value instanceof Date) ? value.toJSON() : value;
  if (plain === null || typeof plain === "boolean") return;
  if (typeof plain === "string") checkText(path, plain);
  else if (typeof plain === "number") checkNumber(path, plain);
  else if (Array.isArray(plain) || isObject(plain)) checkItems(path, plain, depth);
  else if (plain !== value || !isTime(plain))
    throw new InvalidEventError(path, `is ${kindOf(plain)}, which JSON does not have`);
}

function checkItems(path: string, value: object, depth: number): void {
  if (depth === 0) {
    throw new InvalidEventError(path, `must be nested at most ${MAX_DEPTH} levels deep`);
  }
  if (Array.isArray(value)) {
    // JSON.stringify writes null for a hole, and for undefined.
    for (const [index, item] of value.entries()) checkValue(within(path, index), item, depth - 1);
    return;
  }
  for (const [name, item] of Object.entries(value)) {
    if (!name.isWellFormed()) {
      throw new InvalidEventError(path, "has a name with an unpaired surrogate");
    }
    if (item === undefined) continue; // JSON.stringify leaves it out
    checkValue(within(path, name), item, depth - 1);
  }
}

function within(path: string, name: string | number): string {
  return path ? `${path}.${name}` : `${name}`;
}

function checkNumber(path: string, value: number): void {
  if (!Number.isFinite(value))
    throw new InvalidEventError(path, "must be a finite number, or null");
  const hasDigitsOnly = Number.isInteger(value) && Math.abs(value) < EXPONENT;
  if (hasDigitsOnly && (value < SMALLEST_INTEGER || value >= LARGEST_INTEGER)) {
    throw new InvalidEventError(path, "must fit in 64 bits; send larger numbers as strings");
  }
}

/** Whether it is an object that JSON.stringify writes field by field. A Map and an Error are not. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === "[object Object]";
}

function isTime(value: unknown): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}

function hasToJSON(value: unknown): value is { toJSON(): unknown } {
  return typeof (value as { toJSON?: unknown } | undefined)?.toJSON === "function";
}

export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return `${value}`;
  if (typeof value !== "object") return `a ${typeof value}`;
  return value instanceof Date ? "an invalid Date" : `a ${value.constructor?.name ?? "object"}`;
}

export function checkText(path: string, value: unknown): void {
  if (typeof value !== "string")
    throw new InvalidEventError(path, `must be a string, not ${kindOf(value)}`);
  if (!value.isWellFormed())
    throw new InvalidEventError(path, "must not contain an unpaired surrogate");
}
