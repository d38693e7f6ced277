// Exports of the view: a file is made in the background, and fetched when it is complete.

import {
  apiAddress,
  ApiFailure,
  messageOf,
  pause,
  requestJson,
  requestPatiently,
  isAborted,
} from "./api.js";
import { announce, button, fill, make } from "./dom.js";
import { ageInWords, counted, formatSize } from "./format.js";
import { currentToken } from "./credentials.js";
import { filterInWords } from "./view.js";

/** @typedef {import("./api.js").Patience} Patience */
/** @typedef {import("./view.js").View} View */
/**
 * An export as the API has it.
 *
 * @typedef {object} ListExport
 * @property {string} id
 * @property {string} status
 * @property {number | null} [total_rows]
 * @property {number | null} [file_size]
 * @property {string | null} [download_url]
 * @property {string | null} [error_message]
 */
/**
 * @typedef {object} ExportWork
 * @property {AbortController | null} stop
 * @property {HTMLParagraphElement} said
 * @property {HTMLProgressElement} bar
 * @property {HTMLDivElement} place of the buttons
 * @property {HTMLButtonElement[]} buttons one for each format
 */

const EXPORT_POLL_MS = [1_000, 1_000, 2_000, 3_000, 5_000];

/**
 * What the panel shows: the view as words, the formats, and the progress.
 *
 * @param {View} view
 * @param {number | null} total
 */
export function exportContent(view, total) {
  const said = make("p", { class: "said", role: "status" });
  const bar = make("progress", { "aria-label": "Progress of the export", hidden: true });
  const place = make("div", { class: "buttons" });
  const work = /** @type {ExportWork} */ ({ stop: null, said, bar, place });
  /** @param {"csv" | "ndjson"} format */
  const start = (format) =>
    button(
      {
        word: format === "csv" ? "CSV, for a spreadsheet" : "NDJSON, to verify",
        drawing: "download",
        look: format === "csv" ? "strong" : "plain",
      },
      () => runExport(work, view, format),
    );
  work.buttons = [start("csv"), start("ndjson")];
  fill(place, work.buttons);
  const filters = view.filters.map(([name, value]) =>
    make("li", {}, `${filterInWords(name, value).join(": ")}`),
  );
  return [
    make(
      "p",
      {},
      total === null ? "All events of this view." : `All ${counted(total, "event")} of this view.`,
    ),
    filters.length > 0 && make("ul", { class: "plain-list" }, filters),
    place,
    bar,
    said,
    make(
      "p",
      { class: "hint" },
      "The NDJSON file has the exact records and what is needed to verify them, with verify.html or the command line.",
    ),
  ];
}

/**
 * Make an export and download it. The buttons give way to one that cancels it.
 *
 * @param {ExportWork} work
 * @param {View} view
 * @param {"csv" | "ndjson"} format
 */
async function runExport(work, view, format) {
  const stop = new AbortController();
  const began = Date.now();
  /** @param {string} text */
  const say = (text) => fill(work.said, text);
  const cancel = button({ word: "Cancel", look: "plain" }, () => stop.abort());
  fill(work.place, cancel);
  cancel.focus();
  work.bar.hidden = false;
  /** @type {string | null} */
  let id = null;
  try {
    /** @type {Patience} */
    const patience = {
      signal: stop.signal,
      onWait: (seconds) => say(`The audit log is busy. Trying again in ${seconds} s …`),
    };
    say("Starting …");
    const body = { format, filters: exportFilters(view) };
    /** @type {{ data: ListExport }} */
    const started = await requestPatiently(
      () => requestJson("exports", [], { method: "POST", body, signal: stop.signal }),
      patience,
    );
    id = started.data.id;
    const finished = await awaitExport(id, patience, (data) =>
      say(
        `${data.status === "pending" ? "Waiting to begin" : "Writing the file"} … ${ageInWords(Date.now() - began)}`,
      ),
    );
    say(
      `${counted(finished.total_rows ?? 0, "event")}, ${formatSize(finished.file_size ?? 0)}. The download begins.`,
    );
    await download(id, finished);
  } catch (error) {
    if (isAborted(error)) {
      say("Cancelled.");
      if (id) requestJson(`exports/${id}`, [], { method: "DELETE" }).catch(() => {});
    } else {
      say(messageOf(error));
    }
  }
  work.bar.hidden = true;
  fill(work.place, work.buttons);
  if (work.place.isConnected) work.buttons[0].focus();
  announce(work.said.textContent);
}

/**
 * The filters of a view as the body of an export has them.
 *
 * @param {View} view
 */
function exportFilters(view) {
  /** @type {{ action?: string[], [name: string]: string | string[] | undefined }} */
  const filters = {};
  for (const [name, value] of view.filters) {
    if (name === "action" && filters.action) filters.action.push(value);
    else filters[name] = name === "action" ? [value] : value;
  }
  return filters;
}

/**
 * Ask for an export until it is complete. Raises ApiFailure if it failed.
 *
 * @param {string} id
 * @param {Patience} patience
 * @param {(data: ListExport) => void} onProgress
 * @returns {Promise<ListExport>}
 */
async function awaitExport(id, patience, onProgress) {
  for (let turn = 0; ; turn += 1) {
    /** @type {{ data: ListExport }} */
    const { data } = await requestPatiently(
      () => requestJson(`exports/${id}`, [], patience),
      patience,
    );
    if (data.status === "completed") return data;
    if (data.status === "failed")
      throw new ApiFailure("failed", data.error_message || "The export failed.");
    onProgress(data);
    await pause(EXPORT_POLL_MS[Math.min(turn, EXPORT_POLL_MS.length - 1)], patience.signal);
  }
}

/**
 * Fetch the file. A token gets the address of a file in the answer to a request of its own.
 *
 * @param {string} id
 * @param {ListExport} finished
 */
async function download(id, finished) {
  let address = finished.download_url;
  if (!address && currentToken()) {
    /** @type {{ data: { url: string } }} */
    const answer = await requestJson(`exports/${id}/download`);
    address = answer.data.url;
  }
  const url = new URL(address ?? "about:blank", apiAddress(""));
  if (url.protocol !== "https:" && url.protocol !== location.protocol)
    throw new ApiFailure("failed", "The address of the file is no web address.");
  make("a", {
    href: url.href,
    download: true,
    rel: "noreferrer",
    referrerpolicy: "no-referrer",
  }).click();
}
