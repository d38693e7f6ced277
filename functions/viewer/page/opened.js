// An opened event: every field, what was checked of it, its JSON and its proof file.

import { ApiFailure, requestPatiently, requestText } from "./api.js";
import { announce, button, copyText, fill, icon, make, saveFile } from "./dom.js";
import { formatCount, formatSize, wholeTime } from "./format.js";
import { indentedText } from "./record.js";
import { textElement, valueElement } from "./value.js";
import { sentenceOfEvent, STATUS_WORDS } from "./eventwords.js";

/** @typedef {import("./results.js").EventStatus} EventStatus */
/** @typedef {import("./results.js").Overall} Overall */
/** @typedef {import("./dom.js").Child} Child */
/** @typedef {import("./checking/exact_json.js").JsonValue} JsonValue */
/** @typedef {import("./record.js").ShownEvent} ShownEvent */
/**
 * What was checked of an event. `reason` says why it is broken.
 *
 * @typedef {{ status: EventStatus, overall: Overall, reason?: string }} OpenedCheck
 */
/** @typedef {(name: string, value: string) => void} FilterBy */

const SHOWN_TEXT = 20_000;

/**
 * What the panel shows of an event. `filterBy(name, value)` narrows the view.
 *
 * @param {ShownEvent} event
 * @param {OpenedCheck} check
 * @param {FilterBy} filterBy
 * @returns {Child[]}
 */
export function openedEvent(event, check, filterBy) {
  /**
   * @param {string} word
   * @param {JsonValue} [value]
   * @param {string} [name] of the filter
   */
  const field = (word, value, name) => fieldOf(word, value, name, filterBy);
  const { actor, resource } = event;
  return [
    checkOf(event, check),
    actionsOf(event),
    !event.isIntact &&
      make(
        "p",
        { class: "note broken" },
        icon("broken"),
        "The server says that the stored segment of this event was changed.",
      ),
    section("What happened", [
      field("Action", event.action, "action"),
      field("Category", event.category, "action_category"),
      timeField("Recorded", event.createdAt),
      timeField("Occurred", event.occurredAt),
    ]),
    section("Who", [
      field("Name", actor.name),
      field("Id", actor.id, "actor_id"),
      field("Type", actor.type, "actor_type"),
    ]),
    section("On what", [
      field("Name", resource.name),
      field("Id", resource.id, "resource_id"),
      field("Type", resource.type, "resource"),
    ]),
    ...event.targets.map((target, at) =>
      section(event.targets.length > 1 ? `Target ${formatCount(at + 1)}` : "Target", [
        field("Name", target.name),
        field("Id", target.id, "target_id"),
        field("Type", target.type, "target_type"),
        target.metadata
          ? make(
              "div",
              { class: "wide" },
              make("dt", {}, "Metadata"),
              make("dd", {}, valueElement(target.metadata)),
            )
          : null,
      ]),
    ),
    section("From where", [
      field("IP address", event.ipAddress, "ip_address"),
      field("Session", event.sessionId, "session_id"),
      field("User agent", event.userAgent),
      field("Tenant", event.tenantId, "tenant_id"),
    ]),
    event.metadata !== null &&
      make("section", {}, make("h3", {}, "Metadata"), valueElement(event.metadata)),
    section("Record", [
      field("Number", formatCount(event.sequence)),
      field("Event id", event.id),
      field("Version", event.version),
      field("Idempotency key", event.idempotencyKey),
    ]),
    jsonOf(event),
  ];
}

/**
 * What was checked of an event, in one sentence.
 *
 * @param {ShownEvent} event
 * @param {OpenedCheck} check
 */
export function checkOf(event, { status, overall, reason }) {
  const { word, drawing } = STATUS_WORDS[status];
  return make(
    "div",
    { class: `verdict ${status}`, "data-event": event.id },
    make("p", { class: "headline" }, icon(drawing), word),
    make("p", {}, sentenceOfEvent(status, overall, event, reason)),
  );
}

/**
 * A part of the event with a title; null if it has no field.
 *
 * @param {string} title
 * @param {Child[]} fields
 */
function section(title, fields) {
  const shown = fields.filter(Boolean);
  if (shown.length === 0) return null;
  return make("section", {}, make("h3", {}, title), make("dl", { class: "fields" }, shown));
}

/**
 * A field, with a button that filters by it; null if it has no value.
 *
 * @param {string} word
 * @param {JsonValue | undefined} value
 * @param {string | undefined} name of the filter
 * @param {FilterBy} filterBy
 */
function fieldOf(word, value, name, filterBy) {
  if (value === null || value === undefined) return null;
  const text = typeof value === "object" ? valueElement(value) : textElement(String(value));
  const filter =
    name &&
    button(
      {
        drawing: "filter",
        label: `Show only events with this ${word.toLowerCase()}`,
        look: "quiet small",
      },
      () => filterBy(name, String(value)),
    );
  return make("div", {}, make("dt", {}, word), make("dd", {}, text, filter));
}

/**
 * A field with a time; null if it has none.
 *
 * @param {string} word
 * @param {string | null} value
 */
function timeField(word, value) {
  return value && make("div", {}, make("dt", {}, word), make("dd", {}, wholeTime(value)));
}

/**
 * What one can do with an event: copy it, and save its proof.
 *
 * @param {ShownEvent} event
 */
function actionsOf(event) {
  const said = make("p", { class: "said", role: "status" });
  const copy = button({ word: "Copy JSON", drawing: "copy", look: "plain" }, async () => {
    said.textContent = (await copyText(event.text))
      ? "Copied, exactly as it was recorded."
      : "Your browser does not allow it.";
  });
  const proof = button({ word: "Proof file", drawing: "download", look: "plain" }, async () => {
    proof.disabled = true;
    await saveProof(event, said);
    proof.disabled = false;
  });
  return make("div", {}, make("div", { class: "buttons" }, copy, proof), said);
}

/**
 * Save the proof file of an event, and say how that went.
 *
 * @param {ShownEvent} event
 * @param {HTMLElement} said
 */
async function saveProof(event, said) {
  fill(said, "Fetching the proof file …");
  try {
    const path = `events/${encodeURIComponent(event.id)}/proof`;
    /** @param {number} seconds */
    const onWait = (seconds) => fill(said, `The audit log is busy. Trying again in ${seconds} s …`);
    const text = await requestPatiently(() => requestText(path), { onWait });
    saveFile(`${event.id}.tlog-proof`, text, "text/plain;charset=utf-8");
    fill(said, "Saved. Open it in verify.html, or give it to an auditor.");
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    fill(
      said,
      error.kind === "too_new"
        ? "There is no proof yet. A checkpoint is made every minute or two."
        : error.message,
    );
  }
  announce(said.textContent);
}

/**
 * The JSON of an event, behind a line that unfolds it.
 *
 * @param {ShownEvent} event
 */
function jsonOf(event) {
  const text = make("pre", { tabindex: "0" });
  const details = make(
    "details",
    { class: "json" },
    make(
      "summary",
      {},
      "JSON",
      make(
        "span",
        { class: "beside" },
        ` ${formatSize(new TextEncoder().encode(event.text).length)}`,
      ),
    ),
  );
  details.addEventListener("toggle", () => {
    if (!details.open || text.isConnected) return;
    const whole = indentedText(event.text);
    text.textContent = whole.slice(0, SHOWN_TEXT);
    details.append(text);
    if (whole.length > SHOWN_TEXT) {
      const more = button({ word: "Show the rest", look: "link" }, () => {
        text.textContent = whole;
        more.remove();
      });
      details.append(more);
    }
  });
  return details;
}
