// Popups: a button and what it opens below itself. Escape and a click elsewhere close it.

import { button, fill, icon, make } from "./dom.js";

const MARGIN_PIXELS = 8;

const openPopups = new Set();

/** A button that opens `content()`, which is made anew each time. `content` gets `close`. */
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

  function open() {
    for (const each of openPopups) each();
    fill(box, content(close));
    box.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    moveIntoSight(box);
    openPopups.add(close);
    box.querySelector("input, select, button")?.focus();
  }

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
  const setWord = (text) => {
    fill(opener, icon(drawing), make("span", { class: "word" }, text));
    opener.setAttribute("aria-label", `${label ?? word}: ${text}`);
  };
  return { element, opener, open, setWord };
}

/** Move a box to the left as far as it would be cut off at the right, but not past the left. */
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
      if (!event.target.closest(".popup-place")) close();
    }
  });
}
