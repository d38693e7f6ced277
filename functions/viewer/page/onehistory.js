// One history: whether the checkpoints that this page has checked one after the other can all be
// true. They are kept in memory only. What contradicts itself stays broken until the page is closed.

import { ApiFailure, requestJson } from "./api.js";
import { NoAnswer, compareWithSeen } from "./checking/index.js";
import { button, make, saveFile } from "./dom.js";
import { overallOf } from "./results.js";

/** @typedef {import("./checking/seen_checkpoints.js").Contradiction} Contradiction */
/** @typedef {import("./checks.js").Checker} Checker */
/** @typedef {import("./results.js").CheckResult} CheckResult */
/** @typedef {import("./results.js").Overall} Overall */
/**
 * What is known of all checkpoints that the page has checked. `whyOpen` says why it is not shown of
 * some that they go on from the others.
 *
 * @typedef {object} OneHistory
 * @property {number} checkpoints
 * @property {string | null} whyOpen
 * @property {boolean} isRestarted whether the chain was restarted between two of them
 * @property {Contradiction | null} contradiction
 */

/**
 * A result after its checkpoint was compared with those before. It is broken if two contradict each
 * other, whichever they are.
 *
 * @param {Checker} checker
 * @param {string} file with the checkpoint of the result
 * @param {CheckResult} result
 * @returns {Promise<CheckResult>}
 */
export async function comparedResult(checker, file, result) {
  if (result.keys?.length) await compare(checker, file);
  const [broken] = contradictionResults(checker);
  if (!broken) return result;
  const records = result.records?.map((each) =>
    each.status === "proved" ? { ...each, status: /** @type {const} */ ("broken") } : each,
  );
  return { ...result, ...broken, records };
}

/**
 * Ask again for what shows that all checkpoints are of one history, if that is open. Returns
 * whether it was.
 *
 * @param {Checker} checker
 */
export async function compareAgain(checker) {
  if (checker.seen.whyOpen === null) return false;
  await compare(checker, null);
  return true;
}

/**
 * @param {Checker} checker
 * @param {string | null} file
 */
function compare({ seen, keys, policy }, file) {
  return compareWithSeen(seen, file, { keys: keys ?? [], policy, ask: askForGrowth });
}

/**
 * The answer that shows how the log and the workspace have grown since they had these sizes.
 *
 * @param {bigint} log
 * @param {bigint} workspace
 * @returns {Promise<unknown>}
 */
async function askForGrowth(log, workspace) {
  try {
    return await requestJson("checkpoint/consistency", [
      ["log", String(log)],
      ["workspace", String(workspace)],
    ]);
  } catch (error) {
    if (error instanceof ApiFailure) throw new NoAnswer(error.message);
    throw error;
  }
}

/**
 * The result that stands for a contradiction; none if there is none.
 *
 * @param {Checker} checker
 * @returns {CheckResult[]}
 */
function contradictionResults({ seen }) {
  if (seen.contradiction === null) return [];
  const { step, reason } = seen.contradiction;
  return [{ verdict: "broken", brokenAt: { step, sequence: null, reason } }];
}

/**
 * The verdict over several results, and over the checkpoints of the whole session.
 *
 * @param {Checker} checker
 * @param {readonly (CheckResult | null)[]} results
 * @returns {Overall}
 */
export function overallOfSession(checker, results) {
  const overall = overallOf([...contradictionResults(checker), ...results]);
  return { ...overall, history: historyOf(checker) };
}

/**
 * @param {Checker} checker
 * @returns {OneHistory}
 */
function historyOf({ seen }) {
  const { all, whyOpen, contradiction } = seen;
  /** @type {Map<string, bigint>} */
  const epochs = new Map();
  let isRestarted = false;
  for (const { proof } of all) {
    const { origin, workspaceId, epoch } = proof.checkpoint;
    const name = `${origin}/${workspaceId}`;
    isRestarted ||= (epochs.get(name) ?? epoch) !== epoch;
    epochs.set(name, epoch);
  }
  return { checkpoints: all.length, whyOpen, isRestarted, contradiction };
}

/**
 * Buttons that save the two checkpoints that contradict each other; null if none do.
 *
 * @param {Overall} overall
 */
export function evidenceElement({ history }) {
  const files = history?.contradiction?.files;
  if (!files) return null;
  return make(
    "div",
    { class: "buttons" },
    ["older", "newer"].map((each, at) =>
      button({ word: `Save the ${each} checkpoint`, drawing: "download", look: "plain" }, () =>
        saveFile(`${each}.tlog-proof`, files[at], "text/plain;charset=utf-8"),
      ),
    ),
  );
}
