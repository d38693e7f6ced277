/** Sends a batch once, and says what its answer means for the recorder. */

import { promisify } from "node:util";
import { gzip } from "node:zlib";

import type { Batch } from "./batches.js";
import type { Connection } from "./connection.js";
import {
  ConnectionError,
  IdempotencyConflictError,
  ImmutableError,
  MalformedJsonError,
  NotIndelibleError,
  QuotaExceededError,
  TimeoutError,
  ValidationFailedError,
} from "./errors.js";
import type { FieldError, Receipt } from "./types.js";

/** Each event of a batch that was refused, by its place. The others are in the chain, or will be. */
export type Refusals = { index: number; errors: FieldError[] }[];

/** `done` ends the batch. `again` repeats it soon, and `blocked` slowly, because somebody must act. */
export type Verdict =
  | { kind: "done"; refused: Refusals }
  | { kind: "again"; error: ImmutableError }
  | { kind: "blocked"; error: ImmutableError };

const compress = promisify(gzip);

export async function send(
  connection: Connection,
  batch: Batch,
  signal: AbortSignal,
): Promise<Verdict> {
  const headers = {
    "content-type": "application/x-ndjson",
    "content-encoding": "gzip",
    "idempotency-key": batch.key,
  };
  const body = await compress(batch.body);
  try {
    const answer = await connection.json({
      method: "POST",
      path: "/v1/events/batch",
      body,
      headers,
      signal,
    });
    return judgeReceipts((answer as { events?: Receipt[] }).events, batch.count);
  } catch (error) {
    if (!(error instanceof ImmutableError)) throw error;
    return judgeError(error, batch.count);
  }
}

function judgeReceipts(receipts: Receipt[] | undefined, count: number): Verdict {
  if (!Array.isArray(receipts) || receipts.length !== count) {
    const message = "The answer has no receipt for each event. Check baseUrl, and what is between.";
    return { kind: "blocked", error: new NotIndelibleError(message, 202) };
  }
  // The same batch under the same key gives events that had failed another chance, and no other.
  if (receipts.some((receipt) => !["queued", "duplicate", "invalid"].includes(receipt.status))) {
    return { kind: "again", error: new ImmutableError("Some events could not be queued.", 202) };
  }
  return { kind: "done", refused: refusalsOf(receipts) };
}

function judgeError(error: ImmutableError, count: number): Verdict {
  if (error instanceof ValidationFailedError)
    return { kind: "done", refused: refusalsOfAll(error, count) };
  if (error instanceof MalformedJsonError)
    return { kind: "done", refused: refuseEach(error, count) };
  if (error instanceof QuotaExceededError) return { kind: "blocked", error };
  const { statusCode } = error;
  const passes = statusCode === 429 || statusCode >= 500;
  if (passes || error instanceof ConnectionError || error instanceof TimeoutError)
    return { kind: "again", error };
  return { kind: "blocked", error };
}

function refusalsOfAll(error: ValidationFailedError, count: number): Refusals {
  const { events } = error;
  const hasReceipts = Array.isArray(events) && events.length === count;
  return hasReceipts ? refusalsOf(events) : refuseEach(error, count);
}

function refuseEach(error: ImmutableError, count: number): Refusals {
  const field = error instanceof IdempotencyConflictError ? "idempotency_key" : "";
  return Array.from({ length: count }, (_, index) => ({
    index,
    errors: [{ field, message: error.message }],
  }));
}

function refusalsOf(receipts: Receipt[]): Refusals {
  return receipts.flatMap((receipt, index) =>
    receipt.status === "invalid" ? [{ index, errors: receipt.errors }] : [],
  );
}
