// Elements of the page. Text is set as text: nothing that a file says becomes HTML.

const MOST_LEVELS_SHOWN = 40;

/** @typedef {import("../../../functions/viewer/page/checking/exact_json.js").JsonValue} JsonValue */

/**
 * @param {string} name
 * @param {string | readonly Node[]} content
 * @param {string} [className]
 */
export function element(name, content, className = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (typeof content === "string") made.textContent = content;
  else made.append(...content);
  return made;
}

/**
 * Names with their values, one a row.
 *
 * @param {readonly (readonly [string, Node | string])[]} rows
 */
export function definitions(rows) {
  return element(
    "dl",
    rows.flatMap(([name, value]) => [
      element("dt", name),
      element("dd", typeof value === "string" ? value : [value]),
    ]),
  );
}

/**
 * A value of a record: objects and arrays as lists, all else as its text.
 *
 * @param {JsonValue} value
 * @param {number} [level]
 * @returns {Node}
 */
export function valueElement(value, level = 0) {
  if (level > MOST_LEVELS_SHOWN) return document.createTextNode("… nested more deeply");
  if (Array.isArray(value)) {
    return value.length
      ? element(
          "ol",
          value.map((each) => element("li", [valueElement(each, level + 1)])),
        )
      : document.createTextNode("[]");
  }
  if (typeof value === "object" && value !== null) {
    const rows = Object.entries(value);
    return rows.length
      ? definitions(rows.map(([name, each]) => [name, valueElement(each, level + 1)]))
      : document.createTextNode("{}");
  }
  return document.createTextNode(String(value));
}

/**
 * A time in UTC.
 *
 * @param {number} seconds since 1970
 */
export function timeText(seconds) {
  const time = new Date(seconds * 1000);
  if (Number.isNaN(time.getTime())) return `second ${seconds}`;
  return time.toISOString().replace("T", " ").replace(".000Z", " UTC");
}

/**
 * A number with its noun, such as `1 record` or `1,000 records`.
 *
 * @param {number} number
 * @param {string} noun
 */
export function countText(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/**
 * How long ago a time was, in its largest unit.
 *
 * @param {number} age in seconds
 */
export function ageText(age) {
  if (age < 0) return "in the future by this computer's clock";
  /** @type {[number, string][]} */
  const units = [
    [86_400, "day"],
    [3600, "hour"],
    [60, "minute"],
    [1, "second"],
  ];
  const [seconds, noun] = units.find(([each]) => age >= each) ?? [1, "second"];
  return `${countText(Math.floor(age / seconds), noun)} ago`;
}
