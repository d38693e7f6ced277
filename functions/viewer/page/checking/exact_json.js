// JSON as every reader reads it alike. JSON.parse takes the last of two equal names and rounds long
// integers, without a word. Here a repeated name is refused, and such an integer is a BigInt.

import { Unreadable } from "./failures.js";

const MOST_LEVELS = 500;
const SPACE = /[ \t\n\r]*/y;
const PLAIN_STRING = /"([^"\\\x00-\x1f]*)"/y;
const STRING = /"((?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const UNPAIRED = /[\ud800-\udfff]/u;

/**
 * The names in an object whose numbers have a fraction or an exponent.
 *
 * @type {WeakMap<object, Set<string>>}
 */
const decimals = new WeakMap();

/** @typedef {{ [name: string]: JsonValue }} JsonObject */
/** @typedef {null | boolean | number | bigint | string | JsonObject | JsonArray} JsonValue */
/** @typedef {JsonValue[]} JsonArray */

/**
 * The value of a JSON text. Its objects have no prototype.
 *
 * @param {string} text
 * @param {string} what
 * @returns {JsonValue}
 */
export function readJson(text, what) {
  const reader = new JsonReader(text, what);
  const value = reader.value(0);
  reader.skipSpace();
  if (reader.at !== text.length) reader.refuse();
  return value;
}

/**
 * The integer under a name, which is written as one: 1.0 is none. Null if it is none, or one that
 * JavaScript cannot count.
 *
 * @param {JsonObject} object as `readJson` returned it
 * @param {string} name
 */
export function integerAt(object, name) {
  const value = object[name];
  const isWritten = typeof value === "number" && !decimals.get(object)?.has(name);
  return isWritten && Number.isSafeInteger(value) ? value : null;
}

class JsonReader {
  /**
   * @param {string} text
   * @param {string} what
   */
  constructor(text, what) {
    this.text = text;
    this.what = what;
    this.at = 0;
    this.isDecimal = false; // whether the number that was read last has a fraction or an exponent
  }

  /** @returns {never} */
  refuse() {
    throw new Unreadable(`${this.what} is not JSON at character ${this.at}`);
  }

  skipSpace() {
    SPACE.lastIndex = this.at;
    SPACE.test(this.text);
    this.at = SPACE.lastIndex;
  }

  /**
   * Go on behind `token` and the space before it, if it is there.
   *
   * @param {string} token
   */
  takes(token) {
    this.skipSpace();
    if (this.text[this.at] !== token) return false;
    this.at += 1;
    return true;
  }

  /** @param {RegExp} pattern */
  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found;
  }

  /**
   * @param {number} level
   * @returns {JsonValue}
   */
  value(level) {
    if (level > MOST_LEVELS) throw new Unreadable(`${this.what} is nested too deeply`);
    if (this.takes("{")) return this.object(level);
    if (this.takes("[")) return this.array(level);
    if (this.text[this.at] === '"') return this.string();
    const word = this.match(WORD);
    if (word) return word[0] === "null" ? null : word[0] === "true";
    const number = this.match(NUMBER);
    if (!number) return this.refuse();
    this.isDecimal = number[1] !== undefined || number[2] !== undefined;
    const value = Number(number[0]);
    return this.isDecimal || Number.isSafeInteger(value) ? value : BigInt(number[0]);
  }

  /** @param {number} level */
  object(level) {
    /** @type {{ [name: string]: JsonValue }} */
    const object = Object.create(null);
    if (this.takes("}")) return object;
    do {
      this.skipSpace();
      const name = this.string();
      if (name in object) {
        throw new Unreadable(
          `${this.what} has \`${name.slice(0, 200)}\` twice, so readers may differ`,
        );
      }
      if (!this.takes(":")) this.refuse();
      const value = this.value(level + 1);
      object[name] = value;
      if (typeof value === "number" && this.isDecimal) noteDecimal(object, name);
    } while (this.takes(","));
    if (!this.takes("}")) this.refuse();
    return object;
  }

  /** @param {number} level */
  array(level) {
    /** @type {JsonValue[]} */
    const array = [];
    if (this.takes("]")) return array;
    do array.push(this.value(level + 1));
    while (this.takes(","));
    if (!this.takes("]")) this.refuse();
    return array;
  }

  /** @returns {string} */
  string() {
    const plain = this.match(PLAIN_STRING);
    if (plain) return plain[1];
    const escaped = this.match(STRING);
    if (!escaped) return this.refuse();
    const text = /** @type {string} */ (JSON.parse(escaped[0]));
    if (UNPAIRED.test(text)) throw new Unreadable(`${this.what} has an unpaired surrogate`);
    return text;
  }
}

/**
 * @param {JsonObject} object
 * @param {string} name
 */
function noteDecimal(object, name) {
  const names = decimals.get(object) ?? new Set();
  decimals.set(object, names.add(name));
}
