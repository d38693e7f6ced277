/** Every error that this package throws. `ImmutableError` is the base of those that a server causes. */

import type { InvalidReceipt } from "./types.js";

/** A request failed. `statusCode` is 0 if there was no answer. */
export class ImmutableError extends Error {
  constructor(
    message: string,
    readonly statusCode: number = 0,
    readonly responseBody: unknown = undefined,
    /** Seconds after which the same request may succeed, if the answer says so. */
    readonly retryAfter: number | undefined = undefined,
  ) {
    super(message);
    this.name = new.target.name;
  }

  /** The stable code of the error, such as `rate_limited`. */
  get code(): string | undefined {
    return textOf(this.responseBody, "error");
  }
}

/** No connection, or it broke before the answer was complete. The request may have had effect. */
export class ConnectionError extends ImmutableError {}
/** The server's certificate or its TLS was refused, so nothing was sent. */
export class TlsError extends ConnectionError {}
/** The answer did not arrive in time. The request may have had effect. */
export class TimeoutError extends ImmutableError {}
/** The answer is not one of Indelible. A proxy or another server has answered. */
export class NotIndelibleError extends ImmutableError {}

export class MalformedJsonError extends ImmutableError {}
export class InvalidCursorError extends ImmutableError {}
export class UnauthenticatedError extends ImmutableError {}
export class ForbiddenError extends ImmutableError {}
export class NotFoundError extends ImmutableError {}
export class MethodNotAllowedError extends ImmutableError {}
export class NotReadyError extends ImmutableError {}
export class AlreadyFinishedError extends ImmutableError {}
export class ExpiredError extends ImmutableError {}
export class PayloadTooLargeError extends ImmutableError {}
export class RateLimitedError extends ImmutableError {}
export class BackloggedError extends ImmutableError {}
export class ChainDamagedError extends ImmutableError {}
export class InternalError extends ImmutableError {}
export class UnavailableError extends ImmutableError {}

/** `events` has a receipt for each event, if the events are what is invalid. */
export class ValidationFailedError extends ImmutableError {
  get events(): InvalidReceipt[] | undefined {
    return (this.responseBody as { events?: InvalidReceipt[] }).events;
  }
}

/** The key stands for other content. `events` is as in ValidationFailedError. */
export class IdempotencyConflictError extends ValidationFailedError {}

/** No events are left this month. `resetsAt` says when the next month begins. */
export class QuotaExceededError extends ImmutableError {
  get resetsAt(): string | undefined {
    return textOf(this.responseBody, "resets_at");
  }
}

/** An event cannot be recorded. `field` is the path of the value, empty for the event as a whole. */
export class InvalidEventError extends Error {
  override readonly name = "InvalidEventError";

  constructor(
    readonly field: string,
    readonly problem: string,
  ) {
    super(field ? `${field} ${problem}` : `the event ${problem}`);
  }
}

/** The buffer or the spool has no room for the event. The event is not recorded. */
export class BufferFullError extends Error {
  override readonly name = "BufferFullError";
}

/** The recorder is closed. The event is not recorded. */
export class ClosedError extends Error {
  override readonly name = "ClosedError";
}

/** The spool cannot be used, for example because another process uses it. */
export class SpoolError extends Error {
  override readonly name = "SpoolError";
}

/** An option is wrong, or the package runs where it may not. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

/** The error classes by the codes of openapi.yaml. */
export const BY_CODE: Readonly<Record<string, typeof ImmutableError>> = {
  malformed_json: MalformedJsonError,
  invalid_cursor: InvalidCursorError,
  unauthenticated: UnauthenticatedError,
  forbidden: ForbiddenError,
  not_found: NotFoundError,
  method_not_allowed: MethodNotAllowedError,
  not_ready: NotReadyError,
  already_finished: AlreadyFinishedError,
  expired: ExpiredError,
  payload_too_large: PayloadTooLargeError,
  validation_failed: ValidationFailedError,
  idempotency_conflict: IdempotencyConflictError,
  rate_limited: RateLimitedError,
  quota_exceeded: QuotaExceededError,
  backlogged: BackloggedError,
  chain_damaged: ChainDamagedError,
  internal: InternalError,
  unavailable: UnavailableError,
};

/** @internal The field of an object if it is a string. */
export function textOf(body: unknown, name: string): string | undefined {
  const value = (body as Record<string, unknown> | null | undefined)?.[name];
  return typeof value === "string" ? value : undefined;
}
