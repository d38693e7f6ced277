// One event on its own: from its proof file, or from the API where there is none yet.

import { ApiFailure, requestJson, requestText } from "./api.js";
import { checkFile } from "./checks.js";
import { eventOfListed, eventOfRecord } from "./record.js";

/** @typedef {import("./results.js").CheckResult} CheckResult */
/** @typedef {import("./checks.js").Checker} Checker */
/** @typedef {import("./results.js").EventStatus} EventStatus */
/** @typedef {import("./listchecks.js").Found} Found */
/** @typedef {import("./record.js").ListedEvent} ListedEvent */

/**
 * An event by its id, with its check. Raises ApiFailure, such as of the kind `missing`.
 *
 * @param {Checker} checker
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<Found>}
 */
export async function fetchSingle(checker, id, signal) {
  const path = `events/${encodeURIComponent(id)}`;
  let file;
  try {
    file = await requestText(`${path}/proof`, [], { signal });
  } catch (error) {
    if (!(error instanceof ApiFailure) || ["expired", "offline", "limited"].includes(error.kind))
      throw error;
    return withoutProof(id, await requestJson(path, [], { signal }), error);
  }
  const result = await checkFile(checker, file, id);
  const [record] = result.records ?? [];
  const event = record && eventOfRecord(record.text ?? "");
  if (!event) return withoutProof(id, await requestJson(path, [], { signal }), null, result);
  return { event, status: statusOfSingle(result), result, reason: result.brokenAt?.reason };
}

/**
 * An event as the API has it, because no proof file shows it.
 *
 * @param {string} id of the event that was asked for
 * @param {{ data: ListedEvent }} answer
 * @param {ApiFailure | null} failure why there is no proof
 * @param {CheckResult} [result] of a proof file without the event
 * @returns {Found}
 */
function withoutProof(id, answer, failure, result) {
  if (answer?.data?.id !== id)
    throw new ApiFailure("failed", "The answer is not the event that was asked for.");
  const event = eventOfListed(answer.data);
  if (result)
    return { event, status: statusOfSingle(result), result, reason: result.brokenAt?.reason };
  const isNew = failure?.kind === "too_new";
  const message = isNew ? "" : `There is no proof of this event. ${failure?.message}`;
  return {
    event,
    status: isNew ? "too_new" : "unchecked",
    result: { verdict: isNew ? "not_covered" : "unavailable", message },
  };
}

/**
 * The status of an event from the result of its own proof file.
 *
 * @param {CheckResult} result
 * @returns {EventStatus}
 */
function statusOfSingle({ verdict }) {
  /** @type {{ [verdict: string]: EventStatus }} */
  const statuses = { witnessed: "witnessed", operator: "signed", broken: "broken" };
  return statuses[verdict] ?? "unchecked";
}
