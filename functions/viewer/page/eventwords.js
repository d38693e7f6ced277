// Words: what the page says of the check of one event.

import { ageInWords, counted, timeInWords } from "./format.js";
import { BROKEN_WITHOUT_PLACE, brokenReason, namesOf } from "./wording.js";

/** @typedef {import("./dom.js").DrawingName} DrawingName */
/** @typedef {import("./record.js").ShownEvent} ShownEvent */
/** @typedef {import("./results.js").EventStatus} EventStatus */
/** @typedef {import("./results.js").Overall} Overall */
/** @typedef {{ word: string, drawing: DrawingName, meaning: string }} StatusWords */

/**
 * What a row says of its event.
 *
 * @type {Record<EventStatus, StatusWords>}
 */
export const STATUS_WORDS = {
  checking: {
    word: "Checking",
    drawing: "waiting",
    meaning: "The record is being checked in your browser.",
  },
  witnessed: {
    word: "Witnessed",
    drawing: "witnessed",
    meaning: "The record is in a checkpoint that a witness has countersigned.",
  },
  signed: {
    word: "Signed",
    drawing: "signed",
    meaning: "The record is in a checkpoint that only the operator has signed.",
  },
  too_new: {
    word: "Too new",
    drawing: "waiting",
    meaning: "No checkpoint covers the record yet. That takes a minute or two.",
  },
  overdue: {
    word: "Overdue",
    drawing: "waiting",
    meaning: "No checkpoint covers the record yet, although it is older than ten minutes.",
  },
  broken: {
    word: "Broken",
    drawing: "broken",
    meaning: "The record does not fit what the log has signed.",
  },
  unproved: {
    word: "Not proved",
    drawing: "broken",
    meaning: "The proof that this record came with does not hold.",
  },
  unchecked: {
    word: "Not checked",
    drawing: "unknown",
    meaning: "There was nothing to check the record against.",
  },
};

/**
 * One sentence about one event.
 *
 * @param {EventStatus} status
 * @param {Overall} overall
 * @param {ShownEvent} event
 * @param {string} [reason] why it is broken
 */
export function sentenceOfEvent(status, overall, event, reason) {
  switch (status) {
    case "witnessed":
      return `This record is exactly what the log held at ${timeInWords((overall.time ?? 0) * 1_000)}: its hash leads to a checkpoint of ${counted(overall.size ?? 0, "event")} that the operator signed and ${namesOf(overall.witnesses)} countersigned.`;
    case "signed":
      return `This record is exactly what the log held at ${timeInWords((overall.time ?? 0) * 1_000)}: its hash leads to a checkpoint of ${counted(overall.size ?? 0, "event")} that the operator signed. No witness has countersigned it.`;
    case "too_new":
    case "overdue": {
      const age = ageInWords(Date.now() - new Date(event.createdAt ?? 0).getTime());
      const warning =
        status === "overdue" ? " That is longer than it should take; ask the operator." : "";
      return `No checkpoint covers this record yet. It was recorded ${age} ago.${warning}`;
    }
    case "broken":
      return `${brokenReason({ reason })} Do not rely on what this event says.`;
    case "unproved":
      return `The proof of the page that this record came with does not hold: ${overall.brokenAt?.reason ?? "it was changed"}${overall.brokenAt && overall.brokenAt.step in BROKEN_WITHOUT_PLACE ? "" : " This may be because of another record."}`;
    case "checking":
      return "This record is being checked.";
    default:
      return overall.verdict === "impossible"
        ? "This browser cannot check here."
        : overall.message || "This record was not checked.";
  }
}
