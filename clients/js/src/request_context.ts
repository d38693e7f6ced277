/** What the web frameworks' adapters share: the fields of an event that a request has. */

import { createHash } from "node:crypto";

import type { Recorder } from "./recorder.js";
import type { Actor, EventPayload } from "./types.js";

/** An event of a request. The actor may be left out if the adapter finds it. */
export type RequestEvent = Omit<EventPayload, "actor_id"> & { actor_id?: EventPayload["actor_id"] };

export type Audit = (event: RequestEvent) => void;

export interface RequestContext {
  actor: Actor | undefined;
  address: string | undefined;
  userAgent: string | undefined;
  sessionId: string | undefined;
  requestId: string | undefined;
}

/** Records an event with what its request has. Fields of the event itself come first. */
export function recordWith(recorder: Recorder, event: RequestEvent, context: RequestContext): void {
  const { actor, requestId } = context;
  const metadata =
    requestId === undefined ? event.metadata : { request_id: requestId, ...event.metadata };
  recorder.record({
    actor_name: actor?.name,
    actor_type: actor?.type,
    ip_address: context.address,
    user_agent: context.userAgent,
    session_id: context.sessionId === undefined ? undefined : sessionName(context.sessionId),
    ...event,
    // An event without an actor is refused by `record`, which names the field.
    actor_id: (event.actor_id ?? actor?.id) as EventPayload["actor_id"],
    metadata,
  });
}

/** A name for the session. Its id itself is a secret: with it, a reader of the log could take it over. */
export function sessionName(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, 32);
}

/** The first value of a header. */
export function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
