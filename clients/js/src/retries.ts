/** When a request is sent again, and after how long. */

import {
  ConnectionError,
  ImmutableError,
  QuotaExceededError,
  TimeoutError,
  TlsError,
} from "./errors.js";
import type { Connection, Request } from "./connection.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 60_000;
/** Whoever asks for a longer pause, such as a proxy in error, is asked again after this one. */
const LONGEST_RETRY_AFTER = 3_600_000;
/** The shortest pause when somebody must act before a request can succeed. */
const HELD_PAUSE = 30_000;
const TRIES = 5;
/** A caller waits for an answer. After a longer pause it gets the error instead. */
const PATIENCE_SECONDS = 30;
/** The service never answers with this status, but servers of files do. */
export const NO_SUCH_METHOD = 501;

/** Milliseconds before the next try: exponential with full jitter, and never before Retry-After. */
export function pauseBefore(
  failures: number,
  retryAfter: number | undefined,
  random: number,
): number {
  const ceiling = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(failures - 1, 20));
  return Math.max(random * ceiling, asked(retryAfter));
}

/** Milliseconds before the next try when somebody must act before it can succeed: 30 to 60 seconds. */
export function pauseWhileHeld(retryAfter: number | undefined, random: number): number {
  return Math.max((1 + random) * HELD_PAUSE, asked(retryAfter));
}

function asked(retryAfter: number | undefined): number {
  return Math.min((retryAfter ?? 0) * 1000, LONGEST_RETRY_AFTER);
}

/** The answer's JSON. A request that failed is sent again where that is safe and of use. */
export async function jsonWithRetries(connection: Connection, request: Request): Promise<unknown> {
  const { wait, random } = connection.outside;
  for (let failures = 1; ; failures++) {
    try {
      return await connection.json(request);
    } catch (error) {
      if (failures === TRIES || !mayRetry(error, request)) throw error;
      await wait(
        pauseBefore(failures, (error as ImmutableError).retryAfter, random()),
        request.signal,
      );
    }
  }
}

function mayRetry(error: unknown, request: Request): boolean {
  if (!(error instanceof ImmutableError)) return false;
  if (error instanceof QuotaExceededError || error instanceof TlsError) return false;
  if ((error.retryAfter ?? 0) > PATIENCE_SECONDS) return false;
  // The API carried nothing out when it answered so.
  if (error.code !== undefined && [429, 503].includes(error.statusCode)) return true;
  const repeatable = request.method !== "POST" || request.isRepeatable === true;
  if (error instanceof ConnectionError || error instanceof TimeoutError) return repeatable;
  const { statusCode } = error;
  return (
    repeatable &&
    (statusCode === 429 || (statusCode > 500 && statusCode < 600 && statusCode !== NO_SUCH_METHOD))
  );
}
