/** For Fastify: `request.audit(event)` records with the request's actor, address, client and session. */

import type { IncomingHttpHeaders } from "node:http";

import type { Recorder } from "./recorder.js";
import { recordWith } from "./request_context.js";
import type { Audit } from "./request_context.js";
import type { Actor } from "./types.js";

export type { Audit, RequestEvent } from "./request_context.js";

/** What is used of a request of Fastify. `ip` follows its option `trustProxy`. */
export interface AuditRequest {
  readonly id: string;
  readonly ip: string;
  readonly headers: IncomingHttpHeaders;
  /** Set by @fastify/session. */
  readonly session?: { sessionId?: string };
}

interface Instance<R> {
  decorateRequest(name: "audit", value: null): unknown;
  addHook(name: "onRequest", hook: (request: R, reply: unknown, done: () => void) => void): unknown;
}

export interface FastifyOptions<R> {
  /** Who has sent the request, for example `(request) => request.user && { id: request.user.id }`. */
  actor?: (request: R) => Actor | undefined;
}

/** Adds `request.audit` to the instance and those within it: `audit(app, recorder, options)`. */
export function audit<R extends AuditRequest>(
  app: Instance<R>,
  recorder: Recorder,
  options: FastifyOptions<R> = {},
): void {
  app.decorateRequest("audit", null);
  app.addHook("onRequest", (request, _reply, done) => {
    // The context is read when an event is recorded, since later hooks find out the actor.
    (request as R & { audit: Audit }).audit = (event) =>
      recordWith(recorder, event, {
        actor: options.actor?.(request),
        address: request.ip,
        userAgent: request.headers["user-agent"],
        sessionId: request.session?.sessionId,
        requestId: request.id,
      });
    done();
  });
}
