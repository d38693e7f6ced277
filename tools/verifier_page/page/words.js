// The verdicts in words, and what each of them does and does not show.

import { countText, timeText } from "./elements.js";

/** @typedef {import("../../../functions/viewer/page/checking/verdict.js").Verdict} FileVerdict */
/** @typedef {import("../../../functions/viewer/page/checking/kept_file.js").KeptComparison} Comparison */

/**
 * The verdict in one line. The sign before it says the same without colour.
 *
 * @param {FileVerdict} verdict
 */
export function headline(verdict) {
  const covered = verdict.size > 0 ? `up to record ${verdict.size.toLocaleString("en")}` : null;
  switch (verdict.verdict) {
    case "witnessed":
      return covered ? `✓ Witnessed ${covered}` : "✓ Witnessed: no records yet";
    case "operator":
      return `◐ Signed by the operator only${covered ? `, ${covered}` : ": no records yet"}`;
    case "not_covered":
      return "○ Not covered yet";
    case "unsigned":
      return "○ Whole, but no key of yours vouches for it";
    default:
      return isOfAnotherKind(verdict)
        ? "✕ Not a file that can be checked"
        : `✕ Broken${brokenPlace(verdict)}`;
  }
}

/**
 * Whether not even the form of the file could be read. It may be any other file.
 *
 * @param {FileVerdict} verdict
 */
function isOfAnotherKind({ brokenAt }) {
  return brokenAt?.step === "file" || brokenAt?.step === "manifest";
}

/** @param {FileVerdict} verdict */
function brokenPlace({ brokenAt }) {
  return brokenAt?.sequence ? ` at record ${brokenAt.sequence.toLocaleString("en")}` : "";
}

/**
 * What the verdict means.
 *
 * @param {FileVerdict} verdict
 */
export function meaning(verdict) {
  const since = verdict.time === null ? "" : timeText(verdict.time);
  const witnesses = verdict.witnesses.map((each) => each.name).join(", ");
  switch (verdict.verdict) {
    case "witnessed":
      return `What is covered here has not changed since ${since}, as countersigned by ${witnesses}.`;
    case "operator":
      return (
        `The log's operator signed this at ${since}, as the operator says. ${withoutWitness(verdict)}, ` +
        "so the operator could show somebody else another log."
      );
    case "not_covered":
      return (
        verdict.reason ?? "These records are newer than the checkpoint. Check them again later."
      );
    case "unsigned":
      return "The file contradicts itself nowhere. Anybody can make such a file: add a key above.";
    default:
      return isOfAnotherKind(verdict)
        ? "It is no proof file, checkpoint file or export, or it was changed or cut off: " +
            `${verdict.brokenAt?.reason}.`
        : `The step that failed: ${verdict.brokenAt?.step}. ${verdict.brokenAt?.reason}`;
  }
}

/** @param {FileVerdict} verdict */
function withoutWitness({ witnesses }) {
  return witnesses.length ? "Your policy asks for no witness" : "No witness that you trust saw it";
}

/**
 * What no verdict of this page shows.
 *
 * @param {FileVerdict} verdict
 * @param {boolean} isFiltered whether a filter leaves records of the export out
 */
export function limits(verdict, isFiltered = false) {
  const later =
    verdict.size && verdict.verdict !== "broken"
      ? ` Records after ${verdict.size.toLocaleString("en")} are not covered by this file.`
      : "";
  const filtered = isFiltered
    ? " The export has a filter. Of the records left out it has only hashes, so the file does not " +
      "show which of them match it."
    : "";
  return (
    "It does not show that an application reported the truth, that nothing was left out before " +
    `it was recorded, or that there is no newer checkpoint than this.${later}${filtered} And it is worth as ` +
    "much as this page: if somebody gave it to you, compare its SHA-256 with what " +
    "“indelible version --verifier” of a package prints that you installed yourself."
  );
}

/**
 * How the kept file compares, in words.
 *
 * @param {Comparison} kept
 */
export function keptWords({ outcome, size, reason }) {
  switch (outcome) {
    case "same":
    case "grown":
      return `✓ It goes on from the file that you kept. ${reason}`;
    case "contradicts":
      return `✕ It contradicts the file that you kept. ${reason}`;
    case "open":
      return (
        `○ It cannot be compared here. ${reason} Open an export from the first record on, or run ` +
        "“indelible verify --checkpoint FILE --against-log” with the kept file of " +
        `${countText(size, "record")}.`
      );
    default:
      return `○ It cannot be compared. ${reason}`;
  }
}
