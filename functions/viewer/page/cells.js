// Cells: what stands in the columns of the table.

import { isolated, make } from "./dom.js";
import { visibleText } from "./format.js";

/** @typedef {import("./dom.js").Child} Child */
/** @typedef {import("./record.js").ShownEvent} ShownEvent */
/** @typedef {import("./checking/exact_json.js").JsonValue} JsonValue */

const LONGEST_CELL = 300;

/**
 * A cell of a column.
 *
 * @param {string} name
 * @param {Child[]} children
 */
export function cell(name, ...children) {
  return make("td", { role: "cell", class: name }, ...children);
}

/**
 * The name of somebody or something, with the id beside it.
 *
 * @param {JsonValue} [name]
 * @param {JsonValue} [id]
 * @returns {Child[]}
 */
export function namedThing(name, id) {
  if (name && id) return [isolated(cut(name)), " ", muted(cut(id))];
  return [name || id ? isolated(cut(name || id || "")) : muted("–")];
}

/**
 * What an event is on: its resource, or else its first target.
 *
 * @param {ShownEvent} event
 * @returns {Child[]}
 */
export function resourceOf({ resource, targets }) {
  const more = targets.length ? muted(` +${targets.length}`) : null;
  if (!resource.type && !resource.id && !resource.name) {
    const [target] = targets;
    if (!target) return [muted("–")];
    return [
      kindOf(target.type),
      ...namedThing(target.name, target.id),
      targets.length > 1 && muted(` +${targets.length - 1}`),
    ];
  }
  return [kindOf(resource.type), ...namedThing(resource.name, resource.id), more];
}

/**
 * The type of a thing, before its name. Null if it has none.
 *
 * @param {JsonValue} [type]
 */
function kindOf(type) {
  return type ? make("span", { class: "kind" }, isolated(cut(String(type))), " ") : null;
}

/**
 * A text that matters less than what is beside it.
 *
 * @param {string} text
 */
export function muted(text) {
  return make("bdi", { class: "beside" }, text);
}

/**
 * A value as text that is not too long for a cell.
 *
 * @param {JsonValue} value
 */
export function cut(value) {
  const text = visibleText(String(value));
  return text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL)}…` : text;
}
