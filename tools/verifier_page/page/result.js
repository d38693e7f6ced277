// Shows a verdict.

import { ageText, countText, definitions, element, timeText, valueElement } from "./elements.js";
import { headline, keptWords, limits, meaning } from "./words.js";

/** @typedef {import("../../../functions/viewer/page/checking/verdict.js").Verdict} ShownVerdict */
/** @typedef {import("../../../functions/viewer/page/checking/verdict.js").CheckedRecord} ShownRecord */
/** @typedef {import("../../../functions/viewer/page/checking/kept_file.js").KeptComparison} ShownComparison */
/** @typedef {import("../../../functions/viewer/page/checking/export_manifest.js").ExportManifest} ShownManifest */
/** @typedef {{ manifest?: ShownManifest | null, recordsInFile?: number, kept?: ShownComparison | null }} ShownExtras */

const STATUS_WORDS = { proved: "proved", not_covered: "not proved", broken: "not proved" };

/**
 * @param {ShownVerdict & ShownExtras} verdict
 * @returns {Node[]}
 */
export function resultElements(verdict) {
  const main = [element("p", headline(verdict)), element("p", meaning(verdict))];
  const parts = [element("div", main, `verdict ${verdict.verdict}`)];
  if (verdict.epoch > 0) {
    const text = "An operator restarted this chain: records of an earlier epoch may be lost.";
    parts.push(element("p", `⚠ ${text}`));
  }
  if (verdict.kept) {
    const isWrong = verdict.kept.outcome === "contradicts";
    parts.push(element("p", keptWords(verdict.kept), isWrong ? "verdict broken" : ""));
  }
  parts.push(element("h3", "What the file says"), definitions(facts(verdict)));
  if (verdict.keys.length) parts.push(element("h3", "Keys that signed"), keyList(verdict));
  if (verdict.records.length) parts.push(...recordElements(verdict));
  parts.push(
    element("h3", "What this does not show"),
    element("p", limits(verdict, isFiltered(verdict))),
  );
  return parts;
}

/**
 * @param {ShownVerdict & ShownExtras} verdict
 * @returns {[string, string][]}
 */
function facts(verdict) {
  const { manifest, workspaceId, origin, size, time, runTime, age, logSize, epoch } = verdict;
  /** @type {[string, string | null | undefined | false][]} */
  const rows = [
    ["workspace", workspaceId ?? manifest?.workspaceId],
    ["log", origin && `${origin} at size ${logSize?.toLocaleString("en")}`],
    ["covered", origin && `${countText(size, "record")}, epoch ${epoch}`],
    ["run of the log", runTime !== null && `${timeText(runTime)}, as the operator says`],
    ["age", age !== null && time !== null && `${timeText(time)}, ${ageText(age)}`],
    ...verdict.witnesses.map(
      (each) =>
        /** @type {[string, string]} */ (["cosigned", `${each.name} at ${timeText(each.time)}`]),
    ),
    ["export", manifest && exportText(manifest, verdict.recordsInFile ?? 0)],
    ["made at", manifest?.createdAt],
    ["filters", manifest && filterText(manifest)],
  ];
  return rows.flatMap(([name, value]) =>
    value ? [/** @type {[string, string]} */ ([name, value])] : [],
  );
}

/**
 * @param {ShownManifest} manifest
 * @param {number} read
 */
function exportText({ first, last }, read) {
  return last < first ? "no records" : `records ${first} to ${last}, ${read} of them in the file`;
}

/** @param {ShownExtras} extras */
function isFiltered({ manifest }) {
  return Boolean(manifest && Object.keys(manifest.filters).length);
}

/** @param {ShownManifest} manifest */
function filterText({ filters, from, to }) {
  const chosen = Object.entries({ ...(from && { from }), ...(to && { to }), ...filters });
  return chosen.map(([name, value]) => `${name} = ${value}`).join(", ") || "none: all events";
}

/** @param {ShownVerdict} verdict */
function keyList({ keys }) {
  return definitions(
    keys.map(({ role, name, fingerprint }) => [
      role,
      element("span", [
        document.createTextNode(name),
        document.createElement("br"),
        element("code", `SHA-256 ${fingerprint}`),
      ]),
    ]),
  );
}

/** @param {ShownVerdict & ShownExtras} verdict */
function recordElements({ records, recordsInFile }) {
  const all = recordsInFile ?? records.length;
  const title = all > records.length ? `The first ${records.length} of ${all} records` : "Records";
  return [
    element("h3", title),
    ...records.map((each) => recordElement(each, records.length === 1)),
  ];
}

/**
 * @param {ShownRecord} record
 * @param {boolean} isOpen
 */
function recordElement({ sequence, status, event }, isOpen) {
  const named = [event?.created_at, event?.actor_id, event?.action].map(lineText).filter(Boolean);
  const summary = element("summary", [
    document.createTextNode(`${sequence} · ${STATUS_WORDS[status]}`),
    ...named.flatMap((each) => [document.createTextNode(" · "), element("bdi", each)]),
  ]);
  const body = event === null ? element("p", "It cannot be read.") : valueElement(event);
  const details = /** @type {HTMLDetailsElement} */ (element("details", [summary, body]));
  details.open = isOpen;
  return details;
}

/**
 * A value of a record in one line, whatever it is.
 *
 * @param {unknown} value
 */
function lineText(value) {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
