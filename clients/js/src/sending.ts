/** Sends a batch once, and says what its answer means for the recorder. */

import { promisify } from "node:util";
import { gzip } from "node:zlib";

import type { Batch } from "./batches.js";
import type { Connection } from "./connection.js";
import {
  ConnectionError,
  IdempotencyConflictError,
  ImmutableError,
  NotIndelibleError,
  QuotaExceededError,
  TimeoutError,
  TlsError,
  ValidationFailedError,
} from "./errors.js";
import { NO_SUCH_METHOD } from "./retries.js";
import type { FieldError, Receipt } from "./types.js";

/** Each event of a batch that was refused, by its place. The others are in the chain, or will be. */
export type Refusals = { index: number; errors: FieldError[] }[];

/** `done` ends the batch. `again` repeats it soon, and `blocked` slowly, because somebody must act. */
export type Verdict =
  | { kind: "done"; refused: Refusals }
  | { kind: "again"; error: ImmutableError }
  | { kind: "blocked"; error: ImmutableError };

const FINAL = ["queued", "duplicate", "invalid"];
const PASSING = [408, 425, 429];

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
    return judgeAnswer(answer, batch.count);
  } catch (error) {
    if (!(error instanceof ImmutableError)) throw error;
    return judgeError(error, batch.count);
  }
}

function judgeAnswer(answer: unknown, count: number): Verdict {
  const receipts = receiptsOf(answer, count);
  if (receipts) return judgeReceipts(receipts);
  const message = "The answer has no receipt for each event. Check baseUrl, and what is between.";
  return { kind: "blocked", error: new NotIndelibleError(message, 202) };
}

function judgeReceipts(receipts: Receipt[]): Verdict {
  // The same batch under the same key gives events that had failed another chance, and no other.
  if (receipts.some((receipt) => !FINAL.includes(receipt.status))) {
    return { kind: "again", error: new ImmutableError("Some events could not be queued.", 202) };
  }
  return { kind: "done", refused: refusalsOf(receipts) };
}

/** Without a final answer for each event the batch stays: what broke it can be mended outside. */
function judgeError(error: ImmutableError, count: number): Verdict {
  const receipts = receiptsOf(error.responseBody, count);
  if (error instanceof ValidationFailedError && receipts) return judgeReceipts(receipts);
  if (error instanceof IdempotencyConflictError)
    return { kind: "done", refused: refuseEach(error, count) };
  return { kind: passes(error) ? "again" : "blocked", error };
}

/** Whether the cause goes away by itself. */
function passes(error: ImmutableError): boolean {
  if (error instanceof QuotaExceededError || error instanceof TlsError) return false;
  if (error instanceof ConnectionError || error instanceof TimeoutError) return true;
  return (
    PASSING.includes(error.statusCode) ||
    (error.statusCode >= 500 && error.statusCode !== NO_SUCH_METHOD)
  );
}

/** The receipts of an answer if it has one for each event. */
function receiptsOf(answer: unknown, count: number): Receipt[] | undefined {
  const { events } = (answer ?? {}) as { events?: unknown };
  const isComplete =
    Array.isArray(events) &&
    events.length === count &&
    events.every((each) => typeof each === "object" && each !== null);
  return isComplete ? (events as Receipt[]) : undefined;
}

function refuseEach(error: ImmutableError, count: number): Refusals {
  return Array.from({ length: count }, (_, index) => ({
    index,
    errors: [{ field: "idempotency_key", message: error.message }],
  }));
}

function refusalsOf(receipts: Receipt[]): Refusals {
  return receipts.flatMap((receipt, index) =>
    receipt.status === "invalid" ? [{ index, errors: receipt.errors }] : [],
  );
}
