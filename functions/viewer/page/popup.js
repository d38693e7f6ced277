// Popups: a button and what it opens below itself. Escape and a click elsewhere close it.

import { button, fill, icon, make } from "./dom.js";

/** @typedef {import("./dom.js").Children} Children */
/** @typedef {import("./dom.js").DrawingName} DrawingName */
/**
 * @typedef {object} Popup
 * @property {HTMLElement} element
 * @property {HTMLButtonElement} opener
 * @property {() => void} open
 * @property {(text: string) => void} setWord what the button says
 */

const MARGIN_PIXELS = 8;

/** @type {Set<() => void>} */
const openPopups = new Set();

/**
 * A button that opens `content()`, which makes new content each time. `content` gets `close`.
 *
 * @param {{ word?: string, drawing: DrawingName, label?: string, keys?: string }} options of the button
 * @param {(close: () => void) => Children} content
 * @returns {Popup}
 */
export function popup({ word, drawing, label, keys }, content) {
  const box = make("div", {
    class: "popup",
    role: "dialog",
    "aria-label": label ?? word,
    hidden: true,
  });
  const opener = button(
    {
      word,
      drawing,
      label: label ?? word,
      keys,
      look: "plain",
      "aria-expanded": "false",
      "aria-haspopup": "dialog",
    },
    () => {
      if (box.hidden) open();
      else close();
    },
  );
  const element = make("div", { class: "popup-place" }, opener, box);

  /** Show the content, and close every other popup. */
  function open() {
    for (const each of openPopups) each();
    fill(box, content(close));
    box.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    moveIntoSight(box);
    openPopups.add(close);
    /** @type {HTMLElement | null} */
    const first = box.querySelector("input, select, button");
    first?.focus();
  }

  /** Hide the content. The focus goes back to the button if it was inside. */
  function close() {
    if (box.hidden) return;
    const hadFocus = box.contains(document.activeElement);
    box.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    openPopups.delete(close);
    if (hadFocus) opener.focus();
  }

  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || box.hidden) return;
    event.stopPropagation();
    close();
  });
  /** @param {string} text */
  const setWord = (text) => {
    fill(opener, icon(drawing), make("span", { class: "word" }, text));
    opener.setAttribute("aria-label", `${label ?? word}: ${text}`);
  };
  return { element, opener, open, setWord };
}

/**
 * Move a box to the left as far as it would be cut off at the right, but not past the left.
 *
 * @param {HTMLElement} box
 */
function moveIntoSight(box) {
  box.style.left = "0";
  const { left, right } = box.getBoundingClientRect();
  const beyond = right - (document.documentElement.clientWidth - MARGIN_PIXELS);
  box.style.left = `${-Math.max(0, Math.min(beyond, left - MARGIN_PIXELS))}px`;
}

/** Close popups when somebody clicks elsewhere. Call it once. */
export function closePopupsOnClicks() {
  document.addEventListener("pointerdown", (event) => {
    for (const close of openPopups) {
      if (!(/** @type {Element} */ (event.target).closest(".popup-place"))) close();
    }
  });
}
