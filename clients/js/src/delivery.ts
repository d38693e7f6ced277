/** Sends a batch, the same bytes under the same key, until its answer is final. */

import type { Batch } from "./batches.js";
import type { Connection } from "./connection.js";
import { TimeoutError } from "./errors.js";
import type { Reports } from "./reports.js";
import { pauseBefore, pauseWhileHeld } from "./retries.js";
import { send } from "./sending.js";

/** From here on, a cause that goes away by itself is an outage, which somebody should know of. */
const OUTAGE = 10_000;

/** Whether the batch is answered. False if the signal has aborted before. */
export async function deliver(
  connection: Connection,
  batch: Batch,
  reports: Reports,
  signal: AbortSignal,
): Promise<boolean> {
  const { wait, random } = connection.outside;
  let paused = 0;
  try {
    for (let failures = 1; ; failures++) {
      const verdict = await send(connection, batch, signal);
      if (verdict.kind === "done") {
        reports.held(undefined);
        reports.refused(batch, verdict.refused);
        return true;
      }
      const { error } = verdict;
      const isBlocked = verdict.kind === "blocked";
      const pause = isBlocked
        ? pauseWhileHeld(error.retryAfter, random())
        : pauseBefore(failures, error.retryAfter, random());
      paused += pause;
      // The time limit of a request is long enough to count as an outage.
      if (isBlocked || paused >= OUTAGE || error instanceof TimeoutError) reports.held(error);
      await wait(pause, signal);
    }
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
