// Elements: made one by one, with text as text. No markup is ever parsed.

/** @typedef {string | number | boolean | null | undefined} AttributeValue */
/** @typedef {{ [type: string]: (event: Event) => void }} Listeners */
/** @typedef {{ [name: string]: AttributeValue | Listeners }} Attributes */
/** @typedef {Node | string | false | null | undefined} Child */
/** @typedef {Child | readonly Child[]} Children */
/** @typedef {keyof typeof ICONS} DrawingName */
/**
 * `keys` are named in the title. All other options are attributes.
 *
 * @typedef {{
 *   word?: string | null, drawing?: DrawingName, label?: string, look?: string, keys?: string,
 *   [attribute: string]: AttributeValue
 * }} ButtonOptions
 */

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

const ICONS = {
  shield: [
    "M8 1.5 2.5 3.5v4c0 3.4 2.2 5.9 5.5 7 3.3-1.1 5.5-3.6 5.5-7v-4z",
    "m5.5 8 1.8 1.8 3.3-3.6",
  ],
  search: ["M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10z", "m10.6 10.6 3.4 3.4"],
  calendar: ["M2.5 3.5h11v10h-11z", "M2.5 6.5h11", "M5.5 2v3", "M10.5 2v3"],
  filter: ["M2 3.5h12", "M4.5 8h7", "M6.5 12.5h3"],
  jump: ["M3 3v5.5h9", "m9.5 6 2.5 2.5L9.5 11"],
  download: ["M8 2v8", "m4.8 7 3.2 3.2L11.2 7", "M2.5 13.5h11"],
  copy: ["M5.5 5.5h8v8h-8z", "M10.5 5.5v-3h-8v8h3"],
  theme: ["M8 2a6 6 0 1 0 0 12z", "M8 2a6 6 0 1 1 0 12"],
  help: [
    "M6 6a2 2 0 1 1 2.8 1.9c-.5.2-.8.6-.8 1.1v.4",
    "M8 11.8v.2",
    "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z",
  ],
  close: ["m3.5 3.5 9 9", "m12.5 3.5-9 9"],
  previous: ["M10 3 5 8l5 5"],
  next: ["m6 3 5 5-5 5"],
  up: ["M8 13V3", "m4 7 4-4 4 4"],
  witnessed: ["m1 8.5 3 3 5.5-6.5", "m7.5 11 1 1L15 4.5"],
  signed: ["m3 8.5 3.2 3.2L13 4.5"],
  waiting: ["M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z", "M8 4.5V8l2.5 1.5"],
  broken: ["M8 1.8 14.8 14H1.2z", "M8 6.3v3.5", "M8 11.9v.2"],
  unknown: ["M3 8h10"],
};

/**
 * An element with attributes, listeners (`on`) and children. A string is a text.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} [attributes]
 * @param {Children[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [type, listener] of Object.entries(/** @type {Listeners} */ (value)))
        element.addEventListener(type, listener);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  addAll(element, children);
  return element;
}

/**
 * Add children to an element; nothing is skipped but null, undefined and false.
 *
 * @param {Element} element
 * @param {readonly Children[]} children
 */
export function addAll(element, children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child);
  }
}

/**
 * Replace what an element contains.
 *
 * @template {Element} T
 * @param {T} element
 * @param {Children[]} children
 * @returns {T}
 */
export function fill(element, ...children) {
  element.replaceChildren();
  addAll(element, children);
  return element;
}

/**
 * A small drawing beside a word, or inside a button that has a name.
 *
 * @param {DrawingName} name
 */
export function icon(name) {
  const drawing = document.createElementNS(SVG_NAMESPACE, "svg");
  const attributes = {
    viewBox: "0 0 16 16",
    "aria-hidden": "true",
    class: "icon",
    focusable: "false",
  };
  for (const [key, value] of Object.entries(attributes)) drawing.setAttribute(key, value);
  for (const line of ICONS[name]) {
    const path = document.createElementNS(SVG_NAMESPACE, "path");
    path.setAttribute("d", line);
    drawing.append(path);
  }
  return drawing;
}

/**
 * A button with a drawing, a word, or both. Without a word, `label` names it.
 *
 * @param {ButtonOptions} options
 * @param {(event: Event) => void} press
 */
export function button({ word, drawing, label, look = "quiet", keys, ...attributes }, press) {
  const described = label && keys ? `${label} (${keys})` : label;
  return make(
    "button",
    {
      type: "button",
      class: `button ${look}`,
      "aria-label": word ? null : label,
      title: described || (keys ? `${word} (${keys})` : null),
      ...attributes,
      on: { click: press },
    },
    drawing && icon(drawing),
    word && make("span", { class: "word" }, word),
  );
}

/**
 * A text from outside, whose direction cannot change that of the words around it.
 *
 * @param {string} text
 * @param {Attributes} [attributes]
 */
export function isolated(text, attributes = {}) {
  return make("bdi", attributes, text);
}

/** @type {HTMLElement | null} */
let liveRegion = null;

/**
 * Say something to people who use a screen reader.
 *
 * @param {string} text
 */
export function announce(text) {
  if (!liveRegion) {
    liveRegion = make("div", { role: "status", class: "unseen" });
    document.body.append(liveRegion);
  }
  liveRegion.textContent = text;
}

/**
 * Save a text or bytes as a file.
 *
 * @param {string} name
 * @param {string} content
 * @param {string} type
 */
export function saveFile(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = make("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * Copy a text. Returns whether the browser allowed it.
 *
 * @param {string} text
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = make("textarea", { class: "unseen", readonly: true });
    field.value = text;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }
}
