// The signed checkpoints that were seen one after the other. An honest log has one history: each of
// its trees begins with every smaller one, and so does each tree of a workspace.

import { checkGrowth, readGrowth } from "./check_growth.js";
import { FailedStep, NoAnswer, Unreadable } from "./failures.js";
import { readTreeHead } from "./note.js";
import { readProofFile } from "./proof_file.js";
import { compareCheckpoints } from "./two_checkpoints.js";

const MOST_ROUNDS = 2; // the second one finds a server that has read its newest run since

/** @typedef {import("./proof_file.js").ProofFile} ProofFile */
/** @typedef {import("./trust.js").TrustOptions} TrustOptions */
/**
 * A checkpoint. `isJoined` says whether it was shown to be of one history with all others of its
 * workspace that are.
 *
 * @typedef {{ file: string, proof: ProofFile, logSize: bigint, isJoined: boolean }} Seen
 */
/**
 * Why two checkpoints cannot both be true, and their files, the older one first.
 *
 * @typedef {{ step: string, reason: string, files: [string, string] }} Contradiction
 */
/**
 * @typedef {object} SeenCheckpoints
 * @property {Seen[]} all one for each size of the log
 * @property {string | null} whyOpen why some are not joined
 * @property {Contradiction | null} contradiction the first that was found: it stays
 * @property {Promise<unknown>} turn ends after the last comparison
 */
/**
 * `ask` fetches the answer about the growth since these sizes. It may throw NoAnswer.
 *
 * @typedef {TrustOptions & {
 *   ask: (logSize: bigint, workspaceSize: bigint) => Promise<unknown>
 * }} SeenOptions
 */

/** @returns {SeenCheckpoints} */
export function newSeenCheckpoints() {
  return { all: [], whyOpen: null, contradiction: null, turn: Promise.resolve() };
}

/**
 * Compare a checkpoint with all that were seen, and ask for what shows that they are of one history.
 * Its signature must have been checked. Without a file, only what is open is asked for again.
 *
 * @param {SeenCheckpoints} seen
 * @param {string | null} file
 * @param {SeenOptions} options
 * @returns {Promise<void>}
 */
export function compareWithSeen(seen, file, options) {
  const done = seen.turn.then(async () => {
    if (file !== null) remember(seen, file);
    await joinAll(seen, options);
  });
  seen.turn = done.catch(() => {}); // whoever waits for `done` gets the error
  return done;
}

/**
 * Keep a checkpoint, unless one of its run is there already. Returns the one that is kept, or null
 * if it contradicts another.
 *
 * @param {SeenCheckpoints} seen
 * @param {string} file
 */
function remember(seen, file) {
  const proof = readProofFile(file);
  /** @type {Seen} */
  const made = { file, proof, logSize: readTreeHead(proof.note.text).size, isJoined: false };
  for (const each of seen.all) {
    const [older, newer] = each.logSize <= made.logSize ? [each, made] : [made, each];
    const [outcome, reason] = compareCheckpoints(older.proof, newer.proof);
    if (outcome === "contradicts") {
      seen.contradiction ??= { step: "two histories", reason, files: [older.file, newer.file] };
      return null;
    }
  }
  const known = seen.all.find((each) => each.logSize === made.logSize && isOfSame(each, made));
  if (known) return known;
  seen.all.push(made);
  return made;
}

/**
 * Whether two checkpoints are of the same workspace in the same log.
 *
 * @param {Seen} one
 * @param {Seen} other
 */
function isOfSame(one, other) {
  const [left, right] = [one.proof.checkpoint, other.proof.checkpoint];
  return left.origin === right.origin && left.workspaceId === right.workspaceId;
}

/**
 * Show of each checkpoint that it is of one history with the others. Ends at the first of which it
 * cannot be shown, so that a server which does not answer is not asked again and again.
 *
 * @param {SeenCheckpoints} seen
 * @param {SeenOptions} options
 */
async function joinAll(seen, options) {
  seen.whyOpen = null;
  for (const each of seen.all.filter(({ isJoined }) => !isJoined)) {
    if (seen.contradiction) return;
    const newest = newestJoined(seen, each);
    if (newest === null) each.isJoined = true;
    else if (!(await join(seen, newest, each, options))) return;
  }
}

/**
 * @param {SeenCheckpoints} seen
 * @param {Seen} like
 */
function newestJoined({ all }, like) {
  const joined = all.filter((each) => each.isJoined && isOfSame(each, like));
  return joined.reduce(
    (newest, each) => (newest === null || each.logSize > newest.logSize ? each : newest),
    /** @type {Seen | null} */ (null),
  );
}

/**
 * Show that two checkpoints begin one tree of the server, or that one begins the other. Returns
 * whether it was shown.
 *
 * @param {SeenCheckpoints} seen
 * @param {Seen} joined
 * @param {Seen} other
 * @param {SeenOptions} options
 */
async function join(seen, joined, other, options) {
  const [older, newer] = joined.logSize < other.logSize ? [joined, other] : [other, joined];
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const fromOlder = await grownFrom(seen, older, options);
    if (fromOlder === null) return false;
    const fromNewer = fromOlder === newer ? newer : await grownFrom(seen, newer, options);
    if (fromNewer === null) return false;
    if (fromOlder === fromNewer) {
      other.isJoined = fromOlder.isJoined = true;
      return true;
    }
  }
  seen.whyOpen = "The log grew while this page asked.";
  return false;
}

/**
 * The server's newest checkpoint, of which was shown that it goes on from an older one. Null if it
 * was not: then it is open why, or a contradiction.
 *
 * @param {SeenCheckpoints} seen
 * @param {Seen} older
 * @param {SeenOptions} options
 */
async function grownFrom(seen, older, options) {
  let growth;
  try {
    growth = readGrowth(await options.ask(older.logSize, older.proof.checkpoint.size));
    await checkGrowth(older.proof, growth, options);
  } catch (error) {
    if (error instanceof FailedStep && growth) {
      const { step, message: reason } = error;
      seen.contradiction ??= { step, reason, files: [older.file, growth.file] };
    } else if (error instanceof NoAnswer || error instanceof Unreadable) {
      seen.whyOpen = error.message;
    } else {
      throw error;
    }
    return null;
  }
  return remember(seen, growth.file);
}
