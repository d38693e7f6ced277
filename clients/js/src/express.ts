/** For Express: `req.audit(event)` records with the request's actor, address, client and session. */

import type { IncomingMessage } from "node:http";

import type { Recorder } from "./recorder.js";
import { headerText, recordWith } from "./request_context.js";
import type { Audit } from "./request_context.js";
import type { Actor } from "./types.js";

export type { Audit, RequestEvent } from "./request_context.js";

/** What is used of a request of Express. `ip` follows its setting `trust proxy`. */
export interface AuditRequest extends IncomingMessage {
  ip?: string | undefined;
  /** Set by express-session. */
  sessionID?: string | undefined;
  audit?: Audit;
}

export interface ExpressOptions<R> {
  /** Who has sent the request, for example `(req) => req.user && { id: req.user.id }`. */
  actor?: (request: R) => Actor | undefined;
}

export function audit<R extends AuditRequest>(
  recorder: Recorder,
  options: ExpressOptions<R> = {},
): (request: R, response: unknown, next: () => void) => void {
  return (request, _response, next) => {
    // The context is read when an event is recorded, since later middleware finds out the actor.
    request.audit = (event) =>
      recordWith(recorder, event, {
        actor: options.actor?.(request),
        address: request.ip,
        userAgent: request.headers["user-agent"],
        sessionId: request.sessionID,
        requestId: headerText(request.headers["x-request-id"]),
      });
    next();
  };
}

declare global {
  // Express collects the additions to its request here.
  namespace Express {
    interface Request {
      audit: Audit;
    }
  }
}
