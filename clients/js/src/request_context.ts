/** What the web frameworks' adapters share: the fields of an event that a request has. */

import { createHash } from "node:crypto";

import type { Recorder } from "./recorder.js";
import type { Actor, EventPayload } from "./types.js";
import { isObject } from "./values.js";

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
  const { address, userAgent, sessionId, requestId } = context;
  const fields: Partial<EventPayload> = {
    ...actorFields(event, context.actor),
    ip_address: address,
    user_agent: userAgent,
    session_id: sessionId === undefined ? undefined : sessionName(sessionId),
  };
  for (const [name, value] of Object.entries(event)) {
    if (value !== undefined) Object.assign(fields, { [name]: value });
  }
  const metadata = event.metadata ?? {};
  // `record` refuses any other metadata, and names it.
  if (requestId !== undefined && isObject(metadata)) {
    fields.metadata = { request_id: requestId, ...metadata };
  }
  // It also refuses an event without an actor.
  recorder.record(fields as EventPayload);
}

/** The actor of the request, as a whole or not at all: an event with another id has another name. */
function actorFields(event: RequestEvent, actor: Actor | undefined): Partial<EventPayload> {
  const isOther = event.actor_id !== undefined && event.actor_id !== actor?.id;
  if (actor === undefined || isOther) return {};
  return { actor_id: actor.id, actor_name: actor.name, actor_type: actor.type };
}

/** A name for the session. Its id itself is a secret: with it, a reader of the log could take it over. */
export function sessionName(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, 32);
}

/** The first value of a header. */
export function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
